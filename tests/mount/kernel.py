"""A kernel that talks to the answers of a mount, without a device."""

import errno
import os
from itertools import count
from typing import NamedTuple

from tardis.mount import View, wire
from tardis.mount.answers import Answers, Interrupt, Later

CAN = (1 << 32) - 1
HOLDS = (60, 30)


class Found(NamedTuple):
    """An entry as the kernel was told of it."""

    node: int
    names_hold: int
    attributes_hold: int
    inode: int
    size: int
    mtime_ns: int
    mode: int
    uid: int


class Listed(NamedTuple):
    """A name of a listing; *found* is None where it brought no attributes."""

    name: bytes
    inode: int
    kind: int
    found: Found | None


class Kernel:
    """Says what a kernel would, and reads what it would."""

    def __init__(self, view: View) -> None:
        self.said_so = self.waited = 0
        self.interrupted: Interrupt | None = None
        self.answers = Answers(view, self._started, HOLDS)
        self._numbers = count(2, 2)

    def _started(self) -> None:
        self.said_so += 1

    def raw(self, kind: int, node: int = wire.ROOT, body: bytes = b"") -> bytes | None:
        """Ask, and return the body of the answer; None if there is none.

        Raises:
            OSError: The answer is an error.
        """
        number = next(self._numbers)
        head = wire.HEADER.pack(wire.HEADER.size + len(body), kind, number, node, 0, 0, 1, 0, 0)
        said = self.answers.answer(memoryview(head + body + b"what was there before"))
        if isinstance(said, Later):
            self.waited += 1
            said = said.answer()
        if said is None or isinstance(said, Interrupt):
            self.interrupted = said
            return None
        length, error, told = wire.REPLY.unpack(said[0])
        assert told == number and length == len(said[0]) + len(said[1])
        if error:
            assert error < 0 and not said[1]
            raise OSError(-error, os.strerror(-error))
        return said[1]

    def ask(self, kind: int, node: int = wire.ROOT, body: bytes = b"") -> bytes:
        """Ask what has an answer."""
        found = self.raw(kind, node, body)
        assert found is not None
        return found

    def init(self, can: int = CAN, version: tuple[int, int] = (7, 45)) -> tuple[int, ...]:
        """Say the first word; return the version and the flags that were agreed on."""
        said = self.ask(wire.INIT, 0, wire.INIT_IN.pack(*version, 1 << 17, can) + bytes(48))
        assert len(said) == 64
        major, minor, _, flags, *_ = wire.INIT_OUT.unpack(said)
        return major, minor, flags

    def lookup(self, path: bytes, node: int = wire.ROOT) -> Found:
        """Walk to *path*, which has no leading slash."""
        found = None
        for name in path.split(b"/"):
            found = entry(self.ask(wire.LOOKUP, node, name + b"\0"))
            node = found.node
        assert found is not None
        return found

    def listed(self, node: int, size: int = 1 << 15, *, plus: bool = True) -> list[Listed]:
        """List a directory to its end, with attributes first as kernels do."""
        found: list[Listed] = []
        start = 0
        while part := self._some(node, start, size, plus=plus):
            found += [one for one, _ in part if one.name not in (b".", b"..")]
            start = part[-1][1]
        return found

    def _some(self, node: int, start: int, size: int, *, plus: bool) -> list[tuple[Listed, int]]:
        kind = wire.READDIRPLUS if plus else wire.READDIR
        said = self.ask(kind, node, wire.READ_IN.pack(0, start, size, 0) + bytes(16))
        assert len(said) <= size
        found, at = [], 0
        while at < len(said):
            told = None
            if plus:
                known = entry(said[at : at + wire.ENTRY_OUT.size])
                told = known if known.node else None
                at += wire.ENTRY_OUT.size
            inode, after, length, of = wire.DIRENT.unpack_from(said, at)
            at += wire.DIRENT.size
            found.append((Listed(said[at : at + length], inode, of, told), after))
            at += length + 7 & -8
        assert at == len(said)
        return found

    def read(self, path: bytes, size: int = 1 << 17, offset: int = 0) -> bytes:
        """Open, read once, close."""
        node = self.lookup(path).node
        handle, flags, _ = wire.OPEN_OUT.unpack(
            self.ask(wire.OPEN, node, wire.OPEN_IN.pack(os.O_RDONLY) + bytes(4))
        )
        assert flags & wire.KEEP_CACHE
        try:
            body = wire.READ_IN.pack(handle, offset, size, 0) + bytes(16)
            return self.ask(wire.READ, node, body)
        finally:
            assert self.ask(wire.RELEASE, node, wire.HANDLE.pack(handle) + bytes(16)) == b""

    def refused(self, kind: int, node: int = wire.ROOT, body: bytes = b"") -> int | None:
        """Ask what is an error, and return which."""
        try:
            self.raw(kind, node, body)
        except OSError as error:
            return error.errno
        raise AssertionError(f"it was answered, not {errno.errorcode}")


def entry(packed: bytes) -> Found:
    """Return what an entry says."""
    node, _, names, attributes, *_ = told = wire.ENTRY_OUT.unpack(packed)
    inode, size, _, _, seconds, _, _, rest, _, mode, _, uid, *_ = told[6:]
    return Found(node, names, attributes, inode, size, seconds * 10**9 + rest, mode, uid)
