"""Worlds for the tests of services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.world import World


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[World]:
    """Give a world in which nothing runs yet."""
    world = World(tmp_path)
    try:
        yield world
    finally:
        world.close()
