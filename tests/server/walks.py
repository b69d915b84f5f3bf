"""A model of one client over the years: what is done to it, and what its sets should hold then.

Each step is chosen by chance.  Writers are cut off, or killed as a whole at one of their steps
towards the disk, and a second process tries to write in between.
"""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from tardis.admin import check, forget, lock, recover, replicate
from tardis.model import LineLostError, NoSuchPathError, StoreBusyError, TardisError, UsageError
from tardis.policy import plan_named
from tardis.store import Claim, Flushers, Level, Reading, open_writer, prune
from tardis.streams import Codec
from tests.server.talker import BOX, Backup, Kit, Talker, make_kit
from tests.server.trees import Tree
from tests.store.fuse import ends_at

Flat = dict[bytes, tuple[object, ...]]

WORDS = [random.Random(seed).randbytes(6).hex().encode() for seed in range(300)]
SIZES = (0, 3, 900, 900, 5000, 5000, 140_000)
FOLDERS = (b"a", b"a/b", b"c", b"a/b/d")
ROOT = b"top/"


class Stop(Exception):
    """Ends a run where the walk wants it."""


class Second:
    """A second process, which tries to write whenever it is told to."""

    def __init__(self, kit: Kit) -> None:
        orders, self._orders = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._orders)
            with suppress(BaseException):
                while os.read(orders, 1):
                    os.write(answers, try_to_write(kit))
            os._exit(0)
        os.close(orders)
        os.close(answers)

    def tries(self) -> str:
        """Return the name of the error that came of it, ``ours`` for none."""
        os.write(self._orders, b"?")
        return os.read(self._answers, 100).decode()

    def close(self) -> None:
        for one in (self._orders, self._answers):
            os.close(one)
        os.waitpid(self._pid, 0)


def try_to_write(kit: Kit) -> bytes:
    try:
        open_writer(kit.place(), BOX, Claim("another"), Flushers()).close()
    except TardisError as error:
        return type(error).__name__.encode()
    return b"ours"


class Walk:
    """One client, its tree, and what its sets should hold.

    Attributes:
        held: Of each complete set.
        begun: What runs found that did not come to their end, since the last that did.
        told: What was done, step by step.
    """

    def __init__(self, place: Path, seed: int, scheme: str, codec: Codec = Codec.NONE) -> None:
        self.copy = place / "copy"
        self.codec = codec
        self.kit = self._kit(place / "base")
        self.second = Second(self.kit)
        self.chance = random.Random(seed)
        self.scheme = scheme
        self.tree = Tree()
        for name in (b"a", b"a/b"):
            self.tree.mkdir(name)
        self.held: dict[int, Flat] = {}
        self.begun: list[Flat] = []
        self.locked: set[int] = set()
        self.told: list[str] = []

    def close(self) -> None:
        self.second.close()
        self.kit.close()

    def step(self) -> None:
        """Do one thing."""
        often = (self.run, self.run, self.run, self.cut_off, self.die_in_a_run, self.intrude)
        seldom = (self.purge, self.purge, self.die_in_a_purge, self.lock, self.forget)
        rare = (self.die_in_forgetting, self.replicate)
        step = self.chance.choice((*often, *seldom, *rare))
        self.told.append(step.__name__)
        if self.held or step == self.run:
            step()

    def _kit(self, base: Path) -> Kit:
        kit = make_kit(base, db_backups=0)
        kit.codec = self.codec
        return kit

    # What happens to the tree.

    def edit(self) -> None:
        """Change the tree a little, as people and programs do."""
        for _ in range(self.chance.randrange(6)):
            change: Callable[[], None] = self.chance.choice(
                (self._write, self._write, self._write, self._remove, self._move, self._attribute,
                 self._link, self._fold)
            )  # fmt: skip
            change()

    def _files(self) -> list[bytes]:
        return [path for path, node in self.tree.walk() if not node.is_directory]

    def _fresh(self) -> bytes:
        """Return a path in a directory that is there; something may have it."""
        above = self.chance.choice([path for path, _ in self.tree.directories()])
        name = b"%d" % self.chance.randrange(7)
        return above + b"/" + name if above else name

    def _is_file(self, path: bytes) -> bool:
        return path in self.tree and not self.tree[path].is_directory

    def _write(self) -> None:
        path = self._fresh()
        if path not in self.tree or (self._is_file(path) and not self.tree[path].is_link):
            data = self.chance.choice([node.data for _, node in self.tree.walk()] or [b""])
            if self.chance.random() < 0.9:
                data = self._data(self.chance.choice(SIZES))
            self.tree.write(path, data)

    def _data(self, size: int) -> bytes:
        """Return noise; where it is to be compressed, what has much in common with others."""
        if self.codec == Codec.NONE:
            return self.chance.randbytes(size)
        return b" ".join(self.chance.choices(WORDS, k=size // 10 + 1))[:size]

    def _remove(self) -> None:
        found = [path for path, _ in self.tree.walk()]
        if found:
            self.tree.remove(self.chance.choice(found))

    def _move(self) -> None:
        """Rename a file or a directory, over another one perhaps, never into itself."""
        old, new = self.chance.choice([self._fresh(), *FOLDERS]), self._fresh()
        is_inside = new == old or new.startswith(old + b"/") or old.startswith(new + b"/")
        if old in self.tree and not is_inside:
            self.tree.move(old, new)

    def _attribute(self) -> None:
        found = [path for path, node in self.tree.walk() if not node.is_link]
        if found:
            self.tree.chmod(self.chance.choice(found), self.chance.choice((0o700, 0o750)))

    def _link(self) -> None:
        files, new = self._files(), self._fresh()
        if not files or new in self.tree:
            return
        if self.chance.random() < 0.5:
            self.tree.link(self.chance.choice(files), new)
        else:
            self.tree.symlink(new, self.chance.choice(files))

    def _fold(self) -> None:
        """Make a directory, or once in a while all of them anew, as on a disk that was copied."""
        if self.chance.random() < 0.1:
            self.tree.copy_disk()
        path = self.chance.choice([self._fresh(), *FOLDERS])
        with suppress(KeyError):  # what it should lie in is not there
            if path not in self.tree:
                self.tree.mkdir(path)

    # What happens to the store.

    def _keep(self, backup: Backup) -> None:
        assert backup.opened is not None and backup.closed is not None
        self.held[backup.opened.number] = self.tree.flat()
        self.begun.clear()

    def run(self) -> None:
        self.edit()
        self._keep(self.kit.run(self.tree, wish={"scheme": self.scheme}))

    def _hooked(self, hook: Callable[[str], None]) -> None:
        talker = Talker(self.kit.connect(), self.codec)
        try:
            backup = Backup(talker, self.tree, wish={"is_creating": False}, hook=hook)
            backup.run()
            self._keep(backup)
        finally:
            talker.close()
            self.kit.join()

    def cut_off(self) -> None:
        """Begin a run and lose its client somewhere."""
        self.edit()
        self.begun.append(self.tree.flat())
        left = self.chance.randrange(8)

        def hook(_step: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stop

        with suppress(Stop, LineLostError):
            self._hooked(hook)

    def _dies(self, job: Callable[[], object], most: int) -> bool:
        """Do *job* in a process that ends at one of its steps, or after them."""
        self.kit.join()
        died = ends_at(job, self.chance.randrange(1, most))
        self.told[-1] += " (died)" if died else ""
        return died

    def die_in_a_run(self) -> None:
        """Let daemon and client of a run end at once."""
        self.edit()
        self.begun.append(self.tree.flat())
        base = self.kit.base
        died = self._dies(lambda: self._kit(base).run(self.tree), 60)
        fresh = [number for number, done in self.kit.sets() if done and number not in self.held]
        assert died or fresh
        for number in fresh:  # the last step was behind the commit
            self.held[number] = self.tree.flat()
            self.begun.clear()

    def intrude(self) -> None:
        """Let somebody else try to write while a run goes on: refused, and nothing happens."""
        self.edit()
        heard: list[str] = []
        at = self.chance.choice(("opened", "closing"))
        self._hooked(lambda step: heard.append(self.second.tries()) if step == at else None)
        assert heard == [StoreBusyError.__name__]

    def _chosen(self) -> set[int]:
        """Return some sets that may go, once it was refused that locked ones do."""
        numbers = sorted(self.held)
        chosen = set(self.chance.sample(numbers, self.chance.randrange(len(numbers) + 1)))
        if chosen & self.locked:
            with self.kit.reader() as reader:
                sets = reader.sets()
            try:
                plan_named(sets, chosen)
            except UsageError:
                chosen -= self.locked
            else:
                raise AssertionError("a locked set would go")
        return chosen

    def _prune(self, chosen: set[int]) -> None:
        with closing(open_writer(self.kit.place(), BOX, Claim("a walk"), Flushers())) as writer:
            fates = plan_named(writer.ask.sets(), chosen)
            prune(writer, [fate.backup.number for fate in fates if fate.goes])

    def purge(self) -> None:
        chosen = self._chosen()
        self._prune(chosen)
        for number in chosen:
            del self.held[number]

    def die_in_a_purge(self) -> None:
        chosen = self._chosen()
        died = self._dies(lambda: self._prune(chosen), 50)
        left = {number for number, done in self.kit.sets() if done}
        assert died or not chosen & left
        for number in chosen - left:
            del self.held[number]

    def lock(self) -> None:
        number = self.chance.choice(sorted(self.held))
        lock(self.kit.place(), BOX, [number], is_locked=number not in self.locked)
        self.locked ^= {number}

    def _forgotten(self) -> bytes:
        """Return a path that some set holds, or that none does."""
        flat = self.held[self.chance.choice(sorted(self.held))]
        return self.chance.choice([*flat, b"never"])

    def _forget(self, path: bytes) -> None:
        with suppress(NoSuchPathError):  # no set holds it, or not any more
            forget(self.kit.place(), BOX, [ROOT + path], lambda plan: True)

    def _without(self, path: bytes) -> None:
        for flat in (*self.held.values(), *self.begun):
            for one in list(flat):
                if one == path or one.startswith(path + b"/"):
                    del flat[one]

    def forget(self) -> None:
        path = self._forgotten()
        self._forget(path)
        self._without(path)

    def die_in_forgetting(self) -> None:
        """What was begun is finished by the next call, without its path too."""
        path = self._forgotten()
        self._dies(lambda: self._forget(path), 90)
        self._forget(path)
        with suppress(NoSuchPathError):
            forget(self.kit.place(), BOX, [], lambda plan: True)
        self._without(path)

    def replicate(self) -> None:
        died = self.chance.random() < 0.5
        copy = partial(replicate, self.kit.place(), BOX, str(self.copy))
        if not died or self._dies(copy, 60):
            copy()
        self._compare(make_kit(self.copy))

    # What should hold.

    def _compare(self, kit: Kit) -> None:
        assert [number for number, done in kit.sets() if done] == sorted(self.held)
        for number, flat in self.held.items():
            assert kit.flat(number) == flat, f"set {number}"

    def check(self) -> None:
        """Look at every set."""
        self.locked &= set(self.held)
        if self.kit.base.exists():
            self._compare(self.kit)

    def _take_over(self) -> None:
        """Expect of a run that ended just before its last commit that it is complete now."""
        fresh = {number for number, done in self.kit.sets() if done} - set(self.held)
        assert len(fresh) <= 1
        for number in fresh:  # later ones may have died before they told anything
            found = self.kit.flat(number)
            assert found in self.begun, f"set {number} is what no run has found"
            self.held[number] = found

    def check_all(self) -> None:
        """Look at everything: every byte, a copy, and what is made anew without the catalog."""
        if not self.held:
            return
        self._prune(set())
        assert self.kit.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.kit.count("doomed", "pack NOT IN (SELECT number FROM packs)") == 0
        assert self.kit.count("doomed", "pack IS NULL") == 0
        done = check(self.kit.place(), BOX, Reading(processes=1))
        assert not [one for one in done.findings if one.level != Level.NOTE], done.findings
        self.replicate()
        shutil.rmtree(self.copy)
        (self.kit.base / BOX / "tardis.db").unlink()
        assert recover(self.kit.place(), BOX, lambda survey: True)[1] is not None
        self._take_over()
        self.check()
        self.locked.clear()
        self.run()
        self.check()
