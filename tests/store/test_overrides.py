"""Settings stored for a client."""

from contextlib import closing

import pytest

from tardis.model import StoreError
from tardis.store import Place, read_facts, read_settings, store_setting
from tests.store.workshop import BOX, Workshop


def test_settings_come_and_go_beside_what_the_catalog_says_of_itself(shop: Workshop) -> None:
    shop.execute("INSERT INTO settings VALUES ('epoch', 3)")
    place = shop.place()
    assert read_settings(place, BOX) == {}
    store_setting(place, BOX, "KeepPeriods", "1, 2")
    store_setting(place, BOX, "AutoPurge", "True")
    store_setting(place, BOX, "KeepPeriods", "3")
    assert read_settings(place, BOX) == {"AutoPurge": "True", "KeepPeriods": "3"}
    facts = {"schema": "1", "readable_by": "1", "epoch": "3", "scheme": "modern"}
    assert read_facts(place, BOX) == facts
    store_setting(place, BOX, "KeepPeriods", None)
    store_setting(place, BOX, "Formats", None)
    assert read_settings(place, BOX) == {"AutoPurge": "True"}


def test_a_writer_sees_them_and_they_change_beside_a_backup(shop: Workshop) -> None:
    with closing(shop.writer()) as writer:
        store_setting(shop.place(), BOX, "SaveFull", "True")
        assert writer.ask.settings() == {"SaveFull": "True"}


def test_without_a_store_there_is_nothing_to_change(shop: Workshop) -> None:
    place = Place(str(shop.base))
    with pytest.raises(StoreError, match="has no store"):
        store_setting(place, "other", "SaveFull", "True")
    with pytest.raises(StoreError):
        read_settings(place, "other")
