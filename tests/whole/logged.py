"""A disk that logs every write, and what it may hold after a power cut at any place of the log.

The kernel's `log-writes` target keeps, in order, each write, each flush and each mark of ours.
A disk that loses its power has all that came before the last flush, all that was forced
(FUA), and of what else it was sent any part, in any mixture: such states are made here.
"""

import random
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple

from tests.facilities import need
from tests.whole.disks import mount, unmount
from tests.whole.images import MAKERS

SECTOR: Final = 512
MAGIC: Final = 0x6A736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
_HEAD: Final = struct.Struct("<QQQQ")
_SUPER: Final = struct.Struct("<QQQI")
LOG_BYTES: Final = 6 << 30
"""Of a file with holes: only what is written takes room."""


class Logged(NamedTuple):
    """An entry of the log: *sectors* from *sector* on; its bytes lie at *place* of the log."""

    sector: int
    sectors: int
    flags: int
    place: int
    mark: str


def read_log(log: IO[bytes]) -> Iterator[Logged]:
    """Give the entries of a log, in the order in which the disk was done with them."""
    magic, _, count, sector_size = _SUPER.unpack(log.read(_SUPER.size))
    assert (magic, sector_size) == (MAGIC, SECTOR), (hex(magic), sector_size)
    place = SECTOR
    for _ in range(count):
        log.seek(place)
        sector, sectors, flags, length = _HEAD.unpack(log.read(_HEAD.size))
        mark = log.read(length).decode() if flags & MARK else ""
        place += SECTOR
        yield Logged(sector, sectors, flags, place, mark)
        place += 0 if flags & (DISCARD | MARK) else sectors * SECTOR


def surviving(entries: list[Logged], cut: int, rng: random.Random) -> list[Logged]:
    """Return what a disk holds of the first *cut* entries when its power goes then.

    Of each write that was neither flushed nor forced all, nothing, or the first sectors.
    """
    last = max((n for n in range(cut) if entries[n].flags & FLUSH), default=-1)
    held = entries[: last + 1]
    for entry in entries[last + 1 : cut]:
        if entry.flags & FUA:
            held.append(entry)
        elif rng.random() < 0.5:
            torn = rng.random() < 0.2 and not entry.flags & DISCARD
            held.append(entry._replace(sectors=rng.randint(0, entry.sectors)) if torn else entry)
    return held


def replay(log: IO[bytes], entries: list[Logged], disk: IO[bytes]) -> None:
    """Write *entries* of a log to a disk, in their order."""
    for entry in entries:
        disk.seek(entry.sector * SECTOR)
        if entry.flags & DISCARD:
            _forget(disk, entry)
        elif entry.sectors:
            log.seek(entry.place)
            disk.write(log.read(entry.sectors * SECTOR))
    disk.flush()


def _forget(disk: IO[bytes], entry: Logged) -> None:
    words = ["fallocate", "--punch-hole", "--offset", str(entry.sector * SECTOR)]
    disk.flush()
    subprocess.run(
        [*words, "--length", str(entry.sectors * SECTOR), disk.name], check=True, timeout=60
    )


@dataclass
class LoggedDisk:
    """A file system of *kind* on a disk that logs; mounted on *place* while it is in use."""

    kind: str
    folder: Path
    name: str
    megabytes: int
    undo: ExitStack = field(default_factory=ExitStack)

    @property
    def place(self) -> Path:
        """Where it is mounted."""
        return self.folder / "mounted"

    @property
    def log(self) -> Path:
        """The file with the log."""
        return self.folder / "log"

    def start(self) -> None:
        """Make disk, log and file system, and mount it; all that happens to it is logged."""
        disk = self._loop(self.folder / "disk", self.megabytes << 20)
        log = self._loop(self.log, LOG_BYTES)
        table = f"0 {(self.megabytes << 20) // SECTOR} log-writes {disk} {log}"
        told("dmsetup", "create", self.name, "--table", table)
        self.undo.callback(told, "dmsetup", "remove", "--retry", self.name)
        device = f"/dev/mapper/{self.name}"
        told(*MAKERS[self.kind][1], device)
        self.place.mkdir(exist_ok=True)
        mount("-t", self.kind, device, self.place)
        self.undo.callback(unmount, self.place)

    def _loop(self, file: Path, size: int) -> str:
        with file.open("wb") as opened:
            opened.truncate(size)
        device = told("losetup", "--find", "--show", file)
        self.undo.callback(told, "losetup", "--detach", device)
        return device

    def mark(self, name: str) -> None:
        """Write *name* into the log: all that was flushed so far stands before it."""
        told("dmsetup", "message", self.name, "0", "mark", name)


def told(*words: str | Path) -> str:
    """Run a tool and return what it says."""
    return subprocess.check_output(words, text=True, timeout=120).strip()


@contextmanager
def logged_disk(folder: Path, kind: str, name: str, megabytes: int) -> Iterator[LoggedDisk]:
    """Give a fresh disk that logs; what was written remains to be read when it is gone."""
    need("logwrites")
    need("root" if kind == "ext4" else kind)
    folder.mkdir(parents=True, exist_ok=True)
    made = LoggedDisk(kind, folder, name, megabytes)
    with made.undo:
        made.start()
        yield made
