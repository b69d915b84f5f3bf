"""A store of its own for every test."""

from pathlib import Path

import pytest

from tests.store.workshop import Workshop


@pytest.fixture
def empty(tmp_path: Path) -> Workshop:
    """A base directory without a store."""
    return Workshop(tmp_path / "base")


@pytest.fixture
def shop(empty: Workshop) -> Workshop:
    """A base directory with an empty store."""
    return empty.create()
