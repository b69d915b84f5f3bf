"""Whoever is killed, whenever: completed sets restore whole, and the next run just works.

The power cut is real: the store lies on an ext4 that is shut down without flushing, so that
all which the daemon did not flush is lost; then the file system replays its own journal.
"""

import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.facilities import LONG, counts
from tests.whole.disks import Disk
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, World, end, wait_until

FILES = 900
FEW = 12


@dataclass
class Life:
    """A tree, and what it was when each completed set was made."""

    world: World
    tree: Path
    rng: random.Random
    kept: dict[int, Path] = field(default_factory=dict)
    usual: float = 0.5

    def note(self, copied: Path) -> None:
        """Remember which sets have become complete since last time."""
        for number in self.complete():
            self.kept.setdefault(number, copied)

    def complete(self) -> list[int]:
        """Return the complete sets; none when there is no store yet, or half of one."""
        known = "SELECT 1 FROM sqlite_master WHERE name = 'backup_sets'"
        if self.world.is_new(CLIENT) or not self.world.rows(known):
            return []
        return self.world.complete()

    def check_all(self) -> None:
        """Restore every complete set and compare it."""
        assert self.complete() == sorted(self.kept)
        self._check(list(self.kept))

    def check_some(self) -> None:
        """Restore all of a few sets; of many the newest two and one more.

        What is harmed stays so until all are looked at, at the end.
        """
        numbers = self.complete()
        if len(numbers) <= FEW:
            self.check_all()
            return
        assert numbers == sorted(self.kept)
        self._check([*numbers[-2:], *self.rng.sample(numbers[:-2], min(1, len(numbers[:-2])))])

    def _check(self, numbers: list[int]) -> None:
        for number in numbers:
            self.world.check(self.tree, self.kept[number], number)

    def run_to_the_end(self) -> None:
        """Back up with no manual step before, and time it."""
        copied = self.world.keep(self.tree)
        before = len(self.complete())
        started = time.monotonic()
        self.world.backup(self.tree)
        self.usual = time.monotonic() - started
        assert len(self.complete()) == before + 1
        self.note(copied)

    def instant(self) -> float:
        """Return a random moment of a run, sometimes just behind its end."""
        return self.rng.random() * self.usual * 1.1

    def interrupt(self, how: str) -> None:
        """Kill the client, the daemon or both in the middle of a run."""
        copied = self.world.keep(self.tree)
        run = self.world.start_backup(self.tree)
        time.sleep(self.instant())
        if how in ("client", "both"):
            end(run)
        if how in ("daemon", "both"):
            self.world.stop_daemon(signal.SIGKILL)
            self.world.start_daemon()
        status = self.world.finish(run).status
        if how == "daemon" and status == 0:
            assert len(self.complete()) > len(self.kept), "the client said done, and it is not"
        settle(self.world)
        self.note(copied)


def settle(world: World) -> None:
    """Wait until the daemon has noticed that a client is gone."""
    if world.is_new(CLIENT):
        return
    lock = world.base / CLIENT / "tardis.lock"
    words = ["flock", "--timeout", "60", str(lock), "true"]
    subprocess.run(words, check=True, timeout=90)


def live(world: World, seed: int) -> Life:
    tree = grow(world.place / "tree", FILES, seed)
    return Life(world, tree, random.Random(seed))


@pytest.mark.guard(300)
@pytest.mark.parametrize("scheme", ["modern", "classic"] if LONG else ["modern"])
@pytest.mark.parametrize("how", ["client", "daemon", "both"])
def test_a_kill_at_any_instant_harms_no_completed_set(world: World, how: str, scheme: str) -> None:
    world.creating = ("--scheme", scheme)
    life = live(world, 31)
    for attempt in range(counts(6, 50)):
        if life.kept:
            churn(life.tree, attempt)
        life.interrupt(how)
        life.check_some()
        assert_sane(world)
        if attempt % 3 == 2:
            life.run_to_the_end()
    life.run_to_the_end()
    life.check_all()
    assert_sane(world)


def assert_sane(world: World) -> None:
    """`sonic list` answers; at most one set is incomplete, and it is the newest."""
    if world.is_new(CLIENT):
        return
    world.run("sonic", "list", "--database", world.base, "--client", CLIENT)
    rows = world.rows("SELECT number, is_complete FROM backup_sets ORDER BY number")
    assert all(is_complete for _, is_complete in rows[:-1]), rows
    assert world.rows("PRAGMA integrity_check") == [("ok",)]
    assert world.rows("PRAGMA foreign_key_check") == []
    assert len(world.sets()) >= len(world.complete())


@pytest.mark.guard(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_client_says_so_by_its_status_and_the_next_run_goes_on(
    world: World, number: signal.Signals
) -> None:
    life = live(world, 33)
    life.run_to_the_end()
    grow(life.tree / "more", FILES, 34)
    run = world.start_backup(life.tree)
    time.sleep(life.usual * 0.6)
    run.send_signal(number)
    done = world.finish(run)
    assert done.status in (128 + number, -number, 0), str(done)
    assert "Traceback" not in done.err
    life.note(life.tree)
    settle(world)
    life.kept = {number: kept for number, kept in life.kept.items() if kept != life.tree}
    copied = world.keep(life.tree)
    world.backup(life.tree)
    world.check(life.tree, copied)


@pytest.mark.guard(120)
def test_a_local_run_that_is_killed_leaves_nothing_behind_that_hinders_the_next(
    bare: World,
) -> None:
    bare.way = "local"
    bare.base.mkdir()
    life = live(bare, 35)
    for _ in range(counts(3, 50)):
        life.interrupt("client")
    life.run_to_the_end()
    life.check_all()


@pytest.mark.unforked
@pytest.mark.guard(180)
def test_a_local_server_ends_though_its_client_was_killed_before_it_came(bare: World) -> None:
    bare.way = "local"
    bare.base.mkdir()
    tree = grow(bare.place / "tree", 20)
    for attempt in range(counts(6, 50)):
        run = bare.start_backup(tree)
        wait_until(lambda: len(bare.processes()) > 1, "the server is there")
        time.sleep(0.01 * attempt)
        end(run)
    wait_until(lambda: not bare.processes(), "no server is left", 100)
    bare.backup(tree)
    bare.check(tree, tree)


@pytest.mark.guard(120)
def test_the_next_run_takes_over_number_and_uploads_of_a_killed_one(world: World) -> None:
    life = live(world, 36)
    life.run_to_the_end()
    grow(life.tree / "more", 3 * FILES, 37)
    run = world.start_backup(life.tree)
    time.sleep(life.usual)
    end(run)
    settle(world)
    pending = world.rows("SELECT number, is_complete FROM backup_sets ORDER BY number")[-1]
    if pending[1]:
        pytest.skip("the run was faster than its end")
    life.run_to_the_end()
    assert max(life.kept) == pending[0]


def test_a_power_cut_takes_away_what_was_not_flushed(disk: Disk) -> None:
    """Prove that the cut is one: else the tests below could never fail."""
    (disk.place / "unsafe").write_bytes(bytes(100_000))
    disk.cut_power()
    disk.unmount()
    disk.mount()
    assert not (disk.place / "unsafe").exists()


@pytest.mark.guard(300)
@pytest.mark.parametrize("scheme", ["modern", "classic"])
def test_a_power_cut_at_any_instant_harms_no_completed_set(
    bare: World, disk: Disk, scheme: str
) -> None:
    bare.creating = ("--scheme", scheme)
    bare.start_daemon()
    life = live(bare, 41)
    for attempt in range(counts(6, 50)):
        if attempt:
            churn(life.tree, attempt)
        copied = bare.keep(life.tree)
        run = bare.start_backup(life.tree)
        time.sleep(life.instant())
        disk.cut_power()
        bare.stop_daemon(signal.SIGKILL)
        done = bare.finish(run)
        disk.unmount()
        disk.mount()
        bare.start_daemon()
        if done.status == 0:
            assert len(life.complete()) > len(life.kept), "it was said to be done, and is lost"
        life.note(copied)
        life.check_some()
        assert_sane(bare)
        if attempt % 2:
            life.run_to_the_end()
    life.run_to_the_end()
    life.check_all()


@pytest.mark.guard(120)
@pytest.mark.parametrize("scheme", ["modern", "classic"])
def test_a_power_cut_right_after_the_answer_loses_nothing(
    bare: World, disk: Disk, scheme: str
) -> None:
    bare.creating = ("--scheme", scheme)
    bare.start_daemon()
    life = live(bare, 42)
    for attempt in range(counts(3, 30)):
        churn(life.tree, attempt)
        copied = bare.keep(life.tree)
        bare.backup(life.tree)
        disk.cut_power()
        bare.stop_daemon(signal.SIGKILL)
        disk.unmount()
        disk.mount()
        bare.start_daemon()
        assert len(life.complete()) == attempt + 1
        life.note(copied)
    life.check_all()


@pytest.mark.parametrize("left", ["folder", "packs", "reserve", "keys", "half a catalog"])
def test_a_store_whose_making_was_cut_short_is_made_by_the_next_run(
    world: World, left: str
) -> None:
    """What a daemon leaves that died, or lost its power, while it made a new store."""
    tree = grow(world.place / "tree", 20)
    folder = world.base / CLIENT
    folder.mkdir()
    if left != "folder":
        (folder / "packs" / "incoming").mkdir(parents=True)
    if left in ("reserve", "keys", "half a catalog"):
        (folder / ".reserve").write_bytes(bytes(100))
        (folder / ".tardis-skip").touch()
    if left in ("keys", "half a catalog"):
        (folder / "tardis.db.keys.new").write_bytes(b"[Repos")
        (folder / "tardis.db.keys").write_bytes(b"")
    if left == "half a catalog":
        for name in ("tardis.db.new", "tardis.db.new-journal", "tardis.db"):
            (folder / name).touch()
    done = world.run("tardis", *world.reach(), "--create", tree, status=None)
    if done.status:
        world.run("tardis", *world.reach(), tree)
    world.check(tree, tree)
