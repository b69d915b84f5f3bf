"""A view of a small store, and what is asked of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.model import Reader
from tardis.mount import Readers, View
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A store with two sets, and a view of it."""

    def __init__(self, base: Path) -> None:
        self.kit: Kit = make_kit(base)
        self.tree = Tree()
        self.tree.write(b"a", b"one")
        self.tree.mkdir(b"d")
        self.tree.write(b"d/big", bytes(range(256)) * 1000)
        self.tree.symlink(b"l", b"/etc/passwd")
        self.run("first")
        self.tree.write(b"a", b"two!")
        self.tree.write(b"d/new", b"n")
        self.run("second")
        self.clock = Clock()
        self.told: list[tuple[int, str]] = []
        self.view = self.look()

    def run(self, name: str) -> None:
        self.kit.run(self.tree, wish={"name": name})

    def look(
        self, repoint: bytes | None = None, another: Callable[[], Reader] | None = None
    ) -> View:
        readers = Readers(self.kit.reader(), another or self.kit.reader)
        return View(readers, "Current", repoint, self.clock, self._hear)

    def _hear(self, level: int, text: str) -> None:
        self.told.append((level, text))

    def later(self) -> None:
        self.clock.now += 10

    def open(self, path: bytes) -> int:
        return self.view.open(path, self.view.stored(path))

    def read(self, path: bytes) -> bytes:
        handle = self.open(path)
        try:
            return self.view.read(path, handle, 1 << 20, 0)
        finally:
            self.view.close(handle)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "base")
    yield made
    made.view.end()


def names(desk: Desk, path: bytes) -> set[bytes]:
    return set(desk.view.folder(path).names)


def refused(call: object, *words: object) -> int | None:
    with pytest.raises(OSError) as caught:
        call(*words)  # type: ignore[operator]
    return caught.value.errno


def kinds(desk: Desk, path: bytes) -> dict[bytes, tuple[int, int]]:
    """Return name to (mode, inode number) of what is in a directory."""
    found = desk.view.folder(path)
    return dict(zip(found.names, found.briefs, strict=True))
