"""Ancestors as a column, and questions about what is not there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import Ancestor
from tardis.store.catalog import kinds, reading
from tardis.store.catalog.migrations import create
from tests.server.talker import make_kit
from tests.server.trees import Tree
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


def test_many_directories_are_told_of_at_once_until_a_page_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, tree = make_kit(tmp_path), Tree()
    for above in (b"0", b"1", b"2"):
        tree.mkdir(above)
        for number in range(4):
            tree.write(above + b"/f%d" % number, b"x")
    tree.mkdir(b"0/sub")
    kit.run(tree)
    tree.write(b"0/f0", b"changed")
    kit.run(tree)

    def brief(number: int, asked: list[int], *, is_late: bool) -> dict[int, tuple[int, int]]:
        found = reading.kinds(db, asked, number, is_late)
        return {one: (len(its.folders), len(its.others)) for one, its in found.items()}

    with closing(kit.reader()) as reader:
        db = reader._directory()._db
        [root] = reader.roots(2)
        below = {one.name: one.child or 0 for one in reader.children(root.directory, 2)}
        wanted = {root.directory: (3, 0), **dict.fromkeys(below.values(), (0, 4)), 99: (0, 0)}
        wanted[below[b"0"]] = (1, 4)
        for number in (1, 2):
            assert brief(number, list(wanted), is_late=True) == wanted
            for one, counts in wanted.items():
                assert brief(number, [one, root.directory], is_late=False) == {one: counts}
                assert brief(number, [one], is_late=True) == {one: counts}
        for rows in range(1, 16):
            monkeypatch.setattr(kinds, "_MOST_ROWS", rows)
            found = brief(2, list(wanted), is_late=True)
            assert found.items() <= wanted.items() and found[root.directory] == (3, 0)
            assert 99 not in found or sum(map(sum, wanted.values())) < rows


def test_many_contents_are_looked_up_in_parts(shop: Workshop) -> None:
    shop.run({b"%04d" % number: b"%d" % number for number in range(1200)})
    with shop.reader() as reader:
        found = reader.contents(range(1, 1300))
        assert len(found) == 1200 and found[1200].id == 1200
