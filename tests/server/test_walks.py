"""Random walks: runs, interruptions, purges and locks, and a second writer in between.

After every step each set that is left is what the tree was when it was made.
"""

import random
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import LineLostError, StoreBusyError, TardisError, UsageError
from tardis.policy import plan_named
from tardis.store import Claim, Flushers, SetChange, change_set, open_writer, prune
from tests.facilities import counts
from tests.server.talker import BOX, Backup, Talker, make_kit
from tests.server.trees import Tree


class Stop(Exception):
    """Ends a run where the walk wants it."""


class Walk:
    """One client, its tree, and what its sets should hold."""

    def __init__(self, base: Path, seed: int) -> None:
        self.kit = make_kit(base, db_backups=0)
        self.chance = random.Random(seed)
        self.tree = Tree()
        self.tree.mkdir(b"a")
        self.tree.mkdir(b"a/b")
        self.held: dict[int, dict[bytes, tuple[object, ...]]] = {}
        self.locked: set[int] = set()

    def step(self) -> str:
        """Do one thing; return its name."""
        step = self.chance.choice(
            [self.run, self.run, self.run, self.interrupt, self.purge, self.lock, self.intrude]
        )
        step()
        return step.__name__

    def edit(self) -> None:
        for _ in range(self.chance.randrange(5)):
            name = self.chance.choice([b"", b"a/", b"a/b/"]) + b"%d" % self.chance.randrange(6)
            if name in self.tree and self.chance.random() < 0.4:
                self.tree.remove(name)
            else:
                self.tree.write(name, self.chance.randbytes(self.chance.choice([3, 900, 5000])))

    def run(self) -> None:
        self.edit()
        backup = self.kit.run(self.tree)
        assert backup.opened is not None
        self.held[backup.opened.number] = self.tree.flat()

    def interrupt(self) -> None:
        """Begin a run and cut it off somewhere."""
        if not self.held:
            return
        self.edit()
        left = self.chance.randrange(6)

        def hook(_step: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stop

        talker = Talker(self.kit.connect())
        try:
            backup = Backup(talker, self.tree, wish={"is_creating": False}, hook=hook)
            backup.run()
            assert backup.opened is not None
            self.held[backup.opened.number] = self.tree.flat()
        except (Stop, LineLostError):
            pass
        finally:
            talker.close()
            self.kit.join()

    def purge(self) -> None:
        numbers = sorted(self.held)
        chosen = set(self.chance.sample(numbers, len(numbers) // 2))
        claim = Claim("a walk")
        if not numbers:
            return
        with closing(open_writer(self.kit.place(), BOX, claim, Flushers())) as writer:
            if chosen & self.locked:
                with pytest.raises(UsageError):
                    plan_named(writer.ask.sets(), chosen)
                chosen -= self.locked
            fates = plan_named(writer.ask.sets(), chosen)
            prune(writer, [fate.backup.number for fate in fates if fate.goes])
        for number in chosen:
            del self.held[number]

    def lock(self) -> None:
        if self.held:
            number = self.chance.choice(sorted(self.held))
            is_locked = number not in self.locked
            change_set(self.kit.place(), BOX, number, SetChange(is_locked=is_locked))
            self.locked ^= {number}

    def intrude(self) -> None:
        """Try to write while a run goes on: refused, and the run is not disturbed."""
        if not self.held:
            return
        self.edit()
        tried: list[type[TardisError]] = []

        def hook(step: str) -> None:
            if step == "closing":
                try:
                    open_writer(self.kit.place(), BOX, Claim("another"), Flushers()).close()
                except StoreBusyError as error:
                    tried.append(type(error))

        talker = Talker(self.kit.connect())
        try:
            backup = Backup(talker, self.tree, wish={"is_creating": False}, hook=hook)
            backup.run()
        finally:
            talker.close()
            self.kit.join()
        assert tried == [StoreBusyError] and backup.opened is not None
        self.held[backup.opened.number] = self.tree.flat()

    def check(self) -> None:
        """Look at every set."""
        self.locked &= set(self.held)
        if not self.kit.base.exists():
            return
        assert [number for number, done in self.kit.sets() if done] == sorted(self.held)
        for number, flat in self.held.items():
            assert self.kit.flat(number) == flat, f"set {number}"


@pytest.mark.guard(3600)
@pytest.mark.parametrize("seed", range(counts(4, 1000)))
def test_every_set_stays_what_it_was(tmp_path: Path, seed: int) -> None:
    walk = Walk(tmp_path / "base", seed)
    steps = []
    for _ in range(12):
        steps.append(walk.step())
        walk.check()
    assert walk.kit.rows("PRAGMA foreign_key_check") == [] if walk.held else steps
    walk.kit.close()
