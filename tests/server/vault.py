"""Encrypted backups of real trees in one process: client, wire and daemon, all looked at."""

import hashlib
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tardis.client import Access, BackupJob, JobOptions, SetWish
from tardis.crypto import KdfCost, KeyRing, Stretched, unwrap
from tardis.model import Report, Root
from tardis.net import Line, Transport, memory_pair
from tardis.protocol import CLIENT, Session
from tardis.server import Daemon
from tardis.store import StoreReader, keys_of, open_reader
from tests.crypto.slots import FLOOR
from tests.server.talker import make_kit

PASSWORD = b"sesame-of-mine"
CLIENT_NAME = "box"


def quick(password: bytes, salt: bytes, _cost: KdfCost) -> bytes:
    return hashlib.sha512(salt + password).digest()


class Told:
    """A password that is at hand."""

    is_given = True

    def __init__(self, password: bytes = PASSWORD) -> None:
        self._password = password

    def known(self) -> bytes:
        return self._password

    fresh = known


class Tap:
    """A transport that keeps what passes, and may change it."""

    def __init__(self, inner: Transport, change: Any = None) -> None:
        self._inner = inner
        self._change = change
        self.peer, self.is_local, self.binding = inner.peer, inner.is_local, inner.binding
        self.heard = bytearray()

    def read(self, limit: int) -> bytes:
        data = self._inner.read(limit)
        self.heard += data
        return data if self._change is None else self._change(data)

    def read_into(self, buffer: memoryview) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, *parts: bytes | memoryview) -> None:
        self.heard += b"".join(parts)
        self._inner.write(*parts)

    def close(self) -> None:
        self._inner.close()


class Vault:
    """A daemon, and what it and the wire have got to see."""

    def __init__(self, base: Path, scheme: str = "") -> None:
        kit = make_kit(base)
        self._scheme = scheme
        self.base = base
        self.place = kit.place()
        self.log: list[str] = []
        self.wire = bytearray()
        self._options = kit.options
        self.change()

    def change(self, **options: Any) -> None:
        """Let the daemon's *options* be others from now on."""
        self._options = replace(self._options, **options)
        self._daemon = Daemon(self._options, self._note)

    def _note(self, text: str, *, is_trouble: bool = False) -> None:
        self.log.append(text)

    def run(self, *roots: Path, change: Any = None, **how: Any) -> Report:
        """Back *roots* up; *change* may spoil what the daemon reads."""
        is_sealing = how.pop("is_sealing", True)
        told = Told(how.pop("password", PASSWORD))
        access = Access(told, quick, FLOOR, is_sealing=is_sealing)
        is_new = keys_of(self.place, CLIENT_NAME) is None
        wish = SetWish(
            is_creating=is_new,
            scheme=self._scheme,
            is_full=how.pop("is_full", False),
            lineage=b"roots:" + b"".join(map(bytes, roots)),
            command_line=b"tardis --of-mine",
            config=b'{"a": "config-of-mine"}',
            session="s",
        )
        paths = {bytes(root): bytes(root) for root in roots}
        how = {"racy_window": 0.0, **how}
        options = JobOptions(CLIENT_NAME, paths, wish, access=access, **how)
        mine, theirs = memory_pair()
        tap = Tap(theirs, change)
        visit = threading.Thread(target=self._daemon.visit, args=(tap,), daemon=True)
        visit.start()
        try:
            with closing(Line(mine, Session(CLIENT), timeout=30)) as line:
                return BackupJob(line, options).run()
        finally:
            visit.join(30)
            assert not visit.is_alive()
            self.wire += tap.heard

    @property
    def is_sealed(self) -> bool:
        """Whether nothing is read without the password."""
        keys = keys_of(self.place, CLIENT_NAME)
        return keys is not None and keys.repository.is_sealed

    def ring(self) -> KeyRing:
        keys = keys_of(self.place, CLIENT_NAME)
        assert keys is not None and keys.repository.is_sealed
        [slot] = keys.slots
        known = Stretched.of(quick(PASSWORD, slot.salt, FLOOR))
        return KeyRing.of(unwrap(slot, known, keys.repository.id), keys.repository.id)

    def reader(self, *, is_open: bool = True) -> StoreReader:
        ring = self.ring() if is_open and self.is_sealed else None
        return open_reader(self.place, CLIENT_NAME, ring)

    def flat(self, number: int) -> dict[bytes, object]:
        """Return what set *number* holds below its one root, by path."""
        heard: list[str] = []
        with self.reader() as reader:
            reader.tell_faults(heard.append)
            [root] = reader.roots(number)
            found = dict(_below(reader, root, root.directory, number, b""))
        assert not heard, heard
        return found

    def seen(self) -> bytes:
        """Return all that the server could look at, files, log and wire."""
        files = [one for one in self.base.rglob("*") if one.is_file() and one.name != ".reserve"]
        parts = [one.read_bytes() + bytes(one) for one in files]
        return b"\n".join([*parts, *(line.encode() for line in self.log), bytes(self.wire)])


def _below(reader: StoreReader, root: Root, directory: int, number: int, above: bytes) -> Any:
    for one in reader.children(directory, number):
        path = above + one.name
        if one.is_directory:
            yield path, "directory"
            if one.child is not None:
                yield from _below(reader, root, one.child, number, path + b"/")
        elif one.is_link:
            yield path, one.target
        elif one.content is None:
            yield path, None
        else:
            content = reader.contents([one.content])[one.content]
            with closing(reader.open(content)) as opened:
                yield path, b"".join(opened.chunks())
