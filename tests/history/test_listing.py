"""Listings of trees: what comes, in which order, and that both ways show the same."""

from typing import Any

import pytest

from tardis.history import Lister, NameLister, Places, Scope, Span, Wanted
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(sets=[backup_set(1)])
    made.root(b"/r", 1)
    made.folder(1, b"sub", 2)
    made.folder(2, b"deep", 3)
    made.folder(1, b".hid", 4)
    made.file(3, b"bottom")
    made.file(4, b"inside")
    made.file(1, b"Zoo")
    made.file(1, b".dot")
    made.link(1, b"link", b"Zoo")
    return made


def by_objects(store: MemoryStore, **scope: Any) -> list[tuple[bytes, list[bytes]]]:
    span = Span(store.sets)
    places = Places(store.reader(), span)
    top = places.find(b"/r")
    assert top is not None
    lister = Lister(store.reader(), span, places, Scope(Wanted("none"), **scope))
    return [
        (one.path, [each.name for page in one.pages or () for each in page.shown])
        for one in lister.sections(top)
    ]


def by_names(store: MemoryStore, **scope: Any) -> list[tuple[bytes, list[bytes]]]:
    places = Places(store.reader(), Span(store.sets))
    top = places.find(b"/r")
    assert top is not None and NameLister.can_list(top)
    lister = NameLister(store.reader(), 1, places, Scope(**scope))
    return [
        (path, [name for part in parts for name in part]) for path, parts in lister.sections(top)
    ]


def test_a_tree_comes_directory_by_directory(store: MemoryStore) -> None:
    assert by_objects(store) == [(b"/r", [b"link", b"sub", b"Zoo"])]
    assert by_objects(store, recurse=True) == [
        (b"/r", [b"link", b"sub", b"Zoo"]),
        (b"/r/sub", [b"deep"]),
        (b"/r/sub/deep", [b"bottom"]),
    ]
    assert [path for path, _ in by_objects(store, recurse=True, depth=1)] == [b"/r", b"/r/sub"]
    assert by_objects(store, itself=True) == [(b"/r", [])]


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("recurse", [False, True])
@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_the_quick_way_shows_the_same(
    store: MemoryStore, hidden: bool, recurse: bool, is_reverse: bool, depth: int | None
) -> None:
    scope = {"hidden": hidden, "recurse": recurse, "is_reverse": is_reverse, "depth": depth}
    assert by_names(store, **scope) == by_objects(store, **scope)


def test_a_place_with_roots_below_it_is_not_for_the_quick_way(store: MemoryStore) -> None:
    places = Places(store.reader(), Span(store.sets))
    above = places.find(b"/")
    assert above is not None and not NameLister.can_list(above)


def test_names_that_are_gone_are_left_out_on_request(store: MemoryStore) -> None:
    store.sets.append(backup_set(2))
    store.root(b"/r", 1, number=2)
    store.close_entry(1, b"Zoo", 1)
    span = Span(store.sets)
    places = Places(store.reader(), span)
    top = places.find(b"/r")
    assert top is not None
    for deletions, wanted in ((True, [b"link", b"sub", b"Zoo"]), (False, [b"link", b"sub"])):
        scope = Scope(Wanted("none", deletions=deletions))
        [section] = Lister(store.reader(), span, places, scope).sections(top)
        assert [one.name for page in section.pages or () for one in page.shown] == wanted


@pytest.mark.near
def test_contents_are_looked_up_for_many_names_at_once(store: MemoryStore) -> None:
    for number in range(600):
        store.file(2, b"%d" % number, b"%d" % number)
    span = Span(store.sets)
    reader = store.reader()
    places = Places(reader, span)
    top = places.find(b"/r/sub")
    assert top is not None
    store.calls.clear()
    [section] = Lister(reader, span, places, Scope(contents=True)).sections(top)
    pages = list(section.pages or ())
    assert [len(page.shown) for page in pages] == [500, 101]
    assert sum(len(page.contents) for page in pages) == 600
    assert store.calls.count("contents") == 3 and store.calls.count("history") == 1
