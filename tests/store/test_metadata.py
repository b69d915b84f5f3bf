"""Names, priorities and locks of sets change beside a running backup."""

import pytest

from tardis.model import NoSuchSetError, StoreError
from tardis.store import SetChange, change_set
from tests.store.workshop import BOX, Workshop


def test_a_set_is_renamed(shop: Workshop) -> None:
    shop.run({}, name="one")
    shop.run({}, name="two")
    change_set(shop.place(), BOX, 1, SetChange(name="before upgrade"))
    assert shop.rows("SELECT name, format FROM backup_sets WHERE number = 1") == [
        ("before upgrade", None)
    ]
    change_set(shop.place(), BOX, 1, SetChange(name="before upgrade"))
    with pytest.raises(StoreError, match="set 2 already"):
        change_set(shop.place(), BOX, 1, SetChange(name="set 2"))


def test_priority_and_lock_change_while_a_backup_runs(shop: Workshop) -> None:
    shop.run({}, name="one")
    with shop.running(name="two") as writer:
        change_set(shop.place(), BOX, 1, SetChange(priority=77))
        change_set(shop.place(), BOX, 1, SetChange(is_locked=True))
        shop.complete(writer)
    query = "SELECT priority, is_locked FROM backup_sets WHERE number = 1"
    assert shop.rows(query) == [(77, 1)]
    change_set(shop.place(), BOX, 1, SetChange(is_locked=False))
    assert shop.rows(query) == [(77, 0)]


def test_a_set_or_a_store_that_is_not_there(shop: Workshop) -> None:
    with pytest.raises(NoSuchSetError):
        change_set(shop.place(), BOX, 9, SetChange(priority=1))
    with pytest.raises(StoreError, match="no store"):
        change_set(shop.place(), "other", 1, SetChange(priority=1))
    assert not (shop.base / "other").exists()
