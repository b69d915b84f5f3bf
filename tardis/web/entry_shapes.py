"""How entries and versions are told; bytes that are no text stand beside it in base64."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

from tardis.history import Node
from tardis.model import Ancestor, Entry, StoredContent, Version
from tardis.render import bytes_fields, entry_fields
from tardis.store import StoreReader

from .api import Param

_MOST_PATH: Final = 1 << 16


def _path(text: bytes) -> bytes:
    if b"\0" in text or len(text) > _MOST_PATH:
        raise ValueError("is no path")
    return text


def _token(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is none that a page has told") from error


PATH: Final = Param(
    "path", _path, b"", "path as it is stored, any bytes escaped by percent signs", is_required=True
)
NEXT: Final = Param("after", _token, b"", "`next` of the page before")


def next_of(name: bytes) -> str:
    """Return *name* as `NEXT` reads it."""
    return base64.urlsafe_b64encode(name).decode("ascii").rstrip("=")


class EntryState(TypedDict):
    """One object of a file system. Directories above a root have `type` and `path` alone.

    Attributes:
        path: As stored.
        path_base64: Exactly, where it is no UTF-8.
        type: What it is: a file, directory, link, fifo, socket or device.
        mode: Permissions.
        uid: Number of the owner.
        gid: Number of the group.
        size: Plain bytes.
        mtime: Seconds since 1970.
        mtime_ns: Nanoseconds beyond these.
        ctime: As `mtime`, of the inode.
        ctime_ns: As `mtime_ns`, of the inode.
        inode: On its file system.
        links: How many names it had.
        rdev: Which device a device node stands for.
        target: Where a link points.
        target_base64: Exactly, where it is no UTF-8.
        checksum: Of the content: BLAKE3 with the key of the store, or MD5 in classic ones.
        stored: Bytes that the content takes in the store.
        chain: Deltas that it stands on.
        is_damaged: It cannot be read.
    """

    path: str
    path_base64: NotRequired[str]
    type: str
    mode: NotRequired[int]
    uid: NotRequired[int]
    gid: NotRequired[int]
    size: NotRequired[int]
    mtime: NotRequired[int]
    mtime_ns: NotRequired[int]
    ctime: NotRequired[int]
    ctime_ns: NotRequired[int]
    inode: NotRequired[int]
    links: NotRequired[int]
    rdev: NotRequired[int]
    target: NotRequired[str]
    target_base64: NotRequired[str]
    checksum: NotRequired[str]
    stored: NotRequired[int]
    chain: NotRequired[int]
    is_damaged: NotRequired[bool]


class VersionState(TypedDict):
    """A path from one set on.

    Attributes:
        set: Name of the set.
        number: Of the set.
        started_ns: When its run began, nanoseconds since 1970.
        change: Against the version before: new, changed, moved, kept or gone.
        entry: What it was; of a path that is gone, what it was last.
    """

    set: str
    number: int
    started_ns: int
    change: str
    entry: EntryState


def contents_of(
    reader: StoreReader, entries: Sequence[Entry | None]
) -> Mapping[int, StoredContent]:
    """Return how the contents of *entries* are stored, by id."""
    ids = {one.content for one in entries if one is not None and one.content is not None}
    return reader.contents(sorted(ids))


def node_state(node: Node, contents: Mapping[int, StoredContent]) -> EntryState:
    """Return what is told of one place of a tree."""
    if node.entry is not None:
        return entry_state(node.path, node.entry, contents)
    fields: dict[str, Any] = bytes_fields("path", node.path) | {"type": "directory"}
    return cast(EntryState, fields | _known(node.ancestor))


def entry_state(path: bytes, entry: Entry, contents: Mapping[int, StoredContent]) -> EntryState:
    """Return what is told of a row that lies at *path*."""
    return cast(EntryState, bytes_fields("path", path) | entry_fields(entry, contents))


def version_state(
    path: bytes, version: Version, contents: Mapping[int, StoredContent]
) -> VersionState:
    """Return what is told of a version of *path*."""
    backup = version.backup
    return {
        "set": backup.name,
        "number": backup.number,
        "started_ns": backup.started_ns,
        "change": version.change,
        "entry": entry_state(path, version.entry, contents),
    }


def _known(one: Ancestor | None) -> dict[str, int]:
    if one is None:
        return {}
    known = {"mode": one.mode & 0o7777, "uid": one.uid, "gid": one.gid}
    return known | {"mtime": one.mtime, "mtime_ns": one.mtime_ns}
