"""The nouns every floor speaks: small frozen values, no behaviour that does I/O.

Names and paths are bytes everywhere; text is made of them only to show them.  Times
of files are two integers, seconds and nanoseconds, because dates beyond 2262 exist.
"""

import stat
from dataclasses import dataclass
from typing import Final, NamedTuple

OPEN: Final = (1 << 63) - 1
"""``last_set`` of a row that is still true."""

SMALL: Final = 128 << 10
"""Plain bytes up to which a content goes into a pack."""

BUNDLED: Final = 32 << 10
"""Plain bytes up to which a content may be kept as a part of a bundle."""

SEGMENT: Final = 1 << 20
"""Plain bytes of one segment of a large content."""

RESUMABLE: Final = 8
"""Whole segments from which on a large content that was cut off is kept to go on with."""

DIGEST_SIZE: Final = 32
"""Bytes of a content's digest in the modern format."""

MODERN: Final = "modern"
CLASSIC: Final = "classic"
SCHEMES: Final = (MODERN, CLASSIC)
"""Formats of a store; one store has one of them for good."""

CURRENT: Final = "Current"
"""Name that every tool gives the newest complete set, unless configured otherwise."""


ALARMED: Final = 1
"""``alarm`` of a set that looks like mass encryption: nothing is purged until it is seen."""

ACKNOWLEDGED: Final = 2
"""``alarm`` of a set whose alarm somebody has seen."""

CAPTURED_XATTRS: Final = 1
"""Bit of ``capture``: extended attributes were looked for."""

CAPTURED_ACLS: Final = 2
"""Bit of ``capture``: POSIX ACLs were looked for."""

CAPTURED_PRIVILEGED: Final = 4
"""Bit of ``capture``: attributes of all namespaces were seen, not only of some."""


CONTENT_BITS: Final = 64
"""Bits of an entry's content that are its id in the catalog; see `Entry`."""


def content_id(content: int) -> int:
    """Return the id in the catalog of what an entry calls its content."""
    return content & ((1 << CONTENT_BITS) - 1)


class Entry(NamedTuple):
    """One filesystem object from one set to another: a catalog row.

    Attributes:
        name: Name within its directory, never empty.
        mode: ``st_mode``, file kind included.
        size: Plain bytes; 0 for directories.
        nlink: 0 for directories.
        rdev: Which device a device node stands for; 0 for all other kinds.
        filesystem: Catalog id of the file system it was seen on.
        child: Directory id of a directory that was entered, else None.
        content: Content id of a regular file, None when it never could be read.  Of a row
            that was proved by its code the bits above `CONTENT_BITS` tell which digest it has.
        target: Where a symbolic link points, else None.
        first_set: First backup set it is true in.
        last_set: Last one, `OPEN` while it is still true.
        capture: What was looked for beyond the above: bits ``CAPTURED_...``.
        xattrs: Extended attributes, ACLs among them, as `streams.pack_attributes` packs
            them; None for none.
        mac: By which an encrypted modern backup proves what the client has made the row of,
            see `crypto.EntrySigner`; None in others, and once a reader has looked at it.
    """

    name: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    mtime_ns: int
    ctime: int
    ctime_ns: int
    filesystem: int
    inode: int
    nlink: int
    rdev: int
    child: int | None
    content: int | None
    target: bytes | None
    first_set: int
    last_set: int
    capture: int = 0
    xattrs: bytes | None = None
    mac: bytes | None = None

    @property
    def is_directory(self) -> bool:
        """Tell whether it is a directory, entered or not."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_regular(self) -> bool:
        """Tell whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        """Tell whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


class Kinds(NamedTuple):
    """What is in a directory of a set, told as briefly as a listing needs it.

    Attributes:
        folders: The rows of directories, entered or not.
        others: (name, mode, file system, inode, ...) of all else.
    """

    folders: list[Entry]
    others: list[tuple[bytes, int, int, int, int]]


class Listed(NamedTuple):
    """One object of a directory as the client saw it; fields as in `Entry`.

    Attributes:
        claim: Tells apart two places of one run that show one directory's inode.
        mac: As in `Entry`, once the client has told it.
    """

    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    mtime_ns: int
    ctime: int
    ctime_ns: int
    filesystem: int
    inode: int
    nlink: int
    rdev: int
    claim: int
    name: bytes
    capture: int = 0
    xattrs: bytes | None = None
    mac: bytes | None = None


class Ancestor(NamedTuple):
    """Metadata of a root or of a directory above it; these have no rows of their own."""

    name: bytes
    mode: int
    uid: int
    gid: int
    mtime: int
    mtime_ns: int
    xattrs: bytes = b""


@dataclass(frozen=True, slots=True)
class Root:
    """Where a set begins.

    Attributes:
        path: As stored, components joined by ``/``, with a leading ``/`` when paths
            are stored in full; ``b"/"`` itself is the root directory.
        name: Name within `directory` when the root is no directory, else None.
        directory: Directory id of the root, or of the directory that names it.
        ancestors: From the top of `path` down to the root itself, one per component.
    """

    path: bytes
    name: bytes | None
    directory: int
    ancestors: tuple[Ancestor, ...]


class BackupSet(NamedTuple):
    """One run's view of the tree; moments are nanoseconds since 1970 by the server's clock."""

    number: int
    name: str
    format: str | None
    lineage: int
    priority: int
    is_complete: bool
    is_full: bool
    is_locked: bool
    started_ns: int
    ended_ns: int | None
    client_time_ns: int
    session: str
    client_version: str
    server_version: str
    client_address: str
    command_line: bytes
    client_config: bytes
    directories: int
    entries: int
    size_bytes: int
    new_files: int
    delta_files: int
    new_bytes: int
    stored_bytes: int
    received_bytes: int
    problems: int
    groups: int
    changed_files: int = 0
    gone_files: int = 0
    sampled_files: int = 0
    dense_files: int = 0
    alarm: int = 0


class StoredContent(NamedTuple):
    """Where and how the bytes of one content lie.

    Attributes:
        id: Row id in the catalog.
        digest: Of the plain, whole bytes; where it has holes, of its extents and their bytes.
        size: Plain bytes, holes included.
        stored: Bytes in the store, without the record's header.
        codec: Number of the compression, see `tardis.streams`.
        cipher: 0 for none.
        basis: Content id that a delta stands on, else None.
        chain: Deltas between this and a whole copy at the most, 0 for a whole one.
        pack: Number of its pack, None for a file of its own.
        place: Offset in the pack, or the n of ``ab/<digest>-n`` (0: no suffix).
        is_damaged: It is known not to be readable.
        has_holes: It was a file with holes; the modern scheme stores it without them.
    """

    id: int
    digest: bytes
    size: int
    stored: int
    codec: int
    cipher: int
    basis: int | None
    chain: int
    pack: int | None
    place: int
    is_damaged: int
    has_holes: int = 0

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a bundle; deltas of versions are of larger contents."""
        return self.basis is not None and self.size <= BUNDLED


@dataclass(frozen=True, slots=True)
class Repository:
    """What identifies a store and how it names contents.

    Attributes:
        id: Random, 16 bytes, made with the store.
        scheme: One of `SCHEMES`.
        digest_key: Key of the BLAKE3 digests, 32 bytes; empty where contents are sealed and
            their keys are not at hand.
        is_sealed: Contents and names are encrypted; the server never has their keys.
    """

    id: bytes
    scheme: str
    digest_key: bytes
    is_sealed: bool = False

    @property
    def has_macs(self) -> bool:
        """Tell whether each row of its catalog proves itself by a code."""
        return self.is_sealed and self.scheme == MODERN
