"""A store with one tree, and a restore of it."""

import os
from pathlib import Path
from typing import Any

import pytest

from tardis.history import ExtractOptions, Request, Restored, restore
from tardis.model import Observer
from tests.history.memory_reader import MemoryStore

EVERYTHING = [Request(1, b"/home", b"home", True)]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    place = tmp_path / "out"
    place.mkdir()
    return place


def run(store: MemoryStore, out: Path, **more: Any) -> Restored:
    more.setdefault("jobs", 1)
    requests = more.pop("requests", EVERYTHING)
    options = ExtractOptions(os.fsencode(out), **more)
    return restore(store.reader, requests, options, more.pop("observer", Observer()))


def reasons(done: Restored) -> list[tuple[bytes, str]]:
    return [(problem.path, problem.reason) for problem in done.problems]


def left_behind(place: Path) -> list[str]:
    return [str(path) for path in place.rglob(".tardis-*")]


def as_nobody(action: Any) -> int:
    """Return the exit status of *action*, run by another process as an ordinary user."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
