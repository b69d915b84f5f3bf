"""A catalog is rebuilt when that was agreed to, and only where it is needed."""

from pathlib import Path

import pytest

from tardis.admin import recover
from tardis.model import UsageError
from tardis.store import Survey
from tests.store.workshop import BOX, Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one"})
    return made


def never(found: Survey) -> bool:
    raise AssertionError("asked where nothing has to be done")


def test_nobody_is_asked_about_a_whole_catalog(shop: Workshop) -> None:
    found, done = recover(shop.place(), BOX, never)
    assert found.is_whole and done is None


def test_nothing_is_changed_without_consent(shop: Workshop) -> None:
    (shop.home / "tardis.db").unlink()
    before = sorted(shop.home.rglob("*"))
    asked: list[Survey] = []

    def no(found: Survey) -> bool:
        asked.append(found)
        return False

    assert recover(shop.place(), BOX, no) == (asked[0], None)
    assert sorted(shop.home.rglob("*")) == before


def test_it_is_done_when_that_was_agreed_to(shop: Workshop) -> None:
    (shop.home / "tardis.db").unlink()
    _, done = recover(shop.place(), BOX, lambda found: found.fault == "it is gone")
    assert done is not None and done.sets == (1,)
    assert recover(shop.place(), BOX, never)[1] is None


def test_a_name_that_leads_elsewhere_is_refused(shop: Workshop) -> None:
    with pytest.raises(UsageError):
        recover(shop.place(), "../box", never)
