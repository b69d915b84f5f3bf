"""Attributes and ACLs come back, in the right order, and what cannot is told."""

import errno
import os
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tardis.history import Request
from tardis.history.extended import (
    NEEDS_ROOT,
    NOT_HELD,
    Extended,
    mode_without_acl,
    names_in,
    translated,
)
from tardis.streams import pack, pack_attributes
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out, reasons, run, store

__all__ = ["out", "store"]

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
UNDEFINED = 0xFFFFFFFF


def acl(*named: tuple[int, int, int], group: int = 4, mask: int = 6) -> bytes:
    """Return an ACL of the kernel's form: owner rw-, others r--, and whom *named* says."""
    usual = ((0x01, 6, UNDEFINED), (0x04, group, UNDEFINED), (0x10, mask, UNDEFINED))
    entries = sorted((*usual, (0x20, 4, UNDEFINED), *named), key=lambda one: (one[0], one[2]))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries)


def attributes(**items: bytes) -> bytes:
    named = {name.replace("__", ".").encode(): value for name, value in items.items()}
    return pack_attributes(named.items())


def found(path: Path) -> dict[str, bytes]:
    names = os.listxattr(path, follow_symlinks=False)
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in names}


def with_acl(value: bytes) -> bytes:
    return pack_attributes([(ACCESS.encode(), value)])


@pytest.mark.xattr
@pytest.mark.parametrize("jobs", [1, 3])
def test_files_and_directories_get_theirs_whatever_their_modes(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    store.file(1, b"f", b"x", 0o400, xattrs=attributes(user__a=b"1", user__b=b""))
    store.folder(1, b"d", 2, 0o500, xattrs=attributes(user__d=b"2"))
    store.file(2, b"inside", b"y")
    done = run(store, out, jobs=jobs)
    assert (reasons(done), done.notes) == ([], {})
    home = out / "home"
    assert found(home / "f") == {"user.a": b"1", "user.b": b""}
    assert found(home / "d") == {"user.d": b"2"}
    assert [(home / name).stat().st_mode & 0o777 for name in "fd"] == [0o400, 0o500]
    assert (home / "d").stat().st_mtime_ns == 1_500_000_000_123_456_789


@pytest.mark.acl
def test_a_default_acl_is_set_when_all_is_in_the_directory(store: MemoryStore, out: Path) -> None:
    packed = pack_attributes([(DEFAULT.encode(), acl((0x02, 7, 1234)))])
    store.folder(1, b"d", 2, xattrs=packed)
    store.file(2, b"f", b"x", 0o644)
    store.folder(2, b"e", None)
    assert reasons(run(store, out)) == []
    assert found(out / "home/d") == {DEFAULT: acl((0x02, 7, 1234))}
    assert found(out / "home/d/f") == found(out / "home/d/e") == {}


@pytest.mark.acl
def test_acls_of_the_target_are_not_inherited(store: MemoryStore, out: Path) -> None:
    subprocess.run(["setfacl", "-m", "d:u:77:rwx", out], check=True)
    store.file(1, b"f", b"x", 0o640)
    store.node(1, b"p", 0o10640)
    store.folder(1, b"d", 2)
    store.file(2, b"g", b"x", 0o640)
    assert reasons(run(store, out)) == []
    for name in ("home", "home/f", "home/p", "home/d", "home/d/g"):
        assert found(out / name) == {}, name
    store.file(1, b"late", b"x", 0o640)
    run(store, out, requests=[Request(1, b"/home/late", b"late", False)])
    assert found(out / "late") == {}
    assert (out / "late").stat().st_mode & 0o777 == 0o640


@pytest.mark.root
def test_root_sets_capabilities_after_the_owner(store: MemoryStore, out: Path) -> None:
    capability = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
    packed = attributes(security__capability=capability, trusted__t=b"1")
    store.file(1, b"f", b"x", 0o4755, uid=4711, gid=4711, xattrs=packed)
    store.link(1, b"l", b"f", xattrs=attributes(trusted__l=b"2"))
    store.node(1, b"p", 0o10600, xattrs=attributes(trusted__p=b"3"))
    done = run(store, out)
    assert (reasons(done), done.notes) == ([], {})
    home = out / "home"
    assert found(home / "f") == {"security.capability": capability, "trusted.t": b"1"}
    assert (home / "f").stat().st_mode & 0o7777 == 0o4755
    assert (home / "f").stat().st_uid == 4711
    assert (found(home / "l"), found(home / "p")) == ({"trusted.l": b"2"}, {"trusted.p": b"3"})


@pytest.mark.root
def test_without_its_owner_a_file_gets_no_capability(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "chown", refuse)
    capability = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
    store.file(1, b"f", b"x", xattrs=attributes(security__capability=capability))
    done = run(store, out)
    assert reasons(done) == []
    assert done.notes[NEEDS_ROOT] == 1
    assert found(out / "home/f") == {}


@pytest.mark.parametrize(
    ("number", "note"),
    [(errno.EPERM, NEEDS_ROOT), (errno.EACCES, NEEDS_ROOT), (errno.ENOTSUP, NOT_HELD)],
)
def test_what_may_not_or_cannot_be_is_counted_once_a_file(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch, number: int, note: str
) -> None:
    fail(monkeypatch, number)
    store.file(1, b"f", b"bytes", xattrs=attributes(user__a=b"1", user__b=b"2"))
    done = run(store, out)
    assert (reasons(done), done.notes) == ([], {note: 1})
    assert (out / "home/f").read_bytes() == b"bytes"


def fail(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "setxattr", refuse)


def test_other_trouble_is_a_problem_and_the_file_is_there(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, errno.ENOSPC)
    store.file(1, b"f", b"bytes", xattrs=attributes(user__a=b"1"))
    store.link(1, b"l", b"f", xattrs=attributes(user__a=b"1"))
    store.folder(1, b"d", None, xattrs=attributes(user__a=b"1"))
    why = "not all its extended attributes were set: No space left on device"
    assert reasons(run(store, out)) == [(b"home/" + name, why) for name in (b"d", b"f", b"l")]
    assert (out / "home/f").read_bytes() == b"bytes"
    assert (out / "home/l").is_symlink()


@pytest.mark.parametrize("packed", [b"\xc1", pack((1, 2)), pack(((b"user.a", 1),))])
def test_a_store_that_lies_is_a_problem(store: MemoryStore, out: Path, packed: bytes) -> None:
    store.file(1, b"f", b"bytes", xattrs=packed)
    ((path, reason),) = reasons(run(store, out))
    assert path == b"home/f"
    assert "does not tell its extended attributes" in reason
    assert (out / "home/f").read_bytes() == b"bytes"
    assert names_in(packed) == frozenset()


@pytest.mark.xattr
def test_names_with_other_attributes_are_not_linked(store: MemoryStore, out: Path) -> None:
    content = store.add_content(b"x")
    for name, value in ((b"a", b"1"), (b"b", b"2"), (b"c", b"1")):
        same = {"content": content, "size": 1, "nlink": 3, "inode": 5}
        store.node(1, name, 0o100644, xattrs=attributes(user__a=value), **same)
    run(store, out)
    home = out / "home"
    assert (home / "a").samefile(home / "c") and not (home / "a").samefile(home / "b")
    assert found(home / "b") == {"user.a": b"2"}


@pytest.mark.acl
def test_the_top_gets_the_attributes_of_a_root(store: MemoryStore, out: Path) -> None:
    (known,) = store.roots[1]
    above = known.ancestors[-1]._replace(mode=0o40664, xattrs=with_acl(acl((0x02, 6, 5))))
    store.roots[1] = [type(known)(known.path, None, 1, (above,))]
    assert reasons(run(store, out)) == []
    assert found(out / "home") == {ACCESS: acl((0x02, 6, 5))}


def test_owners_in_acls_are_translated_and_stay_in_order() -> None:
    before = acl((0x02, 7, 1), (0x02, 5, 2), (0x08, 4, 1))
    here = {(False, 1): 20, (False, 2): 3, (True, 1): 30}
    after = translated(before, lambda is_group, number: here[is_group, number])
    assert after == acl((0x02, 5, 3), (0x02, 7, 20), (0x08, 4, 30))


@pytest.mark.parametrize("odd", [b"", b"\2\0\0", b"\2\0\0\0\1", b"\1" + bytes(11), b"\2\0\0\0"])
def test_what_is_no_acl_is_left_for_the_kernel_to_refuse(odd: bytes) -> None:
    assert translated(odd, lambda is_group, number: 1 // 0) == odd


def test_owners_of_the_store_are_asked_for_acls(tmp_path: Path) -> None:
    asked: list[tuple[int, bool, int]] = []

    def translate(number: int, is_group: bool, owner: int) -> int:
        asked.append((number, is_group, owner))
        return owner

    extended = Extended(Counter(), translate)
    packed = with_acl(acl((0x02, 7, 1), (0x08, 7, 2)))
    extended.set(os.fsencode(tmp_path), 9, packed, is_owned=True)
    assert asked == [(9, False, 1), (9, True, 2)]


def test_without_its_acl_a_file_gives_its_group_no_more_than_before(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, errno.ENOTSUP)
    packed = with_acl(acl((0x02, 6, 1234), group=0, mask=6))
    store.file(1, b"f", b"x", 0o664, xattrs=packed)
    done = run(store, out)
    assert done.notes == {NOT_HELD: 1}
    assert (out / "home/f").stat().st_mode & 0o777 == 0o604


@pytest.mark.parametrize(("group", "mode"), [(0, 0o4604), (4, 0o4644), (6, 0o4664), (7, 0o4664)])
def test_the_group_gets_what_it_had_beneath_the_mask(group: int, mode: int) -> None:
    assert mode_without_acl(0o4664, with_acl(acl(group=group))) == mode


def test_without_an_acl_a_mode_is_what_it_says() -> None:
    assert mode_without_acl(0o640, b"") == 0o640
    assert mode_without_acl(0o640, attributes(user__a=b"1")) == 0o640
