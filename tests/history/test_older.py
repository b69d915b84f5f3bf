"""An older version is offered when the content of a file is damaged."""

import pytest

from tardis.history.older import is_readable, older_version
from tardis.model import BackupSet
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.sets = [backup_set(number) for number in (1, 2, 3, 4)]
    made.sets[1] = backup_set(2, is_complete=False)
    for number in (1, 2, 3, 4):
        made.root(b"/home", number=number)
    for number in (1, 2, 3, 4):
        made.file(1, b"f", b"version %d" % number, first_set=number, last_set=number)
    return made


def content(store: MemoryStore, number: int) -> int:
    found = store.reader().child(1, number, b"f")
    assert found is not None and found.content is not None
    return found.content


def test_the_newest_good_complete_one_is_found(store: MemoryStore) -> None:
    def found() -> BackupSet | None:
        """Ask a reader that has not read the bytes from before the damage."""
        return older_version(store.reader(), store.sets, 4, b"/home/f")

    assert found() is None, "nothing is wrong"
    store.damage(content(store, 4), b"damaged")
    assert found() == store.sets[2]
    store.damage(content(store, 3), b"damaged")
    assert found() == store.sets[0]
    del store.data[content(store, 1)]
    assert found() is None


def test_what_has_no_content_has_no_older_one(store: MemoryStore) -> None:
    reader = store.reader()
    assert older_version(reader, store.sets, 4, b"/home/nothing") is None
    assert older_version(reader, store.sets, 4, b"/home") is None


def test_a_content_of_another_length_is_not_readable(store: MemoryStore) -> None:
    number = content(store, 1)
    assert is_readable(store.reader(), number)
    for size in (3, 300):
        store.resize(number, size)
        assert not is_readable(store.reader(), number)
    assert not is_readable(store.reader(), 999)
