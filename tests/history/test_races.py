"""Somebody swaps what is at the target while a hostile set is restored: nothing leads out of it."""

import mmap
import os
import shutil
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tardis.streams import pack_attributes
from tests.facilities import counts
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out, run, store

__all__ = ["out", "store"]

ROUNDS = (40, 10_000)
COUNT = struct.Struct("<Q")


def plant(store: MemoryStore, outside: Path) -> None:
    """Fill the set with what would lead out, beside what is good."""
    store.folder(1, b"d", 2)
    store.file(2, b"passwd", b"evil")
    store.folder(2, b"deep", 3)
    store.file(3, b"shadow", b"evil", 0o777, xattrs=pack_attributes([(b"user.a", b"1")]))
    store.file(1, b"keys", b"evil")
    store.file(1, b"..", b"evil")
    store.file(1, b"../x", b"evil")
    store.link(1, b"link", os.fsencode(outside))
    store.folder(1, b"link", 4)
    store.file(4, b"passwd", b"evil")
    content = store.add_content(b"evil")
    for name in (b"../one", b"three", b"two"):
        store.node(1, name, 0o100644, content=content, size=4, nlink=3, inode=77)


def swap_for_ever(home: Path, outside: Path, count: mmap.mmap) -> None:
    """Let directories and files be links to *outside* every other moment."""
    pairs = [
        (home / "d", outside),
        (home / "d/deep", outside),
        (home / "keys", outside / "keys"),
        (home / "two", outside / "keys"),
    ]
    number = 0
    while True:
        for place, goal in pairs:
            aside = place.with_name(f"aside {place.name}")
            with suppress(OSError):
                place.rename(aside)
                place.symlink_to(goal)
                number += 1
                count[: COUNT.size] = COUNT.pack(number)
            try:
                aside.rename(place)
            except OSError:  # it is a directory, and so is what has its name meanwhile
                shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def swapping(home: Path, outside: Path) -> Iterator[mmap.mmap]:
    """Swap in another process, and give the place where it counts."""
    count = mmap.mmap(-1, COUNT.size)
    child = os.fork()
    if child == 0:
        try:
            swap_for_ever(home, outside, count)
        finally:
            os._exit(1)
    try:
        yield count
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def looks(place: Path) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for path in [place, *place.rglob("*")]:
        seen = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        told = (seen.st_mode, seen.st_uid, seen.st_mtime_ns, seen.st_ctime_ns, data)
        found[str(path)] = (*told, tuple(os.listxattr(path)))
    return found


@pytest.mark.guard(counts(60, 1800))
def test_whatever_is_swapped_nothing_is_written_elsewhere(
    store: MemoryStore, out: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keys").write_bytes(b"mine")
    (outside / "passwd").write_bytes(b"mine")
    plant(store, outside)
    run(store, out, overwrite="always")
    before = looks(outside)
    swaps = done = 0
    with swapping(out / "home", outside) as count:
        while done < counts(*ROUNDS) or swaps < counts(*ROUNDS):
            run(store, out, overwrite="always")
            done += 1
            (swaps,) = COUNT.unpack(count[: COUNT.size])
    assert looks(outside) == before
    assert sorted(os.listdir(tmp_path)) == ["out", "outside"]
    assert os.listdir(out) == ["home"]


@pytest.mark.xattr
def test_what_a_link_points_to_stays_as_it_is(
    store: MemoryStore, out: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f").write_bytes(b"mine")
    before = looks(outside)
    packed = pack_attributes([(b"trusted.a", b"1"), (b"user.a", b"1"), (b"tardis.flags", b"\x50")])
    for name, goal in ((b"file", b"f"), (b"folder", b"")):
        store.link(
            1,
            name,
            os.fsencode(outside) + b"/" + goal,
            mtime=1,
            mtime_ns=0,
            uid=4711,
            xattrs=packed,
        )
    run(store, out)
    assert looks(outside) == before
    assert (out / "home/file").lstat().st_mtime == 1
    assert (out / "home/file").is_symlink() and (out / "home/folder").is_symlink()
