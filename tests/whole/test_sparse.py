"""Files with holes: neither read, nor sent, nor stored, nor written back; but all that is data."""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.independent.checker import compare
from tests.whole.conftest import MEMORY_MIB, peak
from tests.whole.disks import tmpfs
from tests.whole.world import CLIENT, World, end, wait_until

TERA = 1 << 40
BLOCK = 4096

Islands = dict[int, bytes]


def make(path: Path, size: int, islands: Islands) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
        for offset, data in islands.items():
            file.seek(offset)
            file.write(data)
    return path


def scattered(count: int, size: int, apart: int) -> Islands:
    """Return *count* islands of noise."""
    return {number * apart + BLOCK: os.urandom(size) for number in range(count)}


def stored(world: World) -> int:
    """Return the bytes of a store, its ballast left out."""
    files = (path for path in world.store_files() if path.name != ".reserve")
    return sum(path.stat().st_size for path in files)


@pytest.mark.unforked
@pytest.mark.guard(180)
def test_a_terabyte_with_a_megabyte_in_it(world: World) -> None:
    tree = world.place / "tree"
    make(tree / "disk", TERA, scattered(16, 64 << 10, TERA // 17) | {TERA - 7: b"the end"})
    world.backup(tree)
    assert world.last("received_bytes") < 2 << 20
    assert world.last("stored_bytes") < 2 << 20
    assert stored(world) < 2 << 20
    assert world.last("size_bytes") == TERA
    assert world.daemon is not None and peak(world.daemon.pid) < MEMORY_MIB << 20
    world.check(tree, tree)
    world.backup(tree)
    assert world.last("received_bytes") < 10_000


@pytest.mark.unforked
@pytest.mark.guard(180)
def test_one_program_needs_little_memory_for_many_extents(world: World) -> None:
    tree = world.place / "tree"
    make(tree / "disk", TERA, {number << 20: b"%064d" % number for number in range(3000)})
    (world.place / "out").mkdir()
    restore = ["--database", world.base, "--client", CLIENT, "--output", world.place / "out", tree]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for program, words in (("tardis", [*world.backup_words(), tree]), ("regenerate", restore)):
        process = world.start(program, *words, **quiet)
        most = 0  # sampled: the kernel's account would count the memory of this process, too
        while process.poll() is None:
            with suppress(OSError, AssertionError):  # it has just ended
                most = max(most, peak(process.pid))
            time.sleep(0.005)
        assert process.returncode == 0
        assert 0 < most < MEMORY_MIB << 20
    world.check(tree, world.place / "out" / "tree")


VARIANTS: dict[str, tuple[int, Islands]] = {
    "one hole": (TERA, {}),
    "of an odd size": ((1 << 30) + 17, {}),
    "the largest": (1 << 43, {}),
    "begins with data": (TERA, {0: b"x"}),
    "ends in a hole": (TERA + 17, {5 << 20: os.urandom(3 << 20)}),
    "ends in data": (TERA + 17, {TERA + 16: b"!"}),
    "odd places": (1 << 30, {1: b"a", BLOCK * 7 - 1: b"bb", (1 << 29) + 5: b"c" * 10_000}),
    "zeros that are data": (1 << 30, {5 << 20: bytes(1 << 20)}),
    "just large": ((128 << 10) + 1, {}),
    "small": (128 << 10, {}),
    "smaller": (5000, {}),
}


@pytest.mark.guard(180)
def test_every_kind_of_hole_comes_back(any_world: World) -> None:
    world, tree = any_world, any_world.place / "tree"
    for name, (size, islands) in VARIANTS.items():
        make(tree / name, size, islands)
    for method in ("none", "zlib", "zstd"):
        world.backup("--compress-data", method, tree, client=method)
        world.check(tree, tree, client=method)
        rows = world.rows("SELECT has_holes FROM contents", client=method)
        assert len(rows) == len(VARIANTS) and sum(one for (one,) in rows) == len(VARIANTS) - 2


@pytest.mark.tmpfs
def test_files_as_long_as_can_be_come_back(world: World) -> None:
    """Together they are longer than any number of 64 bits."""
    with tmpfs(world.place / "part", "64m") as part:
        for name in range(5):
            make(part / "tree" / f"half{name}", 1 << 62, {(1 << 62) - 5: b"%05d" % name})
        make(part / "tree" / "longest", (1 << 63) - 1, {BLOCK: b"x" * BLOCK})
        world.backup(part / "tree")
        assert world.last("size_bytes") == (1 << 63) - 1
        assert world.last("new_files") == 6 and world.last("received_bytes") < 100_000
        (part / "out").mkdir()
        where = ["--database", world.base, "--client", CLIENT, "--output", part / "out"]
        world.run("regenerate", *where, part / "tree")
        assert not compare(part / "tree", part / "out" / "tree")


def test_nothing_of_a_copy_or_a_renamed_file_is_sent_again(world: World) -> None:
    tree = world.place / "tree"
    disk = make(tree / "disk", TERA, scattered(8, 64 << 10, 1 << 30))
    world.backup(tree)
    disk.rename(tree / "renamed")
    subprocess.run(["cp", "--sparse=always", tree / "renamed", tree / "copy"], check=True)
    os.link(tree / "copy", tree / "linked")
    world.backup(tree)
    assert world.last("received_bytes") < 20_000 and world.last("new_files") == 0
    assert world.rows("SELECT count(*) FROM contents") == [(1,)]
    world.check(tree, tree)


def test_filling_and_digging_holes_is_a_change(world: World) -> None:
    """Though the bytes are the same, what is restored has holes where the file had them."""
    tree = world.place / "tree"
    disk = make(tree / "disk", 8 << 20, {0: b"x" * BLOCK})
    taken = []
    for offset in (None, 4 << 20, None):
        subprocess.run(["fallocate", "--dig-holes", disk], check=True)
        if offset is not None:
            with disk.open("r+b") as file:
                file.seek(offset)
                file.write(bytes(1 << 20))
        taken.append(disk.stat().st_blocks * 512)
        world.backup(tree)
    assert taken[1] - taken[0] == taken[1] - taken[2] == 1 << 20
    for number, wanted in zip(world.complete(), taken, strict=True):
        restored = world.restore(tree, number=number)
        assert (restored / "disk").stat().st_blocks * 512 == wanted
        assert (restored / "disk").read_bytes() == disk.read_bytes()
    assert world.rows("SELECT count(*) FROM contents") == [(2,)]


@pytest.mark.guard(180)
def test_a_run_that_is_cut_within_such_a_file_is_continued(world: World) -> None:
    tree = world.place / "tree"
    make(tree / "first", TERA, scattered(4, 64 << 10, 1 << 30))
    make(tree / "second", TERA, scattered(40, 1 << 20, 1 << 33))
    incoming = world.base / CLIENT / "packs" / "incoming"
    run = world.start_backup(tree)
    wait_until(
        lambda: any(path.stat().st_size > 2 << 20 for path in sizes(incoming)),
        "the second file is under way",
    )
    end(run)
    world.finish(run)
    assert world.complete() == []
    world.backup("--force", tree)
    assert world.complete() == [1] and not sizes(incoming)
    world.check(tree, tree)


def sizes(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.exists()]


def test_to_standard_output_holes_are_zeros(world: World) -> None:
    tree = world.place / "tree"
    disk = make(tree / "disk", (20 << 20) + 3, {5 << 20: b"an island"})
    world.backup(tree)
    copied = world.place / "copied"
    with copied.open("wb") as file:
        words = ["--database", world.base, "--client", CLIENT, disk]
        done = world.finish(world.start("regenerate", *words, stdout=file))
    assert done.status == 0, str(done)
    assert copied.read_bytes() == disk.read_bytes()


@pytest.mark.guard(180)
def test_a_file_that_grows_while_it_is_read_is_told(world: World) -> None:
    tree = world.place / "tree"
    disk = make(tree / "disk", TERA, scattered(64, 256 << 10, 1 << 32))
    run = world.start_backup(tree, settled=False)
    grown = 0
    while run.poll() is None:
        with disk.open("ab") as file:
            file.truncate(TERA + (grown := grown + BLOCK))
    done = world.finish(run)
    assert done.status in (0, 3), str(done)
    assert grown
    world.backup(tree)
    world.check(tree, tree)


MUCH = counts(256 << 20, 16 << 30)
"""Bytes of the largest classic file, all of whose zeros are digested three times."""

CLASSIC: dict[str, tuple[int, Islands]] = {
    "of many megabytes": (MUCH, scattered(16, 64 << 10, MUCH // 17) | {MUCH - 7: b"the end"}),
    "one hole": ((8 << 20) + 17, {}),
    "begins with data": (8 << 20, {0: b"x"}),
    "ends in a hole": ((9 << 20) + 17, {5 << 20: os.urandom(3 << 20)}),
    "odd places": (9 << 20, {1: b"a", BLOCK * 7 - 1: b"bb", (5 << 20) + 5: b"c" * 10_000}),
    "just large": ((128 << 10) + 1, {}),
    "small": (128 << 10, {}),
}


@pytest.mark.unforked
@pytest.mark.guard(600)
def test_holes_come_back_from_a_classic_store(world: World) -> None:
    """Though it keeps the plain bytes: zeros are neither read nor sent, nor take room."""
    world.creating = ("--scheme", "classic")
    tree = world.place / "tree"
    for name, (size, islands) in CLASSIC.items():
        make(tree / name, size, islands)
    world.backup(tree)
    assert world.last("received_bytes") < 32 << 20
    kept = (path for path in world.store_files() if path.name != ".reserve")
    assert sum(path.stat().st_blocks * 512 for path in kept) < 32 << 20
    assert world.daemon is not None and peak(world.daemon.pid) < MEMORY_MIB << 20
    world.check(tree, tree)
    world.backup(tree)
    assert world.last("received_bytes") < 10_000
    (tree / "of many megabytes").unlink()
    world.backup("--compress-data", "zlib", tree, client="packed")
    world.check(tree, tree, client="packed")
