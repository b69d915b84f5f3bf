"""A daemon with an empty base directory for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.store import opening
from tests.server.talker import Kit, Talker, make_kit
from tests.server.trees import Tree


@pytest.fixture(autouse=True)
def _small_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take little of the disk for stores that live for a moment."""
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    made = make_kit(tmp_path / "base")
    yield made
    made.close()


@pytest.fixture
def tree() -> Tree:
    """A few files in two directories."""
    made = Tree()
    made.write(b"a", b"alpha")
    made.write(b"b", b"beta")
    made.mkdir(b"d")
    made.write(b"d/c", b"gamma")
    made.symlink(b"d/l", b"../a")
    return made


@pytest.fixture
def talker(kit: Kit) -> Iterator[Talker]:
    with Talker(kit.connect()) as made:
        yield made
