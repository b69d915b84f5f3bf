"""One path over many sets, against the tree of each set alone."""

import stat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.history import Places, Span, Tree
from tardis.history.places import Place, folded
from tardis.model import OPEN, Entry
from tests.history.memory_reader import MemoryStore, backup_set

SETS = 6


def store_of(rows: Any, roots: Any) -> MemoryStore:
    """Return a store of six sets; a row is (directory, name, kind, first, length)."""
    store = MemoryStore(sets=[backup_set(number) for number in range(1, SETS + 1)])
    taken: set[tuple[int, bytes, int]] = set()
    for directory, name, child, first, length in rows:
        sets = range(first, min(first + length, SETS) + 1)
        if any((directory, name, number) in taken for number in sets):
            continue
        taken |= {(directory, name, number) for number in sets}
        last = OPEN if sets[-1] == SETS else sets[-1]
        if child > directory:
            store.folder(directory, name, child, first_set=first, last_set=last)
        else:
            store.file(directory, name, name, first_set=first, last_set=last)
    for number, chosen in enumerate(roots, start=1):
        for path, directory in chosen.items():
            store.root(path, directory, number=number)
    return store


names = st.sampled_from([b"a", b"B", b".c"])
row = st.tuples(
    st.integers(1, 3), names, st.integers(0, 4), st.integers(1, SETS), st.integers(0, 5)
)
paths = st.sampled_from([b"/top", b"/top/deep/er", b"/other", b"rel"])
roots = st.lists(
    st.dictionaries(paths, st.integers(1, 3), max_size=2), min_size=SETS, max_size=SETS
)


def shape(entry: Entry | None) -> Any:
    return None if entry is None or not entry.name else (entry.mode, entry.content, entry.child)


def look(place: Place, number: int) -> Entry | None:
    return next((entry for mask, entry in place.rows if mask >> (number - 1) & 1), None)


@pytest.mark.near
@given(st.lists(row, max_size=25), roots)
def test_a_place_is_in_each_set_what_the_tree_of_that_set_says(rows: Any, roots: Any) -> None:
    store = store_of(rows, roots)
    reader = store.reader()
    places = Places(reader, Span(store.sets))
    trees = {number: Tree(reader, number) for number in range(1, SETS + 1)}

    def compare(place: Place, depth: int) -> None:
        assert sum(mask for mask, _ in place.rows) == place.present, "two rows share a set"
        for number, tree in trees.items():
            node = tree.find(place.path)
            found = look(place, number)
            assert (node is None) == (found is None), (place.path, number)
            if node and found:
                assert node.is_directory == found.is_directory
                assert node.entry is None or shape(node.entry) == shape(found)
        if depth == 0:
            return
        kids = list(places.children(place))
        assert [folded(kid.path.rsplit(b"/", 1)[-1]) for kid in kids] == sorted(
            folded(kid.path.rsplit(b"/", 1)[-1]) for kid in kids
        )
        wanted = {
            child.path
            for tree in trees.values()
            if (node := tree.find(place.path))
            for child in tree.children(node)
        }
        assert {kid.path for kid in kids if kid.rows} == wanted
        for kid in kids:
            if not kid.rows:
                continue
            alone = places.find(kid.path)
            assert alone is not None and alone.rows == kid.rows
            compare(kid, depth - 1)

    for top in places.tops():
        compare(top, 5)


def test_sets_with_other_roots_say_nothing_about_a_path() -> None:
    store = MemoryStore(sets=[backup_set(number) for number in (1, 2, 3)])
    store.root(b"/data", 1, number=1)
    store.root(b"/elsewhere", 2, number=2)
    store.root(b"/data", 1, number=3)
    store.file(1, b"f", b"x")
    places = Places(store.reader(), Span(store.sets))
    place = places.find(b"/data/f")
    assert place is not None and (place.present, place.looked) == (0b101, 0b101)
    above = places.find(b"/")
    assert above is not None and above.looked == 0b111
    assert places.find(b"/data/none") is None and places.find(b"relative") is None


def test_a_root_that_is_a_file_is_found() -> None:
    store = MemoryStore()
    store.file(7, b"only", b"x")
    store.root(b"/home/only", 7, name=b"only")
    places = Places(store.reader(), Span(store.sets))
    place = places.find(b"/home/only")
    assert place is not None and stat.S_ISREG(place.rows[0][1].mode) and not place.is_directory
    home = places.find(b"/home")
    assert home is not None
    assert [kid.path for kid in places.children(home)] == [b"/home/only"]


@pytest.mark.parametrize("is_reverse", [False, True])
def test_children_come_by_name_without_case_and_dots(is_reverse: bool) -> None:
    store = MemoryStore()
    store.root(b"/t", 1)
    for name in (b"b", b".a", b"C", b"A"):
        store.file(1, name)
    places = Places(store.reader(), Span(store.sets))
    top = places.find(b"/t")
    assert top is not None
    found = [kid.path for kid in places.children(top, is_reverse=is_reverse)]
    wanted = [b"/t/.a", b"/t/A", b"/t/b", b"/t/C"]
    assert found == (wanted[::-1] if is_reverse else wanted)
