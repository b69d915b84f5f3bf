"""Attributes and ACLs in archives, unpacked by GNU tar."""

import io
import os
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tardis.history.archive_attributes import acl_text, portable
from tardis.history.archive_tar import TarArchive
from tardis.history.archive_zip import ZipArchive
from tardis.streams import pack, pack_attributes
from tests.history.memory_reader import MemoryStore
from tests.history.test_archive import make, problems
from tests.history.test_extended import ACCESS, DEFAULT, acl, found, with_acl

ODD = b"user.a=b%c\xff\n"
VALUE = bytes(range(256)) * 4


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    made.owners = {(False, 0): b"root", (False, 1234): b"no:body"}
    return made


def unpack(store: MemoryStore, out: Path, *words: str) -> bytes:
    """Unpack a tar of *store* below *out*; return what tar said."""
    data, report = make(TarArchive, store)
    assert problems(report) == []
    command = ["tar", "-x", "-p", *words, "-C", str(out)]
    return subprocess.run(command, input=data, check=True, capture_output=True).stderr


@pytest.mark.xattr
def test_gnu_tar_sets_attributes_of_any_name_and_value(store: MemoryStore, tmp_path: Path) -> None:
    several = pack_attributes([(b"user.empty", b""), (b"user.large", VALUE), (ODD, b"1=2\n")])
    store.file(1, b"f\xff", b"x", 0o640, mtime_ns=5, xattrs=several)
    store.file(1, b"l" * 200, b"y", xattrs=pack_attributes([(b"user.a", b"long")]))
    store.folder(1, b"d", 2, xattrs=pack_attributes([(b"user.d", b"of a directory")]))
    store.file(2, b"plain", b"z")
    unpack(store, tmp_path, "--xattrs")
    home = tmp_path / "home"
    wanted = {"user.empty": b"", "user.large": VALUE, os.fsdecode(ODD): b"1=2\n"}
    assert found(home / os.fsdecode(b"f\xff")) == wanted
    assert found(home / ("l" * 200)) == {"user.a": b"long"}
    assert found(home / "d") == {"user.d": b"of a directory"}
    assert found(home / "d/plain") == {}
    assert (home / os.fsdecode(b"f\xff")).read_bytes() == b"x"
    assert (home / os.fsdecode(b"f\xff")).stat().st_mtime_ns % 10**9 == 5


@pytest.mark.acl
@pytest.mark.root
def test_gnu_tar_sets_acls_and_their_masks(store: MemoryStore, tmp_path: Path) -> None:
    wide = acl((0x02, 7, 1234), (0x02, 6, 0), (0x08, 5, 4321), group=4, mask=7)
    store.file(1, b"f", b"x", 0o674, xattrs=with_acl(wide))
    both = [(ACCESS.encode(), acl(mask=6)), (DEFAULT.encode(), acl((0x02, 5, 77)))]
    store.folder(1, b"d", None, 0o764, xattrs=pack_attributes(both))
    said = unpack(store, tmp_path, "--acls", "--numeric-owner")
    assert b"acl" not in said.lower()
    home = tmp_path / "home"
    assert found(home / "f") == {ACCESS: wide}
    assert stat.S_IMODE((home / "f").stat().st_mode) == 0o674
    assert found(home / "d")[DEFAULT] == acl((0x02, 5, 77))


@pytest.mark.parametrize("kind", [TarArchive, ZipArchive])
def test_who_does_not_unpack_the_acl_gives_the_group_no_more(
    store: MemoryStore, kind: type[TarArchive] | type[ZipArchive]
) -> None:
    store.file(1, b"f", b"x", 0o674, xattrs=with_acl(acl((0x02, 7, 1234), group=4, mask=7)))
    data, _ = make(kind, store)
    if kind is TarArchive:
        with tarfile.open(fileobj=io.BytesIO(data)) as unpacked:
            assert unpacked.getmember("home/f").mode == 0o644
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            assert zipped.getinfo("home/f").external_attr >> 16 == 0o100644


def test_the_headers_are_read_by_others_too(store: MemoryStore) -> None:
    store.file(1, b"f", b"hello", xattrs=pack_attributes([(b"user.a", b"one"), (ODD, VALUE)]))
    store.link(1, b"link", b"f")
    one = store.file(1, b"one", b"2", nlink=2, inode=7, xattrs=with_acl(acl((0x02, 4, 0))))
    store.file(1, b"two", None, content=one.content, size=1, nlink=2, inode=7, xattrs=one.xattrs)
    data, _ = make(TarArchive, store)
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as unpacked:
        names = [member.name for member in unpacked]
        assert sorted(names) == ["home", "home/f", "home/link", "home/one", "home/two"]
        file = unpacked.getmember("home/f")
        assert file.pax_headers["SCHILY.xattr.user.a"] == "one"
        assert unpacked.extractfile(file).read() == b"hello"  # type: ignore[union-attr]
        headers = unpacked.getmember("home/one").pax_headers
        text = "user::rw-,user:root:r--:0,group::r--,mask::rw-,other::r--"
        assert headers["SCHILY.acl.access"] == text
        assert unpacked.getmember("home/two").islnk()


def test_acls_are_told_by_name_and_number_where_a_name_can_be_told() -> None:
    names = {(False, 5): b"ann", (True, 5): b"staff,all", (True, 6): b"staff"}
    told = acl_text(acl((0x02, 7, 5), (0x02, 1, 9), (0x08, 2, 5), (0x08, 0, 6)), names)
    assert told == (
        b"user::rw-,user:ann:rwx:5,user:9:--x,group::r--,"
        b"group:5:-w-,group:staff:---:6,mask::rw-,other::r--"
    )
    assert acl_text(b"no acl at all", names) == b""


def test_a_broken_acl_is_left_out_and_nonsense_is_a_problem(store: MemoryStore) -> None:
    assert portable(pack_attributes([(ACCESS.encode(), b"?"), (b"user.a", b"1")]), {}) == (
        (b"user.a", b"1"),
    )
    store.file(1, b"f", b"x", xattrs=pack((1, 2)))
    store.folder(1, b"d", None, xattrs=b"\xc1")
    data, report = make(TarArchive, store)
    assert [path for path, _ in problems(report)] == [b"home/f", b"home/d"]
    with tarfile.open(fileobj=io.BytesIO(data)) as unpacked:
        assert unpacked.getnames() == ["home", "home/f", "home/d"]
