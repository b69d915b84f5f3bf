"""Answers what the kernel asks about a `View`: bytes in, bytes out, no device here."""

import errno
import os
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from tardis.model import StoredContent, StoreError

from . import wire
from .nodes import Nodes
from .packing import Appetite, attributes_out, entry_out, listing
from .shown import Attributes, Folder
from .view import View

KEPT_FOLDERS: Final = 64
"""Directories that are being listed, at the most, of which it is remembered what they held."""

_BLOCK_SIZE: Final = 4096
_WANTED: Final = (
    wire.ASYNC_READ | wire.AUTO_INVAL_DATA | wire.DO_READDIRPLUS | wire.READDIRPLUS_AUTO
    | wire.PARALLEL_DIROPS | wire.POSIX_ACL | wire.MAX_PAGES
)  # fmt: skip
"""What we ask of the kernel, where it can."""

Said = tuple[bytes, bytes]
"""What is to be written at once."""


class Later(NamedTuple):
    """An answer that takes its time.

    Attributes:
        key: What is to be done with it must be done in order.
        number: Of the request.
        pid: Thread that waits for it.
        answer: Returns it, in whatever thread.
        unheard: Takes it back when nobody waits any more.
    """

    key: bytes
    number: int
    pid: int
    answer: Callable[[], Said]
    unheard: Callable[[Said], None]


class Interrupt(NamedTuple):
    """A signal came to who waits for an answer.

    Attributes:
        target: Number of the request that waits.
        number: Of the request that tells so.
    """

    target: int
    number: int = 0


class _Slow(NamedTuple):
    """The same before it is known what is answered."""

    key: bytes
    work: Callable[[], bytes]
    unheard: Callable[[Said], None]


Body = memoryview
Method = Callable[[int, Body], bytes | _Slow | Interrupt | None]


class Answers:
    """The answers of one mount, for one thread.

    Args:
        view: What is shown.
        started: Called when the kernel has said its first word.
        seconds: How long the kernel may believe names, and attributes.
    """

    def __init__(self, view: View, started: Callable[[], None], seconds: tuple[int, int]) -> None:
        self._view = view
        self._started = started
        self._names_hold, self._attributes_hold = seconds
        self._nodes = Nodes()
        self._appetite = Appetite()
        self._folders: OrderedDict[int, tuple[Folder, bool]] = OrderedDict()
        self._opens_folders = True
        self._methods: dict[int, Method] = {
            wire.LOOKUP: self._lookup,
            wire.FORGET: self._forget,
            wire.BATCH_FORGET: self._forget_many,
            wire.GETATTR: self._getattr,
            wire.READLINK: self._readlink,
            wire.OPEN: self._open,
            wire.READ: self._read,
            wire.RELEASE: self._release,
            wire.STATFS: self._statfs,
            wire.GETXATTR: self._getxattr,
            wire.LISTXATTR: self._listxattr,
            wire.INIT: self._init,
            wire.OPENDIR: self._opendir,
            wire.READDIR: self._readdir,
            wire.READDIRPLUS: self._readdirplus,
            wire.RELEASEDIR: _nothing,
            wire.DESTROY: _nothing,
            wire.INTERRUPT: _interrupt,
        }

    def answer(self, request: memoryview) -> Said | Later | Interrupt | None:
        """Return what is to be said, takes its time, or is given up; None if nothing is to be said.

        Raises:
            StoreError: The kernel is one that nobody can talk to.
        """
        length, kind, number, node, _, _, pid, *_ = wire.HEADER.unpack_from(request)
        method = self._methods.get(kind, _unknown)
        try:
            body = method(node, request[wire.HEADER.size : length])
        except OSError as error:
            return _refusal(number, error)
        if body is None:
            return None
        if isinstance(body, _Slow):
            return Later(body.key, number, pid, partial(_done, number, body.work), body.unheard)
        if isinstance(body, Interrupt):
            return body._replace(number=number)
        return wire.REPLY.pack(wire.REPLY.size + len(body), 0, number), body

    def _init(self, _node: int, body: Body) -> bytes:
        major, minor, ahead, can = wire.INIT_IN.unpack_from(body)
        if (major, minor) < wire.OLDEST:
            raise StoreError(f"the kernel speaks FUSE {major}.{minor}, which is too old for us")
        self._view.has_acls = bool(can & wire.POSIX_ACL)
        self._opens_folders = not can & wire.NO_OPENDIR
        self._started()
        spoken, flags = min(wire.VERSION, (major, minor)), can & _WANTED
        limits = (0, 0, _BLOCK_SIZE, 1, wire.MOST_PAGES, 0, 0)
        return wire.INIT_OUT.pack(*spoken, ahead, flags, *limits)

    def _lookup(self, node: int, body: Body) -> bytes:
        name = _name(body)
        found = self._view.attributes(self._below(node) + name)
        if found.mode >> 12 != wire.FOLDER_KIND:
            self._appetite.looked_at()
        return self._entry(node, name, found)

    def _entry(self, node: int, name: bytes, found: Attributes) -> bytes:
        """Return the entry of *name* in *node*, which the kernel then knows."""
        stamp, lasts = self._view.stamp(name) if node == wire.ROOT else (None, True)
        number = self._nodes.tell(node, name, stamp)
        return entry_out(number, found, (self._names_hold if lasts else 0, self._attributes_hold))

    def _forget(self, node: int, body: Body) -> None:
        self._nodes.forget(node, *wire.FORGET_IN.unpack_from(body))

    def _forget_many(self, _node: int, body: Body) -> None:
        count, _ = wire.BATCH_IN.unpack_from(body)
        size = wire.FORGET_ONE.size
        for at in range(wire.BATCH_IN.size, wire.BATCH_IN.size + count * size, size):
            self._nodes.forget(*wire.FORGET_ONE.unpack_from(body, at))

    def _getattr(self, node: int, _body: Body) -> bytes:
        found = self._view.attributes(self._path(node))
        return attributes_out(found, 0 if node == wire.ROOT else self._attributes_hold)

    def _readlink(self, node: int, _body: Body) -> bytes:
        return self._view.link(self._path(node))

    def _open(self, node: int, body: Body) -> bytes | _Slow:
        (flags,) = wire.OPEN_IN.unpack_from(body)
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        path = self._path(node)
        stored = self._view.stored(path)
        key, work = self._view.contents.key_of(stored), partial(self._opened, path, stored)
        return _soon(key, work, self._close_unheard)

    def _close_unheard(self, said: Said) -> None:
        if said[1]:  # else it was not opened
            self._view.close(wire.OPEN_OUT.unpack(said[1])[0])

    def _opened(self, path: bytes, stored: StoredContent) -> bytes:
        return wire.OPEN_OUT.pack(self._view.open(path, stored), wire.KEEP_CACHE, 0)

    def _read(self, node: int, body: Body) -> bytes | _Slow:
        handle, offset, size, _ = wire.READ_IN.unpack_from(body)
        work = partial(self._view.read, self._path(node), handle, size, offset)
        return _soon(self._view.contents.key(handle), work)

    def _release(self, _node: int, body: Body) -> bytes | _Slow:
        (handle,) = wire.HANDLE.unpack_from(body)
        return _soon(self._view.contents.key(handle), partial(self._released, handle))

    def _released(self, handle: int) -> bytes:
        self._view.close(handle)
        return b""

    def _opendir(self, _node: int, _body: Body) -> bytes:
        if not self._opens_folders:  # then the kernel never asks again
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        return wire.OPEN_OUT.pack(0, wire.KEEP_CACHE | wire.CACHE_DIR, 0)

    def _readdir(self, node: int, body: Body) -> bytes:
        _, start, size, _ = wire.READ_IN.unpack_from(body)
        return listing(self._folder(node, start)[0], start, size, None, files=False)

    def _readdirplus(self, node: int, body: Body) -> bytes:
        _, start, size, _ = wire.READ_IN.unpack_from(body)
        folder, files = self._folder(node, start)

        def tell(at: int) -> bytes:
            return self._entry(node, folder.names[at], folder.attributes(at))

        return listing(folder, start, size, tell, files=files)

    def _folder(self, node: int, start: int) -> tuple[Folder, bool]:
        """Return what *node* held when it was begun to be listed, and whether files are told of."""
        known = self._folders.get(node) if start else None
        if known is None:
            files = self._appetite.wants_files()
            folder = self._view.folder(self._path(node), is_brief=not files)
            known = self._folders[node] = folder, files
            if not files:
                self._appetite.listed(len(folder.names))
            if len(self._folders) > KEPT_FOLDERS:
                self._folders.popitem(last=False)
        return known

    def _statfs(self, _node: int, _body: Body) -> bytes:
        return wire.STATFS_OUT.pack(0, 0, 0, 0, 0, _BLOCK_SIZE, wire.NAME_MAX, _BLOCK_SIZE, 0)

    def _getxattr(self, node: int, body: Body) -> bytes:
        room, _ = wire.XATTR_IN.unpack_from(body)
        name = os.fsdecode(_name(body[wire.XATTR_IN.size :]))
        found = self._view.extra(self._path(node)).get(name)
        if found is None:
            raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))
        return _sized(found, room)

    def _listxattr(self, node: int, body: Body) -> bytes:
        room, _ = wire.XATTR_IN.unpack_from(body)
        names = self._view.extra(self._path(node))
        return _sized(b"".join(os.fsencode(name) + b"\0" for name in names), room)

    def _below(self, node: int) -> bytes:
        return b"/" if node == wire.ROOT else self._path(node) + b"/"

    def _path(self, node: int) -> bytes:
        try:
            return self._nodes.path(node)
        except KeyError:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE)) from None


def _no_matter(_said: Said) -> None:
    """Take nothing back: nothing was changed."""


def _soon(
    key: bytes | None,
    work: Callable[[], bytes],
    unheard: Callable[[Said], None] = _no_matter,
) -> bytes | _Slow:
    """Return what *work* does, or *work* to be done in order with all else of *key*."""
    return work() if key is None else _Slow(key, work, unheard)


def _done(number: int, work: Callable[[], bytes]) -> Said:
    try:
        body = work()
    except OSError as error:
        return _refusal(number, error)
    return wire.REPLY.pack(wire.REPLY.size + len(body), 0, number), body


def _refusal(number: int, error: OSError) -> Said:
    return refusal(number, error.errno or errno.EIO)


def refusal(number: int, error: int) -> Said:
    """Return that there is no answer to a request but the number of an error."""
    return wire.REPLY.pack(wire.REPLY.size, -error, number), b""


def _name(body: Body) -> bytes:
    return bytes(body).partition(b"\0")[0]


def _sized(value: bytes, room: int) -> bytes:
    """Return *value*, or its size if that is what is asked for."""
    if not room:
        return wire.XATTR_SIZE.pack(len(value), 0)
    if len(value) > room:
        raise OSError(errno.ERANGE, os.strerror(errno.ERANGE))
    return value


def _nothing(_node: int, _body: Body) -> bytes:
    return b""


def _interrupt(_node: int, body: Body) -> Interrupt:
    return Interrupt(*wire.HANDLE.unpack_from(body))


def _unknown(_node: int, _body: Body) -> bytes:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
