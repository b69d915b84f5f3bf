"""A small scripted client that speaks the real messages to a real daemon.

`Talker` is one line, for scripts that say odd things; `Backup` makes a whole set of a tree in
memory and can be told to misbehave; `Kit` is a daemon with its stores, looked at from outside.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from tardis.crypto import content_key, digest, fingerprint
from tardis.model import SEGMENT, SMALL, Right, TardisError
from tardis.net import Line, Transport, memory_pair
from tardis.protocol import CLIENT, PROTOCOL, Message, Session, listing
from tardis.protocol.messages import (
    AddFilesystems,
    AddRoot,
    CloseSet,
    Contents,
    Differ,
    Digests,
    DigestVerdicts,
    Fingerprints,
    Goodbye,
    Hello,
    Listing,
    OpenSet,
    SetClosed,
    SetOpened,
    Unread,
    UploadBegin,
    UploadEnd,
    UploadPart,
    Verdicts,
    Welcome,
)
from tardis.server import Daemon, DaemonOptions
from tardis.store import Place, StoreReader, has_store, open_reader
from tardis.streams import Codec, compress
from tests.server.trees import FILESYSTEM, Node, Tree

Kind = TypeVar("Kind", bound=Message)

BOX = "box"
RACY, CHANGED = 1, 2
WISH = OpenSet("", "", -1, True, False, False, b"roots:top", "", 0, b"tardis top", b"{}", "", "s1")
KEY = b"disk"
PATIENCE = 30.0


class FarTransport:
    """A transport whose peer seems to be on another machine."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.peer, self.is_local = "192.0.2.1:4711", False
        self.binding = inner.binding

    def read(self, limit: int) -> bytes:
        return self._inner.read(limit)

    def read_into(self, buffer: memoryview) -> int:
        return self._inner.read_into(buffer)

    def write(self, *parts: bytes | memoryview) -> None:
        self._inner.write(*parts)

    def close(self) -> None:
        self._inner.close()


@dataclass
class Kit:
    """A daemon, and what it has written.

    Attributes:
        base: Directory of the stores.
        log: What the daemon has said.
        codec: Compresses the small contents of `run`.
    """

    base: Path
    options: DaemonOptions
    log: list[str] = field(default_factory=list)
    is_far: bool = False
    codec: Codec = Codec.NONE

    def __post_init__(self) -> None:
        self.daemon = Daemon(self.options, self._note)
        self.threads: list[threading.Thread] = []
        self.transports: list[Transport] = []

    def close(self) -> None:
        """End every line that a test has left, and wait for the visits."""
        for transport in self.transports:
            transport.close()
        self.join()

    def _note(self, text: str, *, is_trouble: bool = False) -> None:
        self.log.append(text)

    def connect(self) -> Transport:
        """Start a visit; return the client's end."""
        mine, theirs = memory_pair()
        far = FarTransport(theirs) if self.is_far else theirs
        thread = threading.Thread(target=self.daemon.visit, args=(far,), daemon=True)
        thread.start()
        self.threads.append(thread)
        self.transports.append(mine)
        return mine

    def join(self) -> None:
        """Wait until every visit has ended."""
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a visit does not end"
        self.threads.clear()

    def place(self) -> Place:
        return self.options.place

    def reader(self, client: str = BOX) -> StoreReader:
        return open_reader(self.options.place, client)

    def rows(self, query: str, *values: object, client: str = BOX) -> list[tuple[Any, ...]]:
        """Ask the catalog of a store that no visit is writing."""
        self.join()
        with closing(sqlite3.connect(self.base / client / "tardis.db")) as db:
            return db.execute(query, values).fetchall()

    def execute(self, query: str, *values: object, client: str = BOX) -> None:
        """Change the catalog behind everybody's back."""
        self.join()
        with closing(sqlite3.connect(self.base / client / "tardis.db")) as db, db:
            db.execute(query, values)

    def count(self, table: str, where: str = "1") -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def open_rows(self) -> dict[bytes, tuple[Any, ...]]:
        """Return the open entry rows by name, which must be unique in the test's tree."""
        query = "SELECT name, first_set, child, content, mode FROM entries WHERE last_set > 1 << 62"
        return {row[0]: row[1:] for row in self.rows(query)}

    def unsettled(self) -> dict[bytes, str]:
        return dict(self.rows("SELECT name, why FROM unsettled"))

    def flat(self, number: int, root: bytes = b"top") -> dict[bytes, tuple[object, ...]]:
        """Return what a restore of set *number* shows below *root*."""
        self.join()
        with self.reader() as reader:
            found = [one for one in reader.roots(number) if one.path == root]
            return dict(restored(reader, found[0].directory, number, b"")) if found else {}

    def sets(self) -> list[tuple[int, int]]:
        """Return (number, is complete) of all sets."""
        return self.rows("SELECT number, is_complete FROM backup_sets ORDER BY number")

    def run(self, tree: Tree, **how: Any) -> "Backup":
        """Back *tree* up, and wait for the daemon's aftermath."""
        talker = Talker(self.connect(), self.codec)
        client = how.get("client", BOX)
        wish = {"is_creating": not has_store(self.place(), client)} | how.pop("wish", {})
        try:
            backup = Backup(talker, tree, wish=wish, **how)
            backup.run()
        finally:
            talker.close()
            self.join()
        return backup


def restored(
    reader: StoreReader, directory: int, number: int, above: bytes
) -> Iterator[tuple[bytes, tuple[object, ...]]]:
    for one in reader.children(directory, number):
        path = above + b"/" + one.name if above else one.name
        if one.is_directory:
            yield path, ("directory", one.mode)
            if one.child is not None:
                yield from restored(reader, one.child, number, path)
        elif one.is_link:
            yield path, ("link", one.target)
        else:
            yield path, ("file", one.mode, one.mtime, one.ctime, content_of(reader, one.content))


def content_of(reader: StoreReader, number: int | None) -> bytes | None:
    if number is None:
        return None
    content = reader.open(reader.contents([number])[number])
    with closing(content):
        return b"".join(content.chunks())


def make_kit(base: Path, **options: Any) -> Kit:
    formats = ("Monthly-%Y-%m", "Weekly-%Y-%V", "Daily-%Y-%m-%d")
    values: dict[str, Any] = {
        "place": Place(str(base)),
        "program": "tardisd test",
        "formats": formats,
        "priorities": (40, 20, 10),
        "allow_new_hosts": True,
        "db_backups": 2,
        "timeout": PATIENCE,
        "rights": tuple(Right),
    }
    return Kit(base, DaemonOptions(**(values | options)))


class Talker:
    """The client's end of one visit."""

    def __init__(self, transport: Transport, codec: Codec = Codec.NONE) -> None:
        self.transport = transport
        self.codec = codec
        self.line = Line(transport, Session(CLIENT), timeout=PATIENCE)
        self.opened: SetOpened | None = None
        self.requests = 0

    def __enter__(self) -> "Talker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.line.close()

    def say(self, message: Message) -> None:
        self.line.say(message)

    def hear(self) -> Message:
        message = self.line.hear(PATIENCE)
        assert message is not None, "the daemon says nothing"
        return message

    def expect(self, kind: type[Kind]) -> Kind:
        message = self.hear()
        assert isinstance(message, kind), message
        return message

    def trouble(self) -> TardisError:
        """Hear on until the daemon tells its trouble."""
        try:
            while True:
                self.hear()
        except TardisError as error:
            return error

    def greet(
        self,
        client: str = BOX,
        version: int = PROTOCOL,
        program: str = "test",
        *,
        is_creating: bool = True,
        slot: str = "",
    ) -> None:
        self.say(Hello(version, program, client, "none", is_creating, slot))

    def open(self, client: str = BOX, **wish: Any) -> SetOpened:
        self.greet(client)
        self.expect(Welcome)
        return self.open_set(**wish)

    def open_set(self, **wish: Any) -> SetOpened:
        self.say(replace(WISH, **wish))
        self.opened = self.expect(SetOpened)
        return self.opened

    @property
    def key(self) -> bytes:
        assert self.opened is not None
        return content_key(self.opened.scheme, self.opened.digest_key)

    def begin(self, tree: Tree, path: bytes = b"top") -> None:
        """Tell the file system, if it is new, and the root."""
        assert self.opened is not None
        if tree.filesystem not in {number for number, _, _ in self.opened.filesystems}:
            key = KEY + b"%d" % tree.filesystem
            self.say(AddFilesystems(((tree.filesystem, "ext4", key, True, True),)))
        self.say(AddRoot(path, identity(tree, tree.top), b"", ancestors(path)))

    def list(self, tree: Tree, path: bytes, **more: Any) -> int:
        """List one directory whole; return the request's number."""
        request = self.requests
        self.requests += 1
        told = {**listed(tree, tree[path]), **more}
        values = {"start": b"", "end": None, "fingerprint": b"", "racy": ()} | told
        self.say(Listing(request, identity(tree, tree[path]), **values))
        return request

    def small(self, data: bytes) -> tuple[bytes, int, int, bytes]:
        """Return digest, size, codec and bytes of a small content."""
        return digest(self.key, data), len(data), int(self.codec), compress(self.codec, data)

    def send(self, request: int, position: int, data: bytes, marks: int = 0) -> None:
        self.say(Contents(((request, position, marks, b"", *self.small(data)),)))

    def upload(self, request: int, position: int, data: bytes) -> None:
        self.say(UploadBegin(request, position, False))
        for part in segments(data):
            self.say(UploadPart(len(part), 0, part))
        self.say(UploadEnd(0, b"", digest(self.key, data), len(data)))


def segments(data: bytes) -> list[bytes]:
    return [data[start : start + SEGMENT] for start in range(0, len(data), SEGMENT)]


def identity(tree: Tree, node: Node) -> tuple[int, int, int]:
    return (tree.filesystem, node.inode, 0)


def ancestors(path: bytes) -> tuple[tuple[bytes, int, int, int, int, int, bytes], ...]:
    names = path.strip(b"/").split(b"/")
    return tuple((name, 0o40755, 0, 0, 1, 0, b"") for name in names)


def entry(tree: Tree, node: Node, name: bytes, links: int | None = None) -> bytes:
    """Pack one entry of a listing."""
    size = 0 if node.is_directory else len(node.target if node.is_link else node.data)
    nlink = 0 if node.is_directory else links or tree.names_of(node)
    times = (node.mtime, 7, node.ctime, 9)
    head = (node.mode, 1000, 1000, size, *times, tree.filesystem, node.inode, nlink, node.rdev, 0)
    return listing.ENTRY.pack(*head, len(name)) + name


def state_of(tree: Tree, node: Node) -> bytes:
    """Pack what an open file says of itself."""
    return entry(tree, node, b"")


def listed(tree: Tree, folder: Node) -> dict[str, Any]:
    """Return entries and link targets of a directory, as a listing has them."""
    names = sorted(folder.children)
    counts = Counter(id(node) for _, node in tree.walk())
    nodes = [folder.children[name] for name in names]
    entries = b"".join(
        entry(tree, node, name, counts[id(node)]) for name, node in zip(names, nodes, strict=True)
    )
    links = ((at, folder.children[name]) for at, name in enumerate(names))
    return {
        "entries": entries,
        "targets": tuple((at, node.target) for at, node in links if node.is_link),
    }


Hook = Callable[[str], None]


@dataclass
class Backup:
    """One run over a tree, and what came of it.

    Attributes:
        racy, changed: Paths whose contents carry that mark.
        unread: Path → outcome of reading it.
        wish: What differs from the usual wish.
        root: Stored path of the tree.
        stays: Say no goodbye at the end.
        hook: Called before each step; what it raises ends the run there.
        listed, digested, sent: Paths listed, asked for by digest, sent with their bytes.
    """

    talker: Talker
    tree: Tree
    client: str = BOX
    racy: frozenset[bytes] = frozenset()
    changed: frozenset[bytes] = frozenset()
    unread: dict[bytes, int] = field(default_factory=dict)
    wish: dict[str, Any] = field(default_factory=dict)
    root: bytes = b"top"
    hook: Hook = lambda step: None
    listed: list[bytes] = field(default_factory=list)
    digested: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    stays: bool = False
    gone: int = 0
    closed: SetClosed | None = None
    opened: SetOpened | None = None

    def run(self) -> "Backup":
        self._paths: dict[int, list[bytes]] = {}
        self._waiting = 0
        talker, tree = self.talker, self.tree
        self.opened = talker.open(self.client, **self.wish)
        self.hook("opened")
        talker.begin(tree, self.root)
        for path, looks in self._differing():
            self.hook("listing")
            self._list(path, looks)
        self._settle()
        self.hook("closing")
        self._close()
        return self

    def _looks(self, path: bytes) -> bytes:
        entries = listed(self.tree, self.tree[path])["entries"]
        parts = listing.fingerprint_parts(0, b"", None, entries)
        assert self.opened is not None
        return fingerprint(self.opened.digest_key, parts)

    def _differing(self) -> list[tuple[bytes, bytes]]:
        assert self.opened is not None
        told = [(path, self._looks(path), node) for path, node in self.tree.directories()]
        if self.opened.is_first:
            return [(path, looks) for path, looks, _ in told]
        items = tuple(
            (*identity(self.tree, node), b"", None, len(node.children), looks)
            for _, looks, node in told
        )
        self.talker.say(Fingerprints(0, items))
        wanted = self._hear_until(Differ).items
        return [told[position][:2] for position in wanted]

    def _list(self, path: bytes, looks: bytes) -> None:
        folder = self.tree[path]
        names = sorted(folder.children)
        below = [path + b"/" + name if path else name for name in names]
        racy = tuple(
            at
            for at, one in enumerate(below)
            if one in self.racy and folder.children[names[at]].is_link
        )
        request = self.talker.list(self.tree, path, fingerprint=looks, racy=racy)
        self.listed.append(path)
        self._paths[request] = below
        self._serve(self._hear_until(Verdicts))

    def _serve(self, verdicts: Verdicts) -> None:
        for position in (*verdicts.contents, *(one[0] for one in verdicts.deltas)):
            self._give(verdicts.request, position)
        for position in verdicts.digests:
            path = self._paths[verdicts.request][position]
            self.hook("digest")
            if self._is_unread(verdicts.request, position, path):
                continue
            self.digested.append(path)
            data = self.tree[path].data
            told = (verdicts.request, position, self._marks(path), b"")
            self.talker.say(Digests(((*told, digest(self.talker.key, data), len(data)),)))
            self._waiting += 1

    def _give(self, request: int, position: int) -> None:
        path = self._paths[request][position]
        self.hook("content")
        if self._is_unread(request, position, path):
            return
        self.sent.append(path)
        data = self.tree[path].data
        if len(data) <= SMALL:
            self.talker.send(request, position, data, self._marks(path))
        else:
            self.talker.upload(request, position, data)

    def _is_unread(self, request: int, position: int, path: bytes) -> bool:
        outcome = self.unread.get(path)
        if outcome is None:
            return False
        self.talker.say(Unread(((request, position, outcome, "no"),)))
        self.gone += outcome in (0, 1)
        return True

    def _marks(self, path: bytes) -> int:
        return RACY * (path in self.racy) | CHANGED * (path in self.changed)

    def _hear_until(self, kind: type[Kind]) -> Kind:
        while True:
            message = self.talker.hear()
            if isinstance(message, kind):
                return message
            assert isinstance(message, DigestVerdicts), message
            self._judged(message)

    def _judged(self, message: DigestVerdicts) -> None:
        for request, position, is_wanted in message.items:
            if is_wanted:
                self._give(request, position)
        for request, position, _, _ in message.deltas:
            self._give(request, position)

    def _settle(self) -> None:
        """Ask for echoes until the daemon has nothing more to say."""
        before = -1
        while before != len(self.sent) + self.gone:
            before = len(self.sent) + self.gone
            self.talker.say(Fingerprints(1, ()))
            self._hear_until(Differ)

    def _close(self) -> None:
        directories = self.tree.directories()
        entries = sum(len(node.children) for _, node in directories) - self.gone
        size = sum(len(node.data) for _, node in self.tree.walk())
        self.talker.say(CloseSet(len(directories), entries, size, 0))
        self.closed = self.talker.expect(SetClosed)
        if not self.stays:
            self.talker.say(Goodbye())


__all__ = ["BOX", "FILESYSTEM", "Backup", "Kit", "Talker", "make_kit"]
