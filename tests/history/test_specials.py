"""FIFOs, sockets and devices come back, and are never opened."""

import os
import stat
from pathlib import Path

import pytest

from tardis.history import Restored
from tardis.history.specials import NEEDS_ROOT, NotOurs, held, make_special
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import left_behind, out, reasons, run, store

__all__ = ["out", "store"]

FIFO, SOCKET = stat.S_IFIFO, stat.S_IFSOCK
CHARACTER, BLOCK = stat.S_IFCHR, stat.S_IFBLK
NUMBER = os.makedev(260, 70_000)


def looks(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_mode, found.st_mtime_ns, found.st_rdev


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("kind", [FIFO, SOCKET])
def test_a_fifo_or_a_socket_comes_back_with_its_mode_and_time(
    store: MemoryStore, out: Path, kind: int, jobs: int
) -> None:
    store.node(1, b"odd", kind | 0o622, rdev=77)
    done = run(store, out, jobs=jobs)
    assert (reasons(done), done.notes, done.files) == ([], {}, 1)
    assert looks(out / "home/odd") == (kind | 0o622, 1_500_000_000_123_456_789, 0)
    assert left_behind(out) == []


@pytest.mark.root
@pytest.mark.parametrize("kind", [CHARACTER, BLOCK])
def test_a_device_comes_back_with_number_owner_and_mode(
    store: MemoryStore, out: Path, kind: int
) -> None:
    store.node(1, b"odd", kind | 0o4660, rdev=NUMBER, uid=4711, gid=4712)
    done = run(store, out)
    assert (reasons(done), done.notes) == ([], {})
    assert looks(out / "home/odd") == (kind | 0o4660, 1_500_000_000_123_456_789, NUMBER)
    found = (out / "home/odd").lstat()
    assert (found.st_uid, found.st_gid) == (4711, 4712)


def test_devices_that_may_not_be_made_are_counted_and_the_rest_comes_back(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.node(1, b"a", CHARACTER | 0o600, rdev=NUMBER)
    store.node(1, b"b", BLOCK | 0o600, rdev=NUMBER)
    store.node(1, b"c", FIFO | 0o600)
    store.file(1, b"d", b"bytes")
    done = without_devices(store, out, monkeypatch)
    assert (reasons(done), done.notes, done.files) == ([], {NEEDS_ROOT: 2}, 2)
    assert sorted(os.listdir(out / "home")) == ["c", "d"]


def without_devices(store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch) -> Restored:
    make = os.mknod

    def refuse(name: bytes, mode: int, number: int, dir_fd: int) -> None:
        if stat.S_IFMT(mode) in (CHARACTER, BLOCK):
            raise PermissionError(1, "Operation not permitted")
        make(name, mode, number, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mknod", refuse)
    return run(store, out)


def test_a_fifo_that_cannot_be_made_is_a_problem(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "mknod", refuse)
    store.node(1, b"odd", FIFO | 0o600)
    assert reasons(run(store, out)) == [(b"home/odd", "Operation not permitted")]


def test_names_of_one_fifo_are_linked(store: MemoryStore, out: Path) -> None:
    for name in (b"a", b"b"):
        store.node(1, name, FIFO | 0o600, nlink=2, inode=5)
    done = run(store, out)
    assert reasons(done) == []
    assert (out / "home/a").samefile(out / "home/b")


@pytest.mark.root
def test_names_of_different_devices_are_not_linked(store: MemoryStore, out: Path) -> None:
    for name, number in ((b"a", NUMBER), (b"b", NUMBER + 1)):
        store.node(1, name, CHARACTER | 0o600, nlink=2, inode=5, rdev=number)
    assert reasons(run(store, out)) == []
    assert [looks(out / "home" / name)[2] for name in "ab"] == [NUMBER, NUMBER + 1]


@pytest.mark.parametrize("overwrite", ["never", "always"])
def test_a_fifo_at_the_place_of_a_file_is_not_waited_for(
    store: MemoryStore, out: Path, overwrite: str
) -> None:
    (out / "home").mkdir()
    os.mkfifo(out / "home/f")
    store.file(1, b"f", b"bytes")
    run(store, out, overwrite=overwrite)
    assert (out / "home/f").is_fifo() == (overwrite == "never")


def test_a_special_that_was_replaced_is_left_alone(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        (tmp_path / "victim").touch(0o600)
        (tmp_path / "odd").symlink_to("victim")
        with pytest.raises(OSError, match="replaced"), held(b"odd", folder, FIFO | 0o600):
            raise AssertionError("it was taken for a FIFO")
        make_special(b"real", folder, FIFO | 0o600, 0)
        with held(b"real", folder, FIFO) as place:
            os.rename(tmp_path / "victim", tmp_path / "real")
            os.chmod(place, 0o777)
        assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o600
    finally:
        os.close(folder)


def test_a_device_without_the_right_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "mknod", refuse)
    with pytest.raises(NotOurs):
        make_special(b"x", -1, CHARACTER | 0o600, NUMBER)
