"""The private copy of a catalog that a look through a store stands on goes with it."""

import os
import tempfile
from pathlib import Path

import pytest

from tardis.store import open_scrub
from tests.store.fuse import KILLED, ends_at
from tests.store.workshop import Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one"})
    return made


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the system's temporary directory is meanwhile."""
    made = tmp_path / "room"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def look(shop: Workshop) -> bool:
    with open_scrub(shop.layout) as scrub:
        scrub.structure()
        scrub.trace()
        return bool(scrub.done.findings)


def test_nothing_is_left_of_it(shop: Workshop, room: Path) -> None:
    assert not look(shop) and list(room.iterdir()) == []


def test_what_a_killed_look_has_left_goes_with_the_next(shop: Workshop, room: Path) -> None:
    def job() -> None:
        with open_scrub(shop.layout) as scrub:
            scrub.structure()
            os._exit(KILLED)

    assert ends_at(job, 1 << 30)
    (left,) = room.iterdir()
    assert {"tardis.db", "tardis.db.keys"} <= {path.name for path in left.iterdir()}
    assert not look(shop) and list(room.iterdir()) == []


def test_a_look_that_goes_on_keeps_its_copy(shop: Workshop, room: Path) -> None:
    with open_scrub(shop.layout) as scrub:
        scrub.structure()
        assert not look(shop)
        scrub.trace()
        assert len(list(room.iterdir())) == 1
