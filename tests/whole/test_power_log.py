"""The power goes at any place of the log of a disk: completed sets restore, and the next run works.

Other than in `test_crash`, the disk may have kept any mixture of what was not flushed, and
halves of it.  A kernel with the `log-writes` target is needed: `tools/try-kernel --power-cuts N`.
"""

import io
import os
import random
import struct
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.facilities import counts
from tests.whole.disks import mount, unmount
from tests.whole.logged import (
    DISCARD,
    FLUSH,
    FUA,
    MAGIC,
    MARK,
    Logged,
    LoggedDisk,
    logged_disk,
    read_log,
    replay,
    surviving,
)  # fmt: skip
from tests.whole.test_crash import assert_sane
from tests.whole.trees import churn, edit, files_of, grow, text
from tests.whole.world import CLIENT, World

CUTS: Final = int(os.environ.get("TARDIS_TEST_POWER_CUTS") or counts(20, 200))
FILES: Final = 200
MEGABYTES: Final = {"ext4": 200, "xfs": 320}
LARGE: Final = 3 << 20
RUNS: Final = 4


@dataclass
class Story:
    """What was done to a store, and what the tree was at each set.

    Attributes:
        kept: A copy of the tree for each set that was completed.
        gone: The sets that were deleted in the end.
    """

    world: World
    tree: Path
    kept: dict[int, Path] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def happen(self, disk: LoggedDisk) -> None:
        """Back up a few times, with a large file that changes; then delete a set."""
        rng = random.Random(7)
        grow(self.tree, FILES)
        large = self.tree / "large"
        large.write_bytes(text(rng, LARGE))
        for number in range(RUNS):
            if number:
                churn(self.tree, number)
                with large.open("r+b") as file:
                    file.seek(rng.randrange(LARGE))
                    file.write(b"an edit")
            copied = self.world.keep(self.tree)
            self.world.backup(self.tree)
            self.kept[self.world.complete()[-1]] = copied
            disk.mark(f"done:{self.world.complete()[-1]}")
        self.gone = {min(self.kept)}
        disk.mark("deleting")
        words = ["--database", self.world.base, "--client", CLIENT, "--noconfirm"]
        self.world.run("sonic", "delete", *words, *self.gone)
        disk.mark("deleted")

    def expected(self, entries: list[Logged], cut: int) -> tuple[set[int], set[int]]:
        """Return the sets that must be there if the power goes at *cut*, and all that may be."""
        marks = [entry.mark for entry in entries[:cut] if entry.flags & MARK]
        done = {int(mark.partition(":")[2]) for mark in marks if mark.startswith("done")}
        gone = self.gone if "deleting" in marks else set()
        return done - gone, set(self.kept) - (self.gone if "deleted" in marks else set())


@contextmanager
def mounted(file: Path, kind: str, place: Path) -> Iterator[Path]:
    """Mount what a disk held when its power went; the file system replays its own journal."""
    place.mkdir(exist_ok=True)
    try:
        mount("-t", kind, "-o", "loop", file, place)
    except subprocess.CalledProcessError as error:
        kernel = subprocess.check_output(["dmesg"], text=True, timeout=60)[-3000:]
        raise AssertionError(f"not mounted: {error.stderr.decode()}{kernel}") from error
    try:
        yield place
    finally:
        unmount(place)


def cuts(entries: list[Logged], rng: random.Random) -> list[int]:
    """Return where the power goes: anywhere behind the first thing that was done, in order."""
    first = next(n for n, entry in enumerate(entries) if entry.flags & MARK)
    return sorted(rng.randrange(first + 1, len(entries) + 1) for _ in range(CUTS))


@pytest.mark.logwrites
@pytest.mark.guard(600 + 120 * CUTS)
@pytest.mark.parametrize("scheme", ["modern", "classic"])
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_power_cut_at_any_place_of_the_log_harms_no_completed_set(
    bare: World, kind: str, scheme: str
) -> None:
    bare.creating = ("--scheme", scheme)
    story = Story(bare, bare.place / "tree")
    name = f"tardis-{os.getpid()}-{kind}-{scheme}"
    with logged_disk(bare.place / "log", kind, name, MEGABYTES[kind]) as disk:
        disk.mark("empty")
        bare.base = disk.place / "base"
        try:
            bare.start_daemon()
            story.happen(disk)
        finally:
            bare.close()
    rng = random.Random(CUTS)
    state, after = bare.place / "state", bare.place / "after"
    with disk.log.open("rb") as log:
        entries = list(read_log(log))
        for cut in cuts(entries, rng):
            with state.open("w+b") as file:
                file.truncate(disk.megabytes << 20)
                replay(log, surviving(entries, cut, rng), file)
            try:
                with mounted(state, kind, after) as place, closing(bare):
                    bare.base = place / "base"
                    prove(story, *story.expected(entries, cut))
            except AssertionError as error:
                raise AssertionError(f"the power went at {cut} of {len(entries)}") from error


def prove(story: Story, must: set[int], may: set[int]) -> None:
    """Restore every set that is complete; it is one that *may* be, and all that *must* are."""
    world = story.world
    world.base.mkdir(exist_ok=True)
    world.start_daemon()
    there = set(world.complete()) if has_sets(world) else set()
    assert must <= there <= may, (must, there, may)
    for number in there:
        world.check(story.tree, story.kept[number], number)
    if has_sets(world):
        assert_sane(world)
    world.backup(story.tree)
    world.check(story.tree, story.tree)
    assert_sane(world)
    words = ["--database", world.base, "--client", CLIENT, "--read-data"]
    world.run("sonic", "check", *words)
    world.stop_daemon()


def has_sets(world: World) -> bool:
    known = "SELECT 1 FROM sqlite_master WHERE name = 'backup_sets'"
    return not world.is_new(CLIENT) and bool(world.rows(known))


# The log itself


def written(*entries: tuple[int, bytes, int]) -> io.BytesIO:
    """Return a log of (sector, bytes, flags)."""
    log = struct.pack("<QQQI", MAGIC, 1, len(entries), 512).ljust(512, b"\0")
    for sector, data, flags in entries:
        sectors = 0 if flags & MARK else len(data) // 512
        head = struct.pack("<QQQQ", sector, sectors, flags, len(data) if flags & MARK else 0)
        log += (head + (data if flags & MARK else b"")).ljust(512, b"\0")
        log += b"" if flags & (MARK | DISCARD) else data
    return io.BytesIO(log)


ONE, TWO, SIX = (bytes([number]) * 512 for number in (1, 2, 6))


def test_a_log_is_read_as_it_was_written() -> None:
    log = written(
        (5, ONE, 0), (0, b"done:1", MARK), (9, TWO * 2, FLUSH | FUA), (5, ONE * 4, DISCARD)
    )
    entries = list(read_log(log))
    assert [entry[:3] for entry in entries] == [(5, 1, 0), (0, 0, 8), (9, 2, 3), (5, 4, 4)]
    assert [entry.mark for entry in entries] == ["", "done:1", "", ""]
    log.seek(entries[2].place)
    assert log.read(1024) == TWO * 2


def test_what_was_flushed_or_forced_survives_and_of_the_rest_any_part() -> None:
    log = written((1, ONE, 0), (0, b"", FLUSH), (2, TWO, 0), (3, TWO, FUA), (4, SIX * 3, 0))
    entries = list(read_log(log))
    seen = {
        tuple((entry.sector, entry.sectors) for entry in surviving(entries, 5, random.Random(seed)))
        for seed in range(300)
    }
    assert all((1, 1) in held and (3, 1) in held for held in seen)
    assert {(2, 1) in held for held in seen} == {True, False}
    assert {sectors for held in seen for sector, sectors in held if sector == 4} == {0, 1, 2, 3}
    assert surviving(entries, 1, random.Random(1)) in ([], entries[:1])


def test_a_replay_writes_what_survived_and_forgets_what_was_discarded(tmp_path: Path) -> None:
    log = written((8, ONE * 8, 0), (16, SIX * 8, 0), (8, TWO * 8, DISCARD), (17, TWO, 0))
    with (tmp_path / "disk").open("w+b") as disk:
        disk.truncate(64 << 10)
        replay(log, list(read_log(log)), disk)
        disk.seek(0)
        held = disk.read()
    assert held[8 * 512 : 16 * 512] == bytes(8 * 512)
    assert held[16 * 512 : 24 * 512] == SIX + TWO + SIX * 6


@pytest.mark.logwrites
def test_what_a_disk_logs_makes_the_same_disk_again(tmp_path: Path) -> None:
    name = f"tardis-{os.getpid()}-same"
    with logged_disk(tmp_path, "ext4", name, 100) as disk:
        tree = grow(disk.place / "tree", 40)
        edit(tree, 10)
        subprocess.run(["sync", "--file-system", disk.place], check=True, timeout=60)
        disk.mark("synced")
        wanted = {path.relative_to(tree): path.read_bytes() for path in files_of(tree)}
    with disk.log.open("rb") as log, (tmp_path / "again").open("w+b") as again:
        entries = list(read_log(log))
        again.truncate(100 << 20)
        until = next(n for n, entry in enumerate(entries) if entry.mark == "synced")
        replay(log, surviving(entries, until, random.Random(1)), again)
    with mounted(tmp_path / "again", "ext4", tmp_path / "after") as place:
        found = {
            path.relative_to(place / "tree"): path.read_bytes() for path in files_of(place / "tree")
        }
    assert found == wanted
