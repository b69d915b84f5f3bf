"""Questions about all rows or contents at once."""

import random
from contextlib import closing

import pytest

from tardis.store import prune
from tardis.store.catalog import searching
from tardis.store.catalog.connection import connect_reader
from tests.store.workshop import Workshop

EVER = (1 << 63) - 1
ALL = (0, EVER, -EVER, EVER)


def names(shop: Workshop, number: int, after: int) -> list[bytes]:
    with shop.reader() as reader:
        return sorted(entry.name for _, entry in reader.changed_rows(number, after))


def test_what_a_set_shows_and_the_one_before_did_not(shop: Workshop) -> None:
    shop.run({b"a": b"1", b"b": b"1"})
    shop.run({b"a": b"2", b"c": b"1"})
    shop.run({b"c": b"2"})
    assert names(shop, 1, 0) == [b"a", b"b"]
    assert names(shop, 3, 2) == [b"c"]
    assert names(shop, 2, 2) == []


def test_pages_lose_nothing(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in range(3):
        shop.run({b"%d" % name: b"%d" % (name * turn) for name in range(40)})
    for query in ("_ALL", "_CHANGED"):
        text = getattr(searching, query).replace("LIMIT 5000", "LIMIT 7")
        monkeypatch.setattr(searching, query, text)
    with shop.reader() as reader:
        assert len(list(reader.all_rows(ALL))) == 120
        assert len({entry.name for _, entry in reader.changed_rows(3, 2)}) == 40


def test_limits_of_size_and_time(shop: Workshop) -> None:
    shop.run({b"a": b"", b"b": b"12345", b"c": b"1234567890"})
    with shop.reader() as reader:
        assert [entry.name for _, entry in reader.all_rows((1, 9, -EVER, EVER))] == [b"b"]
        assert list(reader.all_rows((0, EVER, 6, EVER))) == []  # every mtime is 5
        assert len(list(reader.all_rows((0, EVER, 5, 5)))) == 3


def test_what_goes_with_one_set_is_what_its_purge_removes(shop: Workshop) -> None:
    chance = random.Random(5)
    for _ in range(6):
        shop.run({b"%d" % name: b"x" * chance.randrange(9) for name in range(5)} | {b"s": b"s"})
    shop.run({b"last": b"last"})
    with closing(connect_reader(shop.layout.database)) as db:
        told = searching.only_needed(db, range(1, 8))
    with shop.reader() as reader:
        for number in range(1, 8):
            count, plain, stored = told.get(number, (0, 0, 0))
            freed, size = reader.freed_by([number])
            assert (count, stored + 96 * count) == (freed, size) and plain == stored
    with closing(shop.writer()) as writer:
        assert prune(writer, [1]).contents == told.get(1, (0, 0, 0))[0]


def test_waste_is_what_a_killed_purge_has_left(shop: Workshop) -> None:
    shop.run({b"a": b"x" * 1000})
    with shop.reader() as reader:
        before = reader.waste()
    assert before[0] == 0
    shop.execute("INSERT INTO doomed (digest, pack, place, stored) VALUES (x'00', NULL, 0, 5)")
    shop.execute("UPDATE packs SET length = length + 500 WHERE holds = 'contents'")
    with shop.reader() as reader:
        assert reader.waste() == (1, before[1] + 500)


def test_tags_name_sets_by_number(shop: Workshop) -> None:
    shop.run({b"a": b"1"})
    shop.execute("INSERT INTO tags VALUES ('good', 1)")
    with shop.reader() as reader:
        assert reader.tags() == {"good": 1}
