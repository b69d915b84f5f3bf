"""A store in memory for the programs that look at the past, and a way to call them."""

import io
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tardis.cli.main import run
from tests.history.memory_reader import MemoryReader, MemoryStore, backup_set

DAY = 24 * 3600 * 10**9


class Opened(MemoryReader):
    """A reader that is a context manager, as that of a directory is."""

    def __enter__(self) -> MemoryReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Result:
    """What a run said and did."""

    def __init__(self, status: int, out: bytes, err: str) -> None:
        self.status = status
        self.raw = out
        self.out = out.decode(errors="surrogateescape")
        self.err = err

    @property
    def lines(self) -> list[str]:
        """What went to standard output."""
        return self.out.splitlines()


Call = Callable[..., Result]


class Screen(io.TextIOWrapper):
    """Standard output that may claim to be a terminal."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


def small_store() -> MemoryStore:
    """Three sets of /data on three days in 1970, in which a few things happened."""
    made = MemoryStore()
    made.sets = [
        backup_set(1, name="First", started_ns=10 * DAY),
        backup_set(2, name="Second", started_ns=20 * DAY),
        backup_set(3, name="Hourly:12:30", started_ns=30 * DAY),
    ]
    for number in (1, 2, 3):
        made.root(b"/data", 1, number=number)
    made.file(1, b"kept", b"kept\n", inode=1)
    made.file(1, b"notes", b"one\n", inode=2, last_set=1)
    made.file(1, b"notes", b"one\ntwo\n", inode=2, first_set=2)
    made.file(1, b"old", b"old\n", inode=3, last_set=2)
    made.folder(1, b"sub", 2, inode=4)
    made.file(2, b"deep", b"deep\n", inode=5)
    made.file(1, b".dot", b"dot\n", inode=6)
    return made


def caller(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that runs *program* with words and keeps what it says."""

    def call(*words: str, terminal: bool = False) -> Result:
        out, err = Screen(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
        out.is_terminal = terminal
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            status = run(program.command, ["-D", "/base", "-C", "me", *words])
            out.flush()
        return Result(status, out.buffer.getvalue(), err.getvalue())  # type: ignore[attr-defined]

    return call
