"""What `stat` tells of the objects in the mount."""

import stat
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Final, NamedTuple

from tardis.history import Node, mode_without_acl
from tardis.model import Ancestor, Entry

FOLDER: Final = stat.S_IFDIR | 0o555
LINK: Final = stat.S_IFLNK | 0o777

_NS: Final = 10**9
_BLOCK: Final = 512
_POSITIVE: Final = (1 << 63) - 1
"""What is left of a hash; that of a tuple of numbers is the same in every process."""


class Attributes(NamedTuple):
    """What `stat` tells; times in nanoseconds since 1970."""

    mode: int
    inode: int
    nlink: int
    uid: int
    gid: int
    size: int
    rdev: int
    mtime_ns: int
    ctime_ns: int


class Folder(NamedTuple):
    """What is in one directory of the mount.

    Attributes:
        names: Of all that is in it.
        briefs: The mode, of which the kind counts, and the inode number of each.
        attributes: Returns what `stat` tells of the name at an index of *names*.
    """

    names: list[bytes]
    briefs: list[tuple[int, int]]
    attributes: Callable[[int], Attributes]


def folder_attributes(
    inode: int, moment_ns: int, mode: int = FOLDER, uid: int = 0, gid: int = 0
) -> Attributes:
    """Return those of a directory that is in no set, or above all that is in one."""
    return Attributes(mode, inode, 2, uid, gid, 0, 0, moment_ns, moment_ns)


def link_attributes(inode: int, target: bytes, moment_ns: int) -> Attributes:
    """Return those of a symbolic link that is in no set."""
    return Attributes(LINK, inode, 1, 0, 0, len(target), 0, moment_ns, moment_ns)


def entry_attributes(inode: int, entry: Entry, *, has_acls: bool) -> Attributes:
    """Return those of an entry.

    Args:
        has_acls: The kernel evaluates ACLs; else the mode has to stand for one.
    """
    mode = entry.mode
    if entry.xattrs and not has_acls:
        mode = mode_without_acl(mode, entry.xattrs)
    return Attributes(
        mode,
        inode,
        max(entry.nlink, 1),
        entry.uid,
        entry.gid,
        len(entry.target) if entry.target is not None else entry.size,
        entry.rdev,
        entry.mtime * _NS + entry.mtime_ns,
        entry.ctime * _NS + entry.ctime_ns,
    )


def ancestor_attributes(inode: int, known: Ancestor, *, has_acls: bool) -> Attributes:
    """Return those of a directory above the roots; see `entry_attributes`."""
    mode = known.mode
    if known.xattrs and not has_acls:
        mode = mode_without_acl(mode, known.xattrs)
    moment = known.mtime * _NS + known.mtime_ns
    return folder_attributes(inode, moment, mode, known.uid, known.gid)


def blocks(size: int) -> int:
    """Return the blocks of 512 bytes that *size* bytes take."""
    return -(-size // _BLOCK)


def set_inode(number: int) -> int:
    """Return the inode number of the directory of set *number*."""
    return hashed(b"set %d" % number)


def link_inode(name: bytes) -> int:
    """Return the inode number of the link *name* beside the sets."""
    return hashed(b"link " + name)


def node_inode(number: int, node: Node) -> int:
    """Return a number that the names of one file in one set share, and nothing else has."""
    entry = node.entry
    if node.directory is not None:
        return hash((number, node.directory)) & _POSITIVE
    if entry is None or entry.is_directory:
        return hashed(b"%d path %s" % (number, node.path))
    return hash((number, entry.filesystem, entry.inode)) & _POSITIVE


def entry_inode(number: int, entry: Entry, above: bytes) -> int:
    """Return the same as `node_inode` of an entry that has no roots below it.

    *above* is the path it is in, with a slash.
    """
    if entry.child is not None:
        return hash((number, entry.child)) & _POSITIVE
    if entry.is_directory:
        return hashed(b"%d path %s%s" % (number, above, entry.name))
    return hash((number, entry.filesystem, entry.inode)) & _POSITIVE


def briefs_of(number: int, things: Iterable[Entry | Node], above: bytes) -> list[tuple[int, int]]:
    """Return mode and inode number of what is in the directory *above* of set *number*."""
    return [
        (one.mode, hash((number, one.filesystem, one.inode)) & _POSITIVE)
        if one.__class__ is Entry and one.content is not None  # of most, without a further call
        else _brief(number, one, above)
        for one in things
    ]


def other_briefs(
    number: int, others: Iterable[tuple[bytes, int, int, int, int]]
) -> list[tuple[int, int]]:
    """Return the same of what `model.Kinds` tells that is no directory."""
    return [
        (mode, hash((number, filesystem, inode)) & _POSITIVE)
        for _, mode, filesystem, inode, _ in others
    ]


def _brief(number: int, one: Entry | Node, above: bytes) -> tuple[int, int]:
    if isinstance(one, Entry):
        return one.mode, entry_inode(number, one, above)
    return one.entry.mode if one.entry else FOLDER, node_inode(number, one)


def hashed(text: bytes) -> int:
    """Return the inode number that *text* stands for."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") & _POSITIVE or 1
