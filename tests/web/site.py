"""A real server on loopback with a few clients behind it.

``box`` has no password; ``alice`` and ``bob`` have one (`password_of`) and are in clear;
``vault`` is encrypted.  Each has two sets of a small tree below ``top``, ``vault`` below a
directory of this machine.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tardis.store import Place, change_keys, opening
from tardis.web import WebOptions, WebServer, make_app
from tests.crypto.slots import slot_of
from tests.server.talker import make_kit
from tests.server.trees import Tree
from tests.server.vault import PASSWORD, Vault, quick
from tests.web.visitor import Visitor

OPEN, ALICE, BOB, SEALED = "box", "alice", "bob", "vault"


def password_of(client: str) -> str:
    return PASSWORD.decode() if client == SEALED else f"the password of {client}"


@dataclass
class Clock:
    """Seconds that a test moves on."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Site:
    """The server, and what it has said."""

    base: Path
    options: WebOptions
    log: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def note(self, text: str, *, is_trouble: bool = False) -> None:
        self.log.append(text)

    @property
    def place(self) -> Place:
        return self.options.place

    @contextmanager
    def serving(self, tls: tuple[str, str] | None = None) -> Iterator[None]:
        """Serve inside the block."""
        self.app = app = make_app(self.options, self.note, self.clock)
        self.server = WebServer(app, [("127.0.0.1", 0)], tls, self.note)
        started = threading.Event()
        thread = threading.Thread(target=self.server.serve, args=(started.set,))
        thread.start()
        try:
            assert started.wait(30)
            yield
        finally:
            self.server.stop()
            thread.join(30)
            assert not thread.is_alive(), "the server does not stop"

    @property
    def port(self) -> int:
        return self.server.ports[0][1]

    @contextmanager
    def visitor(self) -> Iterator[Visitor]:
        with closing(Visitor(self.port)) as made:
            yield made

    @contextmanager
    def at(self, client: str) -> Iterator[Visitor]:
        """A visitor who is logged in by proof, if there is anything to prove."""
        with self.visitor() as made:
            yield made.login(client, "" if client == OPEN else password_of(client))


def small_tree(owner: str) -> Tree:
    """A few files in two directories; those of two owners differ."""
    made = Tree()
    made.write(b"a", f"alpha of {owner}\n".encode())
    made.write(b"b", b"beta\n")
    made.write(b'odd \xff\n"name', b"odd\n")
    made.mkdir(b"d")
    made.write(b"d/big", bytes(range(256)) * 3000)
    made.symlink(b"d/l", b"../a")
    return made


def make_site(base: Path, **options: Any) -> Site:
    """Make the clients, and a site that does not serve yet."""
    base.mkdir()
    vault = Vault(base)
    source = base.parent / "source"
    source.mkdir()
    (source / "secret-name").write_bytes(b"secret of the vault\n")
    vault.run(source)
    (source / "secret-name").write_bytes(b"another secret of the vault\n")
    vault.run(source)
    (base / "box").rename(base / SEALED)
    kit = make_kit(base)
    for client in (OPEN, ALICE, BOB):
        tree = small_tree(client)
        kit.run(tree, client=client, wish={"name": "first"})
        tree.write(b"a", f"alpha of {client}, again\n".encode())
        tree.write(b"new", b"new\n")
        kit.run(tree, client=client, wish={"name": "second"})
        if client != OPEN:
            slot = slot_of(password_of(client))
            change_keys(kit.place(), client, lambda keys, slot=slot: keys.with_slot(slot))  # type: ignore[misc]
    kit.close()
    return Site(base, replace(WebOptions(Place(str(base)), "test", stretch=quick), **options))


@contextmanager
def small_stores() -> Iterator[None]:
    """Take little of the disk for stores that live for a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "RESERVE_BYTES", 4096)
        yield
