"""File flags come back last, and those that cannot be set are told once."""

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tardis.history import Switches
from tardis.history.flags import (
    FLAGS_NEED_ROOT,
    FLAGS_NOT_HELD,
    LOCKED,
    read_flags,
    set_flags,
    wanted_flags,
)
from tardis.policy import Flags, pack_flags
from tardis.streams import pack, pack_attributes
from tests import chattr
from tests.chattr import lsattr, unlocked
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out as target
from tests.history.restoring import reasons, run, store
from tests.history.test_archive_attributes import unpack
from tests.history.test_mending import Scene

__all__ = ["store", "target"]
pytestmark = [chattr.NEEDED, pytest.mark.root]

IMMUTABLE, APPEND, NO_DUMP, NO_ATIME, NO_COW = 0x10, 0x20, 0x40, 0x80, 0x80_0000


@pytest.fixture
def out(target: Path) -> Iterator[Path]:
    with unlocked(target):
        yield target


def flags(number: int, **more: bytes) -> bytes:
    others = [(f"user.{name}".encode(), value) for name, value in more.items()]
    return pack_attributes([(Flags.NAME, number.to_bytes(4, "little")), *others])


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_file_and_directory_gets_its_own(store: MemoryStore, out: Path, jobs: int) -> None:
    store.file(1, b"f", b"x", 0o400, xattrs=flags(IMMUTABLE | NO_DUMP, a=b"1"))
    store.file(1, b"large", b"x" * 5_000_000, xattrs=flags(APPEND | NO_ATIME))
    store.folder(1, b"d", 2, 0o500, xattrs=flags(IMMUTABLE | NO_DUMP | NO_ATIME))
    store.file(2, b"in", b"y")
    done = run(store, out, jobs=jobs)
    assert (reasons(done), done.notes) == ([], {})
    home = out / "home"
    wanted = {"f": "id", "large": "aA", "d": "idA", "d/in": ""}
    assert {name: lsattr(home / name) for name in wanted} == wanted
    assert (home / "d").stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert os.getxattr(home / "f", "user.a") == b"1"


def test_names_of_one_immutable_file_are_one_file(store: MemoryStore, out: Path) -> None:
    content = store.add_content(b"x")
    same = {"content": content, "size": 1, "nlink": 3, "inode": 5, "xattrs": flags(IMMUTABLE)}
    for name in (b"a", b"b", b"c"):
        store.node(1, name, 0o100644, **same)
    assert reasons(run(store, out)) == []
    found = {(out / "home" / name).stat().st_ino for name in "abc"}
    assert (len(found), lsattr(out / "home/b")) == (1, "i")


def test_they_are_extended_attributes_for_who_leaves_these_out(
    store: MemoryStore, out: Path
) -> None:
    store.file(1, b"f", b"x", xattrs=flags(IMMUTABLE | NO_DUMP))
    store.folder(1, b"d", None, xattrs=flags(NO_DUMP))
    done = run(store, out, switches=Switches(attrs=False))
    assert [lsattr(out / "home" / name) for name in "fd"] == ["", ""]
    assert done.notes == {}


def test_a_second_run_leaves_them_as_they_are(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", xattrs=flags(IMMUTABLE | NO_DUMP))
    store.folder(1, b"d", None, xattrs=flags(APPEND))
    run(store, out)
    before = (out / "home/f").stat().st_ctime_ns
    assert reasons(run(store, out, overwrite="always")) == []
    assert (out / "home/f").stat().st_ctime_ns == before
    assert (lsattr(out / "home/f"), lsattr(out / "home/d")) == ("id", "a")


def test_what_is_locked_and_differs_is_a_problem(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"new")
    (out / "home").mkdir()
    (out / "home/f").write_bytes(b"old")
    chattr.chattr("+i", out / "home/f")
    assert reasons(run(store, out, overwrite="always")) == [(b"home/f", LOCKED)]
    assert (out / "home/f").read_bytes() == b"old"
    assert os.listdir(out / "home") == ["f"]


def refuse(monkeypatch: pytest.MonkeyPatch, refused: int, number: int) -> None:
    """Let the kernel say error *number* to whoever sets one of the flags *refused*."""
    real = fcntl.ioctl

    def ioctl(file: int, request: int, told: bytes) -> Any:
        is_setting = request & 0xFF == 2
        if is_setting and int.from_bytes(told, "little") & refused:
            raise OSError(number, os.strerror(number))
        return real(file, request, told)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)


@pytest.mark.parametrize(
    ("number", "note"), [(errno.EPERM, FLAGS_NEED_ROOT), (errno.EOPNOTSUPP, FLAGS_NOT_HELD)]
)
def test_what_cannot_be_set_is_told_once_a_file_and_the_rest_is_set(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch, number: int, note: str
) -> None:
    refuse(monkeypatch, 0x4000 | IMMUTABLE, number)
    store.file(1, b"f", b"x", xattrs=flags(0x4000 | NO_DUMP | NO_ATIME))
    store.file(1, b"g", b"x", xattrs=flags(NO_DUMP))
    store.file(1, b"h", b"x", xattrs=flags(IMMUTABLE))
    done = run(store, out)
    assert (reasons(done), done.notes) == ([], {note: 2})
    assert [lsattr(out / "home" / name) for name in "fgh"] == ["dA", "d", ""]


def test_where_there_are_no_flags_that_is_told(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ioctl(*_: object) -> bytes:
        raise OSError(errno.ENOTTY, "no")

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    store.file(1, b"f", b"x", xattrs=flags(NO_DUMP))
    store.file(1, b"g", b"x", xattrs=flags(0))
    done = run(store, out)
    assert (reasons(done), done.notes) == ([], {FLAGS_NOT_HELD: 1})


def test_how_bytes_are_written_is_said_before_the_first(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_write, real_ioctl = os.write, fcntl.ioctl

    def write(file: int, data: bytes) -> int:
        steps.append("write")
        return real_write(file, data)

    def ioctl(file: int, request: int, told: bytes) -> Any:
        if request & 0xFF == 2:
            steps.append(f"{int.from_bytes(told, 'little') & Flags.KEPT:x}")
            raise OSError(errno.EOPNOTSUPP, "no")
        return real_ioctl(file, request, told)

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    store.file(1, b"f", b"x", xattrs=flags(NO_COW))
    run(store, out)
    assert steps[0] == f"{NO_COW:x}"
    assert "write" in steps


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with unlocked(tmp_path):
        made = Scene(tmp_path)
        made.store.file(1, b"f", b"x", 0o640, xattrs=flags(IMMUTABLE | NO_DUMP))
        made.store.folder(1, b"shut", 9, xattrs=flags(IMMUTABLE))
        assert made.mend().problems == []
        yield made


def test_in_place_flags_that_went_are_set_again(scene: Scene) -> None:
    assert scene.plan() == []
    chattr.chattr("-id", scene.home / "f")
    chattr.chattr("-i", scene.home / "shut")
    assert scene.plan() == [("change", "home/f"), ("change", "home/shut")]
    assert scene.mend().problems == []
    assert (lsattr(scene.home / "f"), lsattr(scene.home / "shut")) == ("id", "i")
    assert scene.plan() == []


def test_in_place_a_locked_file_gets_its_flags_and_keeps_its_lock(scene: Scene) -> None:
    chattr.chattr("-id", scene.home / "f")
    (scene.home / "f").chmod(0o600)
    chattr.chattr("+i", scene.home / "f")
    assert scene.mend().problems == []
    assert ((scene.home / "f").stat().st_mode & 0o777, lsattr(scene.home / "f")) == (0o640, "id")


def test_a_store_that_lies_sets_nothing_that_is_not_kept(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", xattrs=flags(0xFFFF_FFFF & ~(Flags.KEPT & ~NO_DUMP)))
    store.node(1, b"pipe", 0o10644, xattrs=flags(IMMUTABLE))
    store.link(1, b"link", b"f", xattrs=flags(IMMUTABLE))
    assert reasons(run(store, out)) == []
    assert lsattr(out / "home/f") == "d"
    (out / "home/pipe").unlink()
    (out / "home/link").unlink()
    for odd in (b"", b"\xc1", pack((1, Flags.NAME))):
        assert wanted_flags(odd) is None


def test_other_flags_of_a_file_stay(out: Path) -> None:
    (out / "f").touch()
    with open(out / "f", "rb") as file:
        before = read_flags(file.fileno())
        assert before is not None
        assert set_flags(file.fileno(), NO_DUMP | IMMUTABLE, NO_DUMP) == ""
        assert read_flags(file.fileno()) == before | NO_DUMP
        assert set_flags(file.fileno(), 0) == ""
        assert read_flags(file.fileno()) == before
    assert pack_flags(before) == b""


def test_archives_do_not_tell_them(store: MemoryStore, tmp_path: Path) -> None:
    store.file(1, b"f", b"x", xattrs=flags(IMMUTABLE, a=b"1"))
    said = unpack(store, tmp_path, "--xattrs", "--xattrs-include=*")
    assert said == b""
    assert os.listxattr(tmp_path / "home/f") == ["user.a"]
