"""Contents that are open in the mount, for any number of threads.

Who opens a content that is open already gets the same, under whatever name and in whatever
set, so what had to be done for it is done once.  A content is known by its digest; where it
lies is looked up anew whenever it is opened, for packs are written anew.

Of locks there are that of one content, held while it is opened or read; that of a reader; and
that of the tables, held as long as a table takes.  Who holds one takes only those behind it.
"""

from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from threading import Lock
from typing import Final, NamedTuple

from tardis.model import CLASSIC, SMALL, Content, Reader, StoredContent, StoreError

from .spools import Spools

LINES: Final = 8
"""Readers at the most; behind a server each is a connection, and more files share one."""


class Readers(NamedTuple):
    """Who brings what is shown.

    Attributes:
        first: Tells of sets, names, and where contents lie.
        another: Opens one more, of the same store.
        is_far: The store is behind a server: nothing comes at once.
    """

    first: Reader
    another: Callable[[], Reader]
    is_far: bool = False


class Desk:
    """A reader that opens contents, and for how many it is needed."""

    __slots__ = ("reader", "turn", "users")

    def __init__(self) -> None:
        self.reader: Reader | None = None
        self.users = 0
        self.turn = Lock()


class Opened:
    """A content, and how many have it open.

    Attributes:
        content: None before it was opened, and once nobody needs it.
        desk: The reader that brings its bytes, for as long as it takes one.
    """

    __slots__ = ("content", "desk", "stored", "turn", "users")

    def __init__(self, stored: StoredContent) -> None:
        self.stored = stored
        self.content: Content | None = None
        self.desk: Desk | None = None
        self.users = 0
        self.turn = Lock()


class Contents:
    """Opens contents by *readers*; *room* are the bytes that `Spools` may take."""

    def __init__(self, readers: Readers, room: int) -> None:
        self._another, self._is_far = readers.another, readers.is_far
        self._is_classic = readers.first.repository().scheme == CLASSIC
        self._turn = Lock()
        self._desks: list[Desk] = []
        self._opened: dict[bytes, Opened] = {}
        self._handles: dict[int, Opened] = {}
        self._numbers = count(1)
        self._spools = Spools(room)

    def key_of(self, stored: StoredContent) -> bytes | None:
        """Return what all share who have a content open; None if it takes no time to bring it."""
        is_small = stored.pack is not None and stored.basis is None
        return None if is_small and not self._is_far else stored.digest

    def key(self, handle: int) -> bytes | None:
        """Return the same of what is open, and None of what is not."""
        found = self._handles.get(handle)
        return None if found is None else self.key_of(found.stored)

    def open(self, stored: StoredContent) -> int:
        """Return a handle for `read` and `close`.

        Raises:
            TardisError: It cannot be brought.
        """
        with self._turn:
            found = self._opened.setdefault(stored.digest, Opened(stored))
            found.users += 1
        try:
            with found.turn:
                if found.content is None:
                    self._bring(found)
        except BaseException:
            self._leave(found)
            raise
        handle = next(self._numbers)
        self._handles[handle] = found
        return handle

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """Return up to *size* bytes from *offset*, empty at the end.

        Raises:
            TardisError: They cannot be brought.
        """
        found = self._handles[handle]
        with found.turn, found.desk.turn if found.desk else nullcontext():
            if self._is_classic:
                self._put_aside(found)
            if found.content is None:
                raise StoreError("it is not open any more")
            return found.content.read_at(offset, size)

    def close(self, handle: int) -> None:
        """Release a handle; harmless when repeated."""
        found = self._handles.pop(handle, None)
        if found is not None:
            self._leave(found)

    def end(self) -> None:
        """Release all but what is being read just now, which goes with the process."""
        self._spools.end()
        for found in list(self._opened.values()):
            if found.turn.acquire(blocking=False):
                self._let_go(found)
                found.turn.release()
        for desk in self._desks:
            if desk.reader is not None and desk.turn.acquire(blocking=False):
                desk.reader.close()

    def _bring(self, found: Opened) -> None:
        """Open a content; the caller has its turn."""
        found.content = self._spools.take(found.stored.digest)
        if found.content is not None:
            return
        found.desk = desk = self._borrow()
        try:
            with desk.turn:
                if desk.reader is None:
                    desk.reader = self._another()
                found.content = desk.reader.open(found.stored)
        finally:
            if found.content is None or not self._is_far:
                self._give_back(found)

    def _put_aside(self, found: Opened) -> None:
        """Let bytes that come in order only be had in any; the caller has all turns."""
        stored, content = found.stored, found.content
        is_stream = bool(stored.codec) or stored.basis is not None
        if content is not None and is_stream and stored.size > SMALL:
            found.content = self._spools.put(stored.digest, content)

    def _borrow(self) -> Desk:
        """Return the reader that the fewest need, a new one while there are few."""
        with self._turn:
            desk = min(self._desks, key=_users, default=None)
            if desk is None or (desk.users and len(self._desks) < LINES):
                desk = Desk()
                self._desks.append(desk)
            desk.users += 1
            return desk

    def _give_back(self, found: Opened) -> None:
        desk, found.desk = found.desk, None
        if desk is not None:
            with self._turn:
                desk.users -= 1

    def _leave(self, found: Opened) -> None:
        """Have one less who needs a content."""
        with self._turn:
            found.users -= 1
            is_last = not found.users
            if is_last:
                del self._opened[found.stored.digest]
        if is_last:
            with found.turn:
                self._let_go(found)

    def _let_go(self, found: Opened) -> None:
        """Close a content; the caller has its turn."""
        content, found.content = found.content, None
        if content is not None:
            with found.desk.turn if found.desk else nullcontext():
                content.close()
        self._give_back(found)


def _users(desk: Desk) -> int:
    return desk.users
