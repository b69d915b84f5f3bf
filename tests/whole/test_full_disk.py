"""A disk that is full, or that may only be read, costs a run and never a set."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.disks import Disk, mount, tmpfs
from tests.whole.trees import grow
from tests.whole.world import CLIENT, World, end

NO_SPACE = 18


@pytest.fixture(params=["modern", "classic"])
def small(bare: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """Give a world whose store, of either scheme, lies on a tmpfs of 48 MiB."""
    bare.creating = ("--scheme", request.param)
    with tmpfs(bare.place / "small", "48m") as place:
        bare.base = place / "base"
        bare.start_daemon()
        try:
            yield bare
        finally:
            bare.close()


def noise(folder: Path, megabytes: int, size: int) -> Path:
    """Fill a folder with incompressible files of *size* bytes."""
    folder.mkdir(parents=True)
    for number in range((megabytes << 20) // size):
        (folder / f"noise{number}").write_bytes(os.urandom(size))
    return folder


def assert_one_sentence(err: str) -> None:
    told = [line for line in err.splitlines() if line.strip()]
    assert told, "nothing was said"
    assert len([line for line in told if "error" in line]) == 1, err
    assert "space" in err or "full" in err, err
    assert "Traceback" not in err, err


@pytest.mark.guard(240)
@pytest.mark.parametrize("size", [20_000, 3 << 20], ids=["small files", "large files"])
def test_a_full_disk_fails_the_run_and_spares_the_sets(small: World, size: int) -> None:
    tree = grow(small.place / "tree", 300)
    kept = small.keep(tree)
    small.backup(tree)
    noise(tree / "more", 60, size)
    full = small.keep(tree)
    for _ in range(2):
        done = small.backup(tree, status=NO_SPACE)
        assert_one_sentence(done.err)
        assert small.complete() == [1]
        small.check(tree, kept, 1)
    mount("-o", "remount,size=300m", small.place / "small")
    small.backup(tree)
    first, second = small.complete()
    small.check(tree, kept, first)
    small.check(tree, full, second)


@pytest.mark.guard(240)
def test_a_disk_that_fills_up_at_any_byte_spares_the_sets(small: World) -> None:
    """A ballast beside the store leaves less and less room for the next run."""
    # Each step brings files that stay, and there is to be room for them all.
    mount("-o", f"remount,size={counts(48, 128)}m", small.place / "small")
    tree = grow(small.place / "tree", 100)
    small.backup(tree)
    kept = {1: small.keep(tree)}
    ballast = small.place / "small" / "ballast"
    for step in range(counts(5, 60)):
        noise(tree / f"more{step}", 1, 50_000)
        copied = small.keep(tree)
        free = os.statvfs(ballast.parent).f_bavail * os.statvfs(ballast.parent).f_frsize
        ballast.write_bytes(bytes(max(0, free - step * 200_000)))
        done = small.backup(tree, status=None)
        assert done.status in (0, NO_SPACE), str(done)
        ballast.unlink()
        if done.status:
            assert_one_sentence(done.err)
            small.backup(tree)
        for number in small.complete():
            kept.setdefault(number, copied)
        for number in (1, max(kept)):
            small.check(tree, kept[number], number)
    assert small.complete() == sorted(kept)


@pytest.mark.guard(120)
def test_a_disk_that_is_full_from_the_start_says_so(bare: World) -> None:
    with tmpfs(bare.place / "tiny", "512k") as place:
        bare.base = place / "base"
        bare.start_daemon()
        tree = noise(bare.place / "tree", 2, 20_000)
        assert_one_sentence(bare.backup(tree, status=NO_SPACE).err)
        mount("-o", "remount,size=100m", place)
        bare.backup(tree)
        bare.check(tree, tree)
        bare.close()


@pytest.mark.guard(240)
def test_a_store_mounted_read_only_after_a_kill_restores(bare: World, disk: Disk) -> None:
    bare.start_daemon()
    tree = grow(bare.place / "tree", 500)
    kept = bare.keep(tree)
    bare.backup(tree)
    for attempt in range(counts(3, 30)):
        noise(tree / f"more{attempt}", 3, 5_000)
        run = bare.start_backup(tree)
        time.sleep(0.15 + 0.07 * attempt)
        bare.stop_daemon(signal.SIGKILL)
        end(run)
        disk.unmount()
        disk.mount("loop,ro")
        bare.check(tree, kept, 1)
        assert len(bare.sets()) >= 1
        disk.unmount()
        disk.mount()
        bare.start_daemon()
    bare.backup(tree)
    bare.check(tree, tree)


HALF_WAY = """
import os, signal, sqlite3, sys
catalog = sqlite3.connect(sys.argv[1], isolation_level=None)
catalog.execute("PRAGMA cache_size = 10")
catalog.execute("PRAGMA cache_spill = ON")
catalog.execute("BEGIN IMMEDIATE")
catalog.execute("UPDATE entries SET mode = mode + 1, size = 77")
catalog.execute("UPDATE backup_sets SET name = name || ' spoilt'")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.guard(120)
def test_a_half_written_catalog_is_read_through_its_journal(bare: World, disk: Disk) -> None:
    """A writer that died in a transaction leaves a hot journal; nobody may write here."""
    bare.start_daemon()
    tree = grow(bare.place / "tree", 1500)
    bare.backup(tree)
    bare.stop_daemon()
    database = bare.base / CLIENT / "tardis.db"
    before = database.read_bytes()
    command = [sys.executable, "-c", HALF_WAY, str(database)]
    subprocess.run(command, check=False, timeout=60)
    assert database.read_bytes() != before, "the transaction did not reach the file"
    assert (bare.base / CLIENT / "tardis.db-journal").stat().st_size > 0
    disk.unmount()
    disk.mount("loop,ro")
    assert b" spoilt" not in bare.sets()[0]["name"].encode()
    bare.check(tree, tree)
    disk.unmount()
    disk.mount()
    bare.start_daemon()
    bare.backup(tree)
    bare.check(tree, tree)
    assert bare.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.guard(120)
def test_a_disk_that_becomes_read_only_in_the_middle_fails_the_run(bare: World, disk: Disk) -> None:
    bare.start_daemon()
    tree = grow(bare.place / "tree", 200)
    kept = bare.keep(tree)
    bare.backup(tree)
    noise(tree / "more", 40, 10_000)
    run = bare.start_backup(tree)
    time.sleep(0.4)
    disk.cut_power()  # every write fails from here on, as on a disk that went away
    done = bare.finish(run)
    assert done.status not in (0, 70), str(done)
    assert "Traceback" not in done.err
    assert bare.daemon is not None
    assert bare.daemon.poll() is None, "the daemon did not survive"
    bare.stop_daemon()
    disk.unmount()
    disk.mount()
    bare.start_daemon()
    bare.check(tree, kept, 1)
    bare.backup(tree)
    bare.check(tree, tree)
