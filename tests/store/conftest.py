"""A store of its own for every test."""

from pathlib import Path

import pytest

from tardis.store import opening
from tests.store.workshop import Workshop


@pytest.fixture(autouse=True)
def _small_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take little of the disk for stores that live for a moment."""
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


@pytest.fixture
def empty(tmp_path: Path) -> Workshop:
    """A base directory without a store."""
    return Workshop(tmp_path / "base")


@pytest.fixture
def shop(empty: Workshop) -> Workshop:
    """A base directory with an empty store."""
    return empty.create()
