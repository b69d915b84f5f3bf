"""Two sides compared."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.history import LiveSide, SetSide, differences
from tardis.history.compare import first_difference
from tests.history.memory_reader import MemoryStore, backup_set


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(sets=[backup_set(1), backup_set(2)])
    for number in (1, 2):
        made.root(b"/r", 1, number=number)
    made.file(1, b"same", b"same")
    made.file(1, b"edited", b"before", last_set=1)
    made.file(1, b"edited", b"behind", first_set=2)
    made.file(1, b"old", b"", last_set=1)
    made.file(1, b"new", b"", first_set=2)
    made.link(1, b"link", b"here", last_set=1)
    made.link(1, b"link", b"there", first_set=2)
    made.file(1, b"kind", b"", last_set=1)
    made.folder(1, b"kind", 3, first_set=2)
    made.folder(1, b"sub", 2)
    made.file(2, b"deep", b"1", last_set=1)
    made.file(2, b"deep", b"22", first_set=2)
    return made


def told(store: MemoryStore, *, recurse: bool) -> list[tuple[bytes, str, int]]:
    reader = store.reader()
    left, right = (SetSide(reader, backup).find(b"/r") for backup in store.sets)
    found = differences(b"/r", left, right, recurse=recurse)
    return [(one.path, one.what, one.offset) for one in found]


def test_sets_are_compared_name_by_name(store: MemoryStore) -> None:
    wanted = [
        (b"/r/edited", "bytes", 2),
        (b"/r/kind", "kind", 0),
        (b"/r/link", "value", 0),
        (b"/r/new", "missing", 0),
        (b"/r/old", "missing", 0),
    ]
    assert told(store, recurse=False) == wanted
    assert told(store, recurse=True) == [*wanted, (b"/r/sub/deep", "bytes", 0)]


@pytest.mark.near
def test_one_content_is_not_read(store: MemoryStore) -> None:
    told(store, recurse=True)
    assert store.calls.count("open") == 4  # two files, on two sides


def test_what_cannot_be_read_is_trouble_and_the_rest_goes_on(store: MemoryStore) -> None:
    for number in (2, 3):
        store.damage(number, b"rubbish")
    store.file(1, b"a", None, last_set=1)
    store.file(1, b"a", b"x", first_set=2)
    found = told(store, recurse=True)
    assert (b"/r/a", "trouble", 0) in found and (b"/r/sub/deep", "bytes", 0) in found


def test_a_set_is_compared_with_what_is_there(store: MemoryStore, tmp_path: Path) -> None:
    store.root(os.fsencode(tmp_path), 1, number=2)
    (tmp_path / "same").write_bytes(b"same")
    (tmp_path / "edited").write_bytes(b"behind, and longer")
    (tmp_path / "link").symlink_to("there")
    os.mkfifo(tmp_path / "new")  # opening it would wait for ever
    (tmp_path / "sub").mkdir()
    (tmp_path / "kind").mkdir()
    path = os.fsencode(tmp_path)
    left = SetSide(store.reader(), store.sets[1]).find(path)
    found = list(differences(path, left, LiveSide().find(path), recurse=True))
    assert [(os.path.basename(one.path), one.what, one.offset) for one in found] == [
        (b"edited", "bytes", 6),
        (b"new", "kind", 0),
        (b"deep", "missing", 0),
    ]
    assert LiveSide().find(path + b"/same/below") is None


def test_a_pipe_and_a_socket_are_what_they_were_and_a_device_has_its_number(
    store: MemoryStore, tmp_path: Path
) -> None:
    store.node(9, b"pipe", stat.S_IFIFO | 0o644)
    store.node(9, b"socket", stat.S_IFSOCK | 0o644)
    store.node(9, b"null", stat.S_IFCHR | 0o666, rdev=os.stat(os.devnull).st_rdev)
    store.root(os.fsencode(tmp_path), 9, number=2)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    kept = SetSide(store.reader(), store.sets[1])
    for name in ("pipe", "socket"):
        path = os.fsencode(tmp_path / name)
        assert list(differences(path, kept.find(path), LiveSide().find(path), recurse=True)) == []
    null, live = kept.find(os.fsencode(tmp_path / "null")), LiveSide().find(b"/dev/null")
    assert list(differences(b"null", null, live, recurse=True)) == []
    zero = LiveSide().find(b"/dev/zero")
    assert [one.what for one in differences(b"null", null, zero, recurse=True)] == ["value"]


def test_a_live_file_is_never_followed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    thing = LiveSide().find(os.fsencode(tmp_path / "file"))
    assert thing is not None
    (tmp_path / "file").unlink()
    (tmp_path / "file").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        list(thing.read())


parts = st.lists(st.binary(max_size=4), max_size=5)


@given(parts, parts)
def test_the_first_difference_does_not_depend_on_how_bytes_come(
    one: list[bytes], other: list[bytes]
) -> None:
    def stream(some: list[bytes]) -> Iterator[bytes]:
        return iter([part for part in some if part])

    left, right = b"".join(one), b"".join(other)
    same = [one == other for one, other in zip(left, right, strict=False)]
    wanted = None if left == right else [*same, False].index(False)
    assert first_difference(stream(one), stream(other)) == wanted
