import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.model import SMALL, SourceError
from tardis.protocol import listing
from tardis.scan import CHANGED, GONE, HEADER, Filesystems, FolderReader, Range
from tardis.scan.reading import ATTEMPTS, RACY, is_same, iter_segments, kept_still
from tests.scan.trees import walk

FILE = b"file"


class Folder:
    """A directory with one file, listed, and a reader with a clock of its own."""

    def __init__(self, place: Path, data: bytes) -> None:
        self.file = place / "file"
        self.file.write_bytes(data)
        (found,) = walk(place)
        assert isinstance(found, Range)
        self.row = found.rows[0]
        self.now = self.file.stat().st_ctime + 1000
        rows = Filesystems([], lambda item: None)
        self.reader = FolderReader(found.path, found.directory, rows, 60.0, lambda: self.now)

    def read(self) -> tuple[int, bytes, bytes]:
        """Return marks, state and bytes."""
        found = self.reader.read_small(FILE, self.row)
        assert found is not None
        read, data = found
        assert read.size == len(data)
        return read.marks, read.state, data


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    one = Folder(tmp_path, b"bytes")
    yield one
    one.reader.close()


def test_a_file_that_is_as_listed_has_no_state_and_no_marks(folder: Folder) -> None:
    assert folder.read() == (0, b"", b"bytes")


@pytest.mark.parametrize(("seconds", "marks"), [(59, RACY), (-59, RACY), (62, 0), (-62, 0)])
def test_a_file_is_racy_while_its_ctime_is_near_the_clock(
    folder: Folder, seconds: int, marks: int
) -> None:
    folder.now = folder.file.stat().st_ctime + seconds
    assert folder.read()[0] == marks
    assert folder.reader.is_racy(int(folder.file.stat().st_ctime)) == bool(marks)


def test_time_that_passes_while_it_is_read_makes_no_file_less_racy(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctime = folder.file.stat().st_ctime
    folder.now = ctime + 50
    read = os.read

    def slow(descriptor: int, length: int) -> bytes:
        folder.now = ctime + 500
        return read(descriptor, length)

    monkeypatch.setattr(os, "read", slow)
    assert folder.read()[0] == RACY


def test_a_file_that_changed_since_it_was_listed_tells_its_state(folder: Folder) -> None:
    folder.file.write_bytes(b"other bytes")
    marks, state, data = folder.read()
    assert (marks, data) == (0, b"other bytes")
    fresh = listing.parse_stat(state)
    assert (fresh.size, fresh.inode) == (11, folder.file.stat().st_ino)
    assert state[-2:] == b"\0\0"


class Writer:
    """Writes to a file each time it has been read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, write: Callable[[], object]) -> None:
        self.times = 0
        self._read, self._write = os.read, write
        monkeypatch.setattr(os, "read", self.read)

    def read(self, descriptor: int, length: int) -> bytes:
        data = self._read(descriptor, length)
        self.times += 1
        self._write()
        return data


def test_a_file_that_is_written_to_while_it_is_read_is_read_again_and_then_marked(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grow() -> None:
        with folder.file.open("ab") as file:
            file.write(b"+")

    writer = Writer(monkeypatch, grow)
    marks, state, data = folder.read()
    assert marks & CHANGED
    assert writer.times == ATTEMPTS
    assert listing.parse_stat(state).size == len(data) == len(b"bytes++")


def test_a_file_that_is_written_to_once_is_read_twice(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(monkeypatch, lambda: writer.times > 1 or folder.file.write_bytes(b"new"))
    marks, _, data = folder.read()
    assert (marks, data, writer.times) == (0, b"new", 2)


def test_a_file_that_shrinks_again_and_again_says_what_was_read(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(monkeypatch, lambda: os.truncate(folder.file, max(0, 4 - writer.times)))
    marks, state, data = folder.read()
    assert marks & CHANGED
    assert listing.parse_stat(state).size == len(data)


def test_a_file_that_is_gone_or_something_else_by_now_vanished(folder: Folder) -> None:
    folder.file.unlink()
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: folder.file.symlink_to("/etc/passwd"),
        lambda: os.mkfifo(folder.file),
        folder.file.mkdir,
    ]
    for change in changes:
        change()
        with pytest.raises(SourceError) as caught:
            folder.read()
        assert caught.value.errno in GONE
        if folder.file.is_dir():
            folder.file.rmdir()
        else:
            folder.file.unlink(missing_ok=True)


def test_a_file_of_no_size_that_has_bytes_is_marked_and_not_waited_for() -> None:
    (found,) = walk(Path("/proc/sys/kernel/random"))
    assert isinstance(found, Range)
    rows = {row[HEADER:]: row for row in found.rows}
    reader = FolderReader(found.path, found.directory, Filesystems([], lambda item: None), 0.0)
    read = reader.read_small(b"uuid", rows[b"uuid"])
    reader.close()
    assert listing.ENTRY.unpack_from(rows[b"uuid"])[3] == 0
    assert read is not None
    assert read[0].marks & CHANGED


def test_a_link_is_read_and_one_that_is_gone_is_told(folder: Folder) -> None:
    folder.file.with_name("link").symlink_to(b"\xff\n")
    assert folder.reader.read_link(b"link") == b"\xff\n"
    for name in (b"missing", FILE):
        with pytest.raises(SourceError):
            folder.reader.read_link(name)


def test_a_directory_that_was_replaced_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    (found,) = walk(place)
    place.rename(tmp_path / "e")
    rows = Filesystems([], lambda item: None)
    with pytest.raises(SourceError):
        FolderReader(found.path, found.directory, rows, 60.0)
    place.mkdir()
    with pytest.raises(SourceError) as caught:
        FolderReader(found.path, found.directory, rows, 60.0)
    assert caught.value.errno in GONE


def test_a_large_file_is_no_small_one_and_comes_in_segments(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    folder = Folder(tmp_path, data)
    assert len(data) > SMALL
    assert folder.reader.read_small(FILE, folder.row) is None
    file = folder.reader.open(FILE)
    segments = list(iter_segments(file))
    assert [len(one) for one in segments] == [1 << 20, len(data) - (1 << 20)]
    assert b"".join(segments) == data
    assert kept_still(file, len(data))
    assert not kept_still(file, len(data) - 1)
    with folder.file.open("ab") as more:
        more.write(b"+")
    assert not kept_still(file, len(data))
    assert not is_same(file.before, os.fstat(file.descriptor))
    os.close(file.descriptor)
    folder.reader.close()


def test_a_large_file_that_shrinks_ends_early(tmp_path: Path) -> None:
    folder = Folder(tmp_path, bytes(3 << 20))
    file = folder.reader.open(FILE)
    segments = iter_segments(file)
    next(segments)
    os.truncate(folder.file, (1 << 20) + 5)
    assert [len(one) for one in segments] == [5]
    os.close(file.descriptor)
    folder.reader.close()


def test_an_empty_file_is_read_too(tmp_path: Path) -> None:
    folder = Folder(tmp_path, b"")
    assert folder.read() == (0, b"", b"")
    folder.reader.close()


def test_the_longest_file_there_can_be_keeps_still(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses to read behind it."""
    file = folder.reader.open(FILE)
    longest = (1 << 63) - 1
    before = os.stat_result((*file.before[:6], longest, *file.before[7:]))
    monkeypatch.setattr(os, "fstat", lambda _: before)
    assert kept_still(file._replace(before=before), longest)
    with pytest.raises(OSError):
        os.pread(file.descriptor, 1, longest)
    os.close(file.descriptor)


def test_a_large_file_is_read_where_the_kernel_takes_no_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def refuse(_: int, _first: int, _count: int, advice: int) -> None:
        told.append(advice)
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    folder = Folder(tmp_path, b"x" * (SMALL + 5))
    file = folder.reader.open(FILE)
    assert b"".join(iter_segments(file)) == b"x" * (SMALL + 5)
    assert told == [os.POSIX_FADV_SEQUENTIAL]
    os.close(file.descriptor)
    folder.reader.close()
