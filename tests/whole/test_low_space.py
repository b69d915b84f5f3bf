"""A disk that is nearly full, or quite: what goes, what is refused, purging with no byte left."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.whole.disks import tmpfs
from tests.whole.world import CLIENT, World

MIB = 1 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    """A world whose store lies on a tmpfs of 64 MiB."""
    world = World(tmp_path)
    with tmpfs(tmp_path / "small", "64m") as place:
        world.base = place / "base"
        try:
            yield world
        finally:
            world.close()


def history(world: World, count: int) -> Path:
    """Make sets that share nothing, 3 MiB each; return the tree."""
    tree = world.place / "tree"
    tree.mkdir()
    for number in range(count):
        (tree / "noise").write_bytes(os.urandom(3 * MIB))
        world.backup("--name", f"set {number + 1}", tree)
    return tree


def pretend(world: World, age_days: int, numbers: range) -> None:
    """Let daily sets be that old."""
    with closing(sqlite3.connect(world.base / CLIENT / "tardis.db")) as db, db:
        for number in numbers:
            db.execute(
                "UPDATE backup_sets SET format = 'Daily-%Y-%m-%d', started_ns = started_ns - ?1,"
                " ended_ns = ended_ns - ?1 WHERE number = ?2",
                (age_days * 86_400 * 10**9, number),
            )


def free(world: World) -> int:
    found = os.statvfs(world.base)
    return found.f_bavail * found.f_frsize


@pytest.mark.guard(180)
def test_purging_works_with_no_byte_left(small: World) -> None:
    small.start_daemon()
    tree = history(small, 5)
    kept = small.keep(tree)
    small.stop_daemon()
    ballast = small.place / "small" / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(MIB)):
                pass
        except OSError:
            pass
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    assert free(small) == 0
    reserve = small.base / CLIENT / ".reserve"
    assert reserve.stat().st_size == 16 * MIB
    words = ["--database", small.base, "--client", CLIENT, "--noconfirm"]
    done = small.run("sonic", "delete", *words, "set 1", "set 2", "set 3", "set 4")
    assert "4 sets" in done.out and small.complete() == [5]
    assert free(small) > 8 * MIB
    assert reserve.stat().st_size == 16 * MIB  # taken back
    small.check(tree, kept)


@pytest.mark.guard(180)
def test_old_sets_go_early_and_then_runs_are_refused(small: World) -> None:
    small.start_daemon()
    tree = history(small, 5)
    pretend(small, 20, range(1, 3))
    small.stop_daemon()
    small.start_daemon("--autopurge", "--min-free-space", str(free(small) - MIB))
    (tree / "noise").write_bytes(os.urandom(3 * MIB))
    small.backup(tree)
    assert small.complete() == [2, 3, 4, 5, 6]  # one is enough; 3 to 5 are younger than a week
    small.stop_daemon()
    small.start_daemon("--autopurge", "--min-free-space", "60M")
    done = small.backup(tree, status=18)
    assert "the server keeps that free" in done.err and "MinFreeSpace" in done.err
    assert small.complete() == [2, 3, 4, 5, 6]  # nothing goes in vain
    words = ["--database", small.base, "--client", CLIENT, "--dry-run", "-v"]
    done = small.run("sonic", "-v", "purge", *words[:-1], "--min-free-space", "60M")
    assert "space is low, but it would go in vain" in done.out
