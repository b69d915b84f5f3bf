"""Somebody swaps what is at the target while a hostile set is restored: nothing leads out of it.

The full counts are 10,000 restores against as many swaps; fewer through HTTP, which changes only
when they happen.  Some are done by several processes, some begin with nothing at the target.
"""

import ctypes
import mmap
import os
import random
import shutil
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tardis.history import MendOptions, Request, carry_out, plan_mending
from tardis.model import Observer
from tardis.streams import pack_attributes
from tests.facilities import counts
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out, reasons, run, store

__all__ = ["out", "store"]

ROUNDS = {"near": (40, 10_000), "far": (10, 200)}
SEVERAL, FRESH = 20, 7
"""Every so many rounds are done by two processes, or begin with nothing at the target."""

COUNT = struct.Struct("<Q")
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def plant(store: MemoryStore, outside: Path) -> None:
    """Fill the set with what would lead out, beside what is good."""
    store.folder(1, b"d", 2)
    store.file(2, b"passwd", b"evil")
    store.folder(2, b"deep", 3)
    store.file(3, b"shadow", b"evil", 0o777, xattrs=pack_attributes([(b"user.a", b"1")]))
    store.file(1, b"keys", b"evil")
    store.file(1, b"..", b"evil")
    store.file(1, b"../x", b"evil")
    store.file(1, os.fsencode(outside / "absolute"), b"evil")
    store.file(1, b"keys\0x", b"evil")
    store.file(1, b"n" * 256, b"evil")
    store.link(1, b"link", os.fsencode(outside))
    store.folder(1, b"link", 4)
    store.file(4, b"passwd", b"evil")
    content = store.add_content(b"evil")
    for name in (b"../one", b"three", b"two"):
        store.node(1, name, 0o100644, content=content, size=4, nlink=3, inode=77)


def swap_for_ever(home: Path, outside: Path, count: mmap.mmap) -> None:
    """Let directories and files be links to *outside* every other moment.

    One call of the kernel exchanges a thing with the link that waits aside, so the place is
    never empty, and a swap falls between any two steps of who looks first and acts then.
    """
    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    aside = outside.with_name("aside")
    aside.mkdir()
    things = {"d": outside, "d/deep": outside}
    things |= dict.fromkeys(("keys", "two", "three", "link"), outside / "keys")
    number, parent, rng = 0, os.getppid(), random.Random(1)
    while os.getppid() == parent:  # which may be killed
        for thing, goal in things.items():
            place, waits = home / thing, aside / thing.replace("/", " ")
            if not (place.is_symlink() or waits.is_symlink()):  # the restore replaced it
                link_instead(waits, goal)
            both = (AT_FDCWD, bytes(place), AT_FDCWD, bytes(waits), RENAME_EXCHANGE)
            for _ in range(rng.randrange(1, 60)):
                number += exchange(*both) == 0
        swap_half_made(home, outside / "keys")
        count[: COUNT.size] = COUNT.pack(number)


def swap_half_made(folder: Path, goal: Path) -> None:
    """Put links in the places of files that have no name of their own yet."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(".tardis-"):
                link_instead(folder / name, goal)


def link_instead(place: Path, goal: Path) -> None:
    """Put a link in the place of whatever is there, unless the restore is about it just now."""
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        place.unlink(missing_ok=True)
        place.symlink_to(goal)


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


def restored(store: MemoryStore, out: Path, number: int) -> list[tuple[bytes, str]]:
    """Do round *number*; return what was refused and what was in the way, sorted."""
    if number % FRESH == 0:
        shutil.rmtree(out / "home", ignore_errors=True)
    done = run(store, out, overwrite="always", jobs=2 if number % SEVERAL == 0 else 1)
    return sorted(reasons(done))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Give the directory that nothing may happen to."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "keys").write_bytes(b"mine")
    (place / "passwd").write_bytes(b"mine")
    return place


Act = Callable[[int], object]
"""Does a round and returns what was refused or in the way."""


def race(act: Act, calm: list[object], home: Path, outside: Path, least: int) -> None:
    """Act *least* times or more while *home* is swapped: nothing happens outside of it."""
    before = looks(outside)
    swaps = done = met = 0
    with swapping(home, outside) as count:
        while min(done, swaps, met * 20) < least:
            done += 1
            met += act(done) not in calm
            (swaps,) = COUNT.unpack(count[: COUNT.size])
    assert looks(outside) == before, f"{done} rounds, {met} of them met one of {swaps} swaps"
    assert sorted(os.listdir(outside.parent)) == ["aside", "out", "outside"]
    assert os.listdir(home.parent) == [home.name]


def test_whatever_is_swapped_nothing_is_written_elsewhere(
    store: MemoryStore, out: Path, outside: Path, reached: str
) -> None:
    plant(store, outside)

    def act(number: int) -> object:
        return restored(store, out, number)

    calm = [act(number) for number in (FRESH, 1, SEVERAL)]
    race(act, calm, out / "home", outside, counts(*ROUNDS[reached]))


@pytest.mark.near
def test_whatever_is_swapped_nothing_elsewhere_is_mended_or_removed(
    out: Path, outside: Path
) -> None:
    """In place, with what the set lacks removed: it is planned, and then done."""
    home, store = out / "home", MemoryStore()
    store.root(os.fsencode(home))
    plant(store, outside)
    options = MendOptions(removes=True, jobs=1)
    wanted = [Request(1, bytes(home), bytes(home)[1:], True)]
    home.mkdir()

    def act(_: int) -> object:
        (home / "new").write_bytes(b"not in the set")
        with closing(plan_mending(store.reader(), wanted, options)) as plan:
            return sorted(reasons(carry_out(plan, store.reader, options, Observer())))

    race(act, [act(0), act(1)], home, outside, counts(*ROUNDS["near"]))


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
