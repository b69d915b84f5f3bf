"""Stores that stay open between requests, and those that may not."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.model import SchemaError, StoreError
from tardis.store import Place, change_keys, create_store, open_raw
from tardis.web import raw_stores
from tardis.web.raw_stores import KEPT_SECONDS, RawStores
from tests.crypto.slots import slot_of
from tests.web.site import Clock, small_stores


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_stores():
        made = Place(str(tmp_path / "base"))
        for client in ("one", "two"):
            create_store(made, client)
        yield made


def test_a_store_is_lent_again_to_one_at_a_time(place: Place) -> None:
    clock = Clock()
    stores = RawStores(place, pytest.fail, clock)
    with stores.lent("one") as first, stores.lent("one") as second:
        assert first is not second
    with stores.lent("two") as other, stores.lent("one") as again:
        assert again in (first, second) and other not in (first, second)
    clock.now += KEPT_SECONDS + 1
    with stores.lent("one") as fresh:
        assert fresh not in (first, second)
        with pytest.raises(StoreError, match="closed"):
            first.sets()
    stores.close()
    with pytest.raises(StoreError, match="closed"):
        fresh.sets()


def test_another_catalog_or_other_keys_in_their_place_are_seen(place: Place) -> None:
    stores = RawStores(place, pytest.fail)
    with stores.lent("one") as first:
        before = first.identity().keys
    change_keys(place, "one", lambda keys: keys.with_slot(slot_of("new")))
    with stores.lent("one") as second:
        assert second is not first and second.identity().keys != before
    layout = place.layout("one")
    os.rename(place.layout("two").database, layout.database)
    with stores.lent("one") as third:
        assert third is not second
    stores.close()


def test_what_met_trouble_is_not_lent_again(place: Place) -> None:
    stores = RawStores(place, pytest.fail)
    with pytest.raises(ValueError), stores.lent("one") as first:
        raise ValueError
    with stores.lent("one") as second:
        assert second is not first
    stores.close()
    with pytest.raises(StoreError), stores.lent("nobody"):
        pass


def test_an_older_store_is_prepared_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[str] = []

    def old(where: Place, client: str) -> object:
        if not known:
            raise SchemaError("it is older")
        return open_raw(where, client)

    monkeypatch.setattr(raw_stores, "open_raw", old)
    stores = RawStores(place, known.append)
    with stores.lent("one") as store:
        assert store.sets() == [] and known == ["one"]
    stores.close()


def test_threads_never_share_one(place: Place) -> None:
    stores, seen, turn = RawStores(place, pytest.fail), [], threading.Barrier(4)

    def use() -> None:
        with stores.lent("one") as store:
            turn.wait(30)
            seen.append(store)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(map(id, seen))) == 4
    stores.close()
