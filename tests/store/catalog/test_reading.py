"""Ancestors as a column, and questions about what is not there."""

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from tardis.model import Ancestor
from tardis.store.catalog import reading
from tardis.store.catalog.migrations import create
from tests.store.workshop import Workshop

numbers = st.integers(-(1 << 63), (1 << 63) - 1)
names = st.binary(max_size=255)
ancestors = st.lists(st.tuples(names, *[numbers] * 5, st.binary(max_size=50)), max_size=5)


@given(ancestors)
def test_ancestors_come_back_as_they_were(
    told: list[tuple[bytes, int, int, int, int, int, bytes]],
) -> None:
    packed = reading.pack_ancestors(told)
    assert reading.unpack_ancestors(packed) == tuple(Ancestor(*one) for one in told)


def test_an_empty_catalog_answers_with_nothing() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create(db, None)
        assert reading.sets(db) == [] and reading.newest_set(db) == 0
        assert reading.roots(db, 1) == [] and reading.owners(db, 1) == {}
        for is_late in (True, False):
            assert list(reading.children(db, 1, 1, is_late)) == []
        assert reading.child(db, 1, 1, b"a") is None
        assert reading.contents(db, [1, 2]) == {} and reading.unsettled(db, 1) == []


def test_both_ways_through_a_directory_show_the_same(shop: Workshop) -> None:
    for number in range(12):
        shop.run({b"a": b"%d" % (number // 3), b"b%d" % (number % 4): b"x"})
    with closing(shop.raw()) as raw:
        for number in range(1, 13):
            late, early = (
                sorted(reading.children(raw._db, 1, number, is_late)) for is_late in (True, False)
            )
            assert late == early and len(late) == 2
            for one in late:
                assert reading.child(raw._db, 1, number, one.name) == one


def test_many_contents_are_looked_up_in_parts(shop: Workshop) -> None:
    shop.run({b"%04d" % number: b"%d" % number for number in range(1200)})
    with shop.reader() as reader:
        found = reader.contents(range(1, 1300))
        assert len(found) == 1200 and found[1200].id == 1200
