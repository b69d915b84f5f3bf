"""Archives as streams, read back by the libraries and by the programs of the system."""

import io
import os
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tardis.history import Request, Restored
from tardis.history.archive import Archiver
from tardis.history.archive_tar import TarArchive
from tardis.history.archive_zip import ZipArchive
from tardis.model import Observer
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import run as extract
from tests.independent.checker import compare

EVERYTHING = [Request(1, b"/home", b"home", True)]
LARGE = os.urandom(1 << 20) * 6


class Pipe(io.RawIOBase):
    """Takes bytes as a pipe does: forwards only."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)

    def tell(self) -> int:
        raise OSError("a pipe")

    seek = tell  # type: ignore[assignment]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    made.file(1, b"a", b"hello", 0o640, mtime=1_600_000_000, mtime_ns=987_654_321)
    made.file(1, b"empty", b"")
    made.file(1, b"large", content=made.add_content(LARGE, is_large=True), size=len(LARGE))
    made.link(1, b"link", b"nowhere/\xff", mtime=1_400_000_000, mtime_ns=5)
    made.folder(1, b"sub\xff", 2, 0o711, mtime=1_300_000_000, mtime_ns=7)
    made.file(2, b"b\xfe\n", b"bytes", 0o444)
    made.file(2, "größe".encode(), b"text")
    made.file(2, b"l" * 200, b"a long name")
    made.folder(2, b"not-entered", None)
    return made


def make(kind: Any, store: MemoryStore, **more: Any) -> tuple[bytes, Restored]:
    pipe = Pipe()
    out: BinaryIO = pipe  # type: ignore[assignment]
    made = kind(out)
    recurse = more.pop("recurse", True)
    requests = more.pop("requests", EVERYTHING)
    archiver = Archiver(store.reader(), made, Observer(), **more)
    archiver.add(requests, recurse=recurse)
    made.close()
    return bytes(pipe.data), archiver.report


def tar(store: MemoryStore, **more: Any) -> tuple[dict[bytes, tarfile.TarInfo], Restored]:
    data, report = make(TarArchive, store, **more)
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as found:
        members = {one.name.encode("utf-8", "surrogateescape"): one for one in found}
    return members, report


def problems(report: Restored) -> list[tuple[bytes, str]]:
    return [(one.path, one.reason) for one in report.problems]


def test_a_tar_unpacks_to_what_a_restore_gives(store: MemoryStore, tmp_path: Path) -> None:
    data, report = make(TarArchive, store)
    assert (problems(report), report.files, report.directories) == ([], 7, 3)
    assert report.size_bytes == len(LARGE) + 5 + 5 + 4 + 11
    (tmp_path / "tar").mkdir()
    words = ["tar", "-x", "-p", "-C", str(tmp_path / "tar")]
    done = subprocess.run(words, input=data, check=True, capture_output=True)
    assert b"rror" not in done.stderr
    (tmp_path / "restored").mkdir()
    extract(store, tmp_path / "restored")
    assert compare(tmp_path / "restored" / "home", tmp_path / "tar" / "home") == []


def test_a_zip_unpacks_with_contents_modes_and_links(store: MemoryStore, tmp_path: Path) -> None:
    data, report = make(ZipArchive, store)
    assert problems(report) == []
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        infos = {
            one.filename.encode("utf-8" if one.flag_bits & 0x800 else "cp437"): one
            for one in found.infolist()
        }
        assert set(infos) == {
            b"home/",
            b"home/a",
            b"home/empty",
            b"home/large",
            b"home/link",
            b"home/sub\xff/",
            b"home/sub\xff/b\xfe\n",
            b"home/sub\xff/gr\xc3\xb6\xc3\x9fe",
            b"home/sub\xff/" + b"l" * 200,
            b"home/sub\xff/not-entered/",
        }
        assert found.read(infos[b"home/large"]) == LARGE
        assert found.read(infos[b"home/link"]) == b"nowhere/\xff"
        assert infos[b"home/a"].external_attr >> 16 == stat.S_IFREG | 0o640
        assert infos[b"home/link"].external_attr >> 16 == stat.S_IFLNK | 0o777


def test_a_zip_of_plain_names_is_read_by_unzip(tmp_path: Path) -> None:
    if subprocess.run(["which", "unzip"], check=False, capture_output=True).returncode:
        pytest.skip("unzip is not installed")
    store = MemoryStore()
    store.root(b"/home")
    store.file(1, b"a", b"hello", 0o640, mtime=1_600_000_000)
    store.link(1, b"link", b"a")
    (tmp_path / "x.zip").write_bytes(make(ZipArchive, store)[0])
    subprocess.run(["unzip", "-q", "x.zip"], cwd=tmp_path, check=True, capture_output=True)
    found = (tmp_path / "home" / "a").stat()
    assert (stat.S_IMODE(found.st_mode), int(found.st_mtime)) == (0o640, 1_600_000_000)
    assert os.readlink(tmp_path / "home" / "link") == "a"


@pytest.mark.parametrize(
    ("seconds", "nanoseconds", "told"),
    [
        (1_600_000_000, 987_654_321, "1600000000.987654321"),
        (-1, 500_000_000, "-0.500000000"),
        (-2, 999_999_999, "-1.000000001"),
        (9_999_999_999_999, 1, "9999999999999.000000001"),
    ],
)
def test_times_keep_their_nanoseconds(seconds: int, nanoseconds: int, told: str) -> None:
    store = MemoryStore()
    store.root(b"/home")
    store.file(1, b"f", b"x", mtime=seconds, mtime_ns=nanoseconds)
    assert tar(store)[0][b"home/f"].pax_headers["mtime"] == told
    make(ZipArchive, store)


def test_names_of_one_file_are_links_in_a_tar(store: MemoryStore) -> None:
    one = store.file(1, b"one", b"twice", nlink=2, inode=77)
    store.file(2, b"two", None, content=one.content, size=5, nlink=2, inode=77)
    store.file(2, b"three", b"other", nlink=2, inode=77)
    found, report = tar(store)
    assert problems(report) == []
    assert found[b"home/one"].isreg() and found[b"home/sub\xff/three"].isreg()
    assert found[b"home/sub\xff/two"].islnk()
    assert found[b"home/sub\xff/two"].linkname == "home/one"
    assert all(not one.islnk() for one in tar(store, hard_links=False)[0].values())
    with zipfile.ZipFile(io.BytesIO(make(ZipArchive, store)[0])) as unpacked:
        copies = [one for one in unpacked.infolist() if one.filename.endswith(("one", "two"))]
        assert [unpacked.read(one) for one in copies] == [b"twice", b"twice"]


def test_a_first_name_that_is_damaged_leaves_the_others_their_own(store: MemoryStore) -> None:
    one = store.file(1, b"one", b"twice", nlink=2, inode=77)
    store.file(2, b"two", None, content=one.content, size=5, nlink=2, inode=77)
    assert one.content is not None
    store.damage(one.content, b"TWICE")
    found, report = tar(store)
    assert [path for path, _ in problems(report)] == [b"home/one", b"home/sub\xff/two"]
    assert not [name for name in found if name.endswith((b"one", b"two"))]


def test_owners_are_told_by_name_and_number(store: MemoryStore) -> None:
    store.owners = {(False, 70_000_000): b"ann", (True, 5): b"staff"}
    store.file(1, b"mine", b"x", uid=70_000_000, gid=5)
    mine = tar(store)[0][b"home/mine"]
    assert (mine.uid, mine.gid, mine.uname, mine.gname) == (70_000_000, 5, "ann", "staff")
    make(ZipArchive, store)


def test_kinds_that_a_format_cannot_hold_are_problems(store: MemoryStore) -> None:
    store.node(1, b"pipe", stat.S_IFIFO | 0o600)
    store.node(1, b"disk", stat.S_IFBLK | 0o600, rdev=os.makedev(8, 1))
    store.node(1, b"socket", stat.S_IFSOCK | 0o600)
    found, report = tar(store)
    assert [path for path, _ in problems(report)] == [b"home/socket"]
    assert found[b"home/pipe"].isfifo()
    assert (found[b"home/disk"].devmajor, found[b"home/disk"].devminor) == (8, 1)
    _, report = make(ZipArchive, store)
    assert len(report.problems) == 3


@pytest.mark.near
@pytest.mark.parametrize("kind", [TarArchive, ZipArchive])
def test_what_cannot_be_read_is_a_problem_and_the_rest_is_there(
    kind: Any, store: MemoryStore
) -> None:
    for entry in store.entries[1]:
        if entry.name == b"a" and entry.content:
            store.damage(entry.content, b"HELLO")
        if entry.name == b"large" and entry.content:
            store.damage(entry.content, LARGE[:-10])
    store.file(1, b"never", None)
    store.file(1, b"gone", content=999)
    store.file(1, b"..", b"x")
    data, report = make(kind, store)
    assert sorted(path for path, _ in problems(report)) == [
        b"home/..",
        b"home/a",
        b"home/gone",
        b"home/large",
        b"home/never",
    ]
    if kind is TarArchive:
        with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as found:
            large = found.extractfile("home/large")
            assert large is not None
            assert large.read() == LARGE[:-10] + bytes(10)
            assert "home/a" not in found.getnames()
            assert "home/empty" in found.getnames()
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
            assert unpacked.read("home/large") == LARGE[:-10] + bytes(10)


def test_a_content_longer_than_declared_stops_there(store: MemoryStore) -> None:
    number = store.add_content(b"x" * (5 << 20), is_large=True)
    store.file(1, b"bomb", content=number, size=5 << 20)
    store.damage(number, b"x" * (50 << 20))
    found, report = tar(store)
    assert found[b"home/bomb"].size == 5 << 20
    assert [path for path, _ in problems(report)] == [b"home/bomb"]


def test_a_directory_shown_in_two_places_does_not_go_on_for_ever(store: MemoryStore) -> None:
    store.folder(2, b"loop", 1)
    _, report = tar(store)
    assert [path for path, _ in problems(report)] == [b"home/sub\xff/loop"]


def test_one_file_a_missing_path_and_no_recursion(store: MemoryStore) -> None:
    requests = [Request(1, b"/home/a", b"a", False), Request(1, b"/none", b"none", False)]
    found, report = tar(store, requests=requests)
    assert list(found) == [b"a"]
    assert [path for path, _ in problems(report)] == [b"/none"]
    assert list(tar(store, recurse=False)[0]) == [b"home"]
    assert b"home/a" in tar(store, requests=[Request(1, b"/", b"", True)])[0]


def test_nothing_is_remembered_of_what_was_written(store: MemoryStore) -> None:
    out: BinaryIO = Pipe()  # type: ignore[assignment]
    made = TarArchive(out)
    Archiver(store.reader(), made, Observer()).add(EVERYTHING)
    assert vars(made._tar)["members"] == []


@pytest.mark.parametrize("limit", [1000, 1 << 40])
def test_a_file_beyond_the_limit_has_its_size_in_the_long_fields(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    data, report = make(ZipArchive, store)
    assert problems(report) == []
    assert (b"\x01\x00\x10\x00" in data) == (limit == 1000)
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.getinfo("home/large").file_size == len(LARGE)
        assert found.testzip() is None


@pytest.mark.parametrize("kind", [TarArchive, ZipArchive])
def test_a_large_file_of_the_right_length_and_wrong_bytes_is_told(
    kind: Any, store: MemoryStore
) -> None:
    number = next(e for e in store.entries[1] if e.name == b"large").content
    assert number is not None
    store.damage(number, LARGE[:-1] + bytes([LARGE[-1] ^ 1]))
    _, report = make(kind, store)
    assert [path for path, _ in problems(report)] == [b"home/large"]
