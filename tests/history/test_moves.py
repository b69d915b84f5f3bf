"""Where files came from and went to."""

import pytest

from tardis.history import Places, Span
from tardis.history.moves import Moves
from tardis.history.versions import Wanted, versions_of
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(sets=[backup_set(number) for number in (1, 2, 3)])
    for number in (1, 2, 3):
        made.root(b"/r", 1, number=number)
    made.folder(1, b"sub", 2, inode=20)
    return made


def told(store: MemoryStore, path: bytes) -> list[tuple[str, bytes]]:
    span = Span(store.sets)
    place = Places(store.reader(), span).find(path)
    assert place is not None
    found = Moves(store.reader()).told(versions_of(place, span, Wanted()))
    return [(one.change, one.elsewhere) for one in found]


def test_a_file_is_followed_from_name_to_name(store: MemoryStore) -> None:
    number = store.add_content(b"data")
    store.file(1, b"old", content=number, size=4, inode=7, last_set=1)
    store.file(2, b"new", content=number, size=4, inode=7, first_set=2)
    assert told(store, b"/r/old") == [("new", b""), ("gone", b"/r/sub/new")]
    assert told(store, b"/r/sub/new") == [("new", b"/r/old")]


def test_a_directory_is_followed_by_its_identity(store: MemoryStore) -> None:
    store.folder(1, b"before", 5, inode=50, last_set=2)
    store.folder(2, b"after", 5, inode=50, first_set=3)
    store.file(5, b"f", b"x", inode=8)
    assert told(store, b"/r/before") == [("new", b""), ("gone", b"/r/sub/after")]
    assert told(store, b"/r/sub/after") == [("new", b"/r/before")]


def test_copies_and_further_names_are_no_moves(store: MemoryStore) -> None:
    number = store.add_content(b"data")
    store.file(1, b"gone", content=number, size=4, inode=7, last_set=1)
    store.file(2, b"copy", content=number, size=4, inode=9, first_set=2)
    store.file(1, b"link", content=number, size=4, inode=7)
    assert told(store, b"/r/gone") == [("new", b""), ("gone", b"")]
    assert told(store, b"/r/sub/copy") == [("new", b"")]


@pytest.mark.near
def test_empty_files_and_lost_directories_have_no_elsewhere(store: MemoryStore) -> None:
    number = store.add_content(b"")
    store.file(1, b"empty", content=number, size=0, inode=7, last_set=1)
    store.file(2, b"empty", content=number, size=0, inode=7, first_set=2)
    assert told(store, b"/r/empty") == [("new", b""), ("gone", b"")]
    assert Moves(store.reader()).path(99, b"x", 1) == b""
    store.folder(77, b"circle", 77)
    assert Moves(store.reader()).path(77, b"x", 1) == b""
