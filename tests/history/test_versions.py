"""Which versions a listing shows."""

from typing import Any

import pytest

from tardis.history import Places, Span
from tardis.history.listing import Lister, Scope
from tardis.history.versions import Wanted, is_gone, judged_versions, versions_of
from tests.history.memory_reader import MemoryStore, backup_set

SETS = 8


@pytest.fixture
def store() -> MemoryStore:
    """Eight sets: 4 is of another job, 8 is incomplete."""
    made = MemoryStore(sets=[backup_set(number, is_complete=number != 8) for number in range(1, 9)])
    for number in (1, 2, 3, 5, 6, 7, 8):
        made.root(b"/d", 1, number=number)
    made.root(b"/e", 9, number=4)
    return made


def told(store: MemoryStore, name: bytes, *sets: int, **wanted: Any) -> str:
    """Return the versions of a name as words like ``new1``."""
    span = Span([one for one in store.sets if not sets or one.number in sets])
    place = Places(store.reader(), span).find(b"/d/" + name)
    assert place is not None
    found = versions_of(place, span, Wanted(**wanted))
    return " ".join(f"{one.change}{one.backup.number}" for one in found)


def test_only_sets_that_changed_it_are_shown(store: MemoryStore) -> None:
    one, two = (store.add_content(data) for data in (b"one", b"two"))
    store.file(1, b"f", content=one, last_set=2, inode=5)
    store.file(1, b"f", content=two, first_set=3, last_set=5, inode=5)
    store.file(1, b"f", content=two, first_set=6, last_set=6, inode=5, mode=0o600)
    store.file(1, b"f", content=two, first_set=7, inode=6, mode=0o600)
    assert told(store, b"f") == "new1 changed3 moved7"
    assert told(store, b"f", metadata=True) == "new1 changed3 changed6 moved7"
    everything = "new1 kept2 changed3 kept5 kept6 moved7 kept8"
    assert told(store, b"f", which="all") == everything
    assert told(store, b"f", which="last") == "kept8"
    assert told(store, b"f", which="none") == ""
    assert told(store, b"f", 2, 3) == "kept2 changed3"


def test_other_times_are_a_version_when_asked(store: MemoryStore) -> None:
    same = store.add_content(b"x")
    store.file(1, b"f", content=same, last_set=2)
    store.file(1, b"f", content=same, first_set=3, mtime_ns=7)
    assert told(store, b"f") == "new1"
    assert told(store, b"f", times=True) == "new1 changed3"


def test_a_deletion_is_told_by_sets_that_looked_and_are_complete(store: MemoryStore) -> None:
    store.file(1, b"gap", b"1", last_set=2)
    store.file(1, b"gap", b"1", first_set=6)
    assert told(store, b"gap") == "new1 gone3 new6"
    assert told(store, b"gap", deletions=False) == "new1 new6"
    store.file(1, b"short", b"2", last_set=3)
    assert told(store, b"short") == "new1 gone5"
    assert told(store, b"short", which="last") == "kept3 gone5"
    store.file(1, b"latest", b"3", last_set=7)
    assert told(store, b"latest") == "new1"


def test_a_file_that_another_kind_replaced_is_another_version(store: MemoryStore) -> None:
    store.file(1, b"x", b"", last_set=2)
    store.link(1, b"x", b"target", first_set=3, last_set=5)
    store.link(1, b"x", b"another", first_set=6, last_set=6)
    store.folder(1, b"x", 2, first_set=7)
    assert told(store, b"x") == "new1 changed3 changed6 changed7"


def test_a_directory_has_a_version_when_names_came_or_went(store: MemoryStore) -> None:
    store.folder(1, b"d", 2, last_set=2)
    store.folder(1, b"d", 2, first_set=3, last_set=4, mode=0o700)
    store.folder(1, b"d", 2, first_set=5, mtime=7)
    assert told(store, b"d") == "new1 changed5"


def test_rows_that_take_turns_are_told_set_by_set(store: MemoryStore) -> None:
    for number in (2, 5):  # these sets found another directory at the root
        store.roots[number].clear()
        store.root(b"/d", 7, number=number)
    store.file(1, b"f", b"one", inode=1)
    store.file(7, b"f", b"two", inode=2)
    assert told(store, b"f") == "new1 changed2 changed3 changed5 changed6"
    store.file(7, b"only", b"there")
    assert told(store, b"only") == "kept2 gone3 new5 gone6"


def test_what_a_search_judges(store: MemoryStore) -> None:
    store.file(1, b"f", b"one", last_set=1, inode=1)
    store.file(1, b"f", None, first_set=2, last_set=2, inode=1)
    store.file(1, b"f", b"two", first_set=3, last_set=3, inode=1)
    span = Span(store.sets)
    places = Places(store.reader(), span)
    place, folder = places.find(b"/d/f"), places.find(b"/d")
    assert place is not None and folder is not None
    assert [one.backup.number for one in judged_versions(place, span)] == [1, 3]
    assert [one.backup.number for one in judged_versions(folder, span)] == [1, 2, 3, 5, 6, 7]
    assert is_gone(place, span) and not is_gone(folder, span)


def test_broken_files_are_left_out_on_request(store: MemoryStore) -> None:
    store.file(1, b"fine", b"1")
    store.file(1, b"unread", None)
    store.file(1, b"mixed", b"2", last_set=2)
    damaged = store.add_content(b"3", is_damaged=True)
    store.file(1, b"mixed", content=damaged, first_set=3)
    span = Span(store.sets)
    places = Places(store.reader(), span)
    top = places.find(b"/d")
    assert top is not None
    for which, wanted in (("change", [(b"fine", 1), (b"mixed", 1)]), ("none", [(b"fine", 0)])):
        scope = Scope(Wanted(which), broken=False)
        [section] = Lister(store.reader(), span, places, scope).sections(top)
        assert section.pages is not None
        found = [(one.name, len(one.versions)) for page in section.pages for one in page.shown]
        assert found == wanted
