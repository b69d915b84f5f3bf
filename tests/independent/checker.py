"""Compare two trees byte by byte, sharing no code with the product: only Python's library.

    python tests/independent/checker.py [--ignore WHAT]... [--skip PATH]... [--xattrs] LEFT RIGHT

Prints one line for each difference; status 0 when there is none, 1 when there are some.
Both trees are walked by directory descriptors that go down and come up again (`..`), so
neither depth nor length of a path has a limit.  Nothing is followed, nothing is written.
Holes are never read: zeros are zeros, whether they are stored or not; where they are stored
on one side only, that is a difference of its own.
WHAT is one of: kind mode uid gid size mtime target rdev content holes links xattrs missing extra.
"""

import argparse
import errno
import hashlib
import os
import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

ASPECTS: Final = (
    "kind",
    "mode",
    "uid",
    "gid",
    "size",
    "mtime",
    "target",
    "rdev",
    "content",
    "holes",
    "links",
    "xattrs",
    "missing",
    "extra",
)
CHUNK: Final = 64 << 10
ZEROS: Final = bytes(CHUNK)
SLACK: Final = 128 << 10
"""Bytes by which the space that two equal files take may differ."""

_INSIDE: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


class Seen(NamedTuple):
    """What the walk found under one path."""

    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    target: bytes
    rdev: tuple[int, int]
    content: str
    allocated: int
    xattrs: tuple[tuple[str, bytes], ...]
    inode: tuple[int, int]
    nlink: int


class Difference(NamedTuple):
    """One aspect of one path that is not the same on both sides."""

    path: bytes
    aspect: str
    left: object
    right: object

    def __str__(self) -> str:
        name = os.fsdecode(self.path or b".").encode("unicode_escape", "surrogateescape").decode()
        return f"{name}: {self.aspect}: {self.left!r} != {self.right!r}"


def digest_of(name: bytes, directory: int | None) -> str:
    """Return SHA-256 of what is not zero in a regular file; its words when it cannot be read.

    It covers place and bytes of each chunk that is not all zeros, so holes need not be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        file = os.open(name, flags, dir_fd=directory)
    except OSError as error:
        return f"unreadable: {error.strerror}"
    try:
        sha, place = hashlib.sha256(), 0
        end = os.lseek(file, 0, os.SEEK_END)
        while (place := _next_data(file, place, end)) < end:
            chunk = os.pread(file, min(CHUNK, end - place), place)
            if not chunk:
                return "unreadable: it shrank"
            if chunk != ZEROS[: len(chunk)]:
                sha.update(b"%d:%d:" % (place, len(chunk)) + chunk)
            place += len(chunk)
        return sha.hexdigest()
    finally:
        os.close(file)


def _next_data(file: int, place: int, end: int) -> int:
    """Return where the first chunk begins, at or behind *place*, that is no hole, or *end*."""
    try:
        found = os.lseek(file, place, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return end
        raise
    return max(place, found // CHUNK * CHUNK)


def _attributes(name: bytes, directory: int | None) -> tuple[tuple[str, bytes], ...]:
    """Return all extended attributes, ACLs among them, as the kernel tells their bytes."""
    path = name if directory is None else b"/proc/self/fd/%d/%s" % (directory, name)
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return tuple((key, os.getxattr(path, key, follow_symlinks=False)) for key in sorted(names))
    except OSError as error:
        return (("unreadable", (error.strerror or "").encode()),)


def look(name: bytes, directory: int | None, with_xattrs: bool) -> Seen:
    """Look at one name, in *directory* when it is not None."""
    found = os.lstat(name, dir_fd=directory)
    kind = stat.S_IFMT(found.st_mode)
    is_device = kind in (stat.S_IFCHR, stat.S_IFBLK)
    return Seen(
        kind=_KINDS.get(kind, "unknown"),
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        size=0 if kind == stat.S_IFDIR else found.st_size,
        mtime_ns=found.st_mtime_ns,
        target=os.readlink(name, dir_fd=directory) if kind == stat.S_IFLNK else b"",
        rdev=(os.major(found.st_rdev), os.minor(found.st_rdev)) if is_device else (0, 0),
        content=digest_of(name, directory) if kind == stat.S_IFREG else "",
        allocated=found.st_blocks * 512 if kind == stat.S_IFREG else 0,
        xattrs=_attributes(name, directory) if with_xattrs else (),
        inode=(found.st_dev, found.st_ino),
        nlink=found.st_nlink,
    )


def walk(tree: bytes, with_xattrs: bool = False) -> Iterator[tuple[bytes, Seen]]:
    """Yield (path below *tree*, what is there), the tree itself first as an empty path."""
    top = look(tree, None, with_xattrs)
    yield b"", top
    if top.kind != "directory":
        return
    here = os.open(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    path, trail = b"", [(b"", top.inode, _names(here))]
    try:
        while True:
            if not trail[-1][2]:
                name, _, _ = trail.pop()
                if not trail:
                    return
                here = _change(here, b"..", trail[-1][1])
                path = path[: max(0, len(path) - len(name) - 1)]
                continue
            name = trail[-1][2].pop()
            seen = look(name, here, with_xattrs)
            below = path + b"/" + name if path else name
            yield below, seen
            if seen.kind == "directory":
                here = _change(here, name, seen.inode)
                trail.append((name, seen.inode, _names(here)))
                path = below
    finally:
        os.close(here)


def _names(directory: int) -> list[bytes]:
    return sorted((os.fsencode(name) for name in os.listdir(directory)), reverse=True)


def _change(here: int, name: bytes, inode: tuple[int, int]) -> int:
    there = os.open(name, _INSIDE, dir_fd=here)
    os.close(here)
    found = os.fstat(there)
    if (found.st_dev, found.st_ino) != inode:
        raise RuntimeError("a directory moved while it was compared")
    return there


def scan(tree: bytes, skip: Collection[bytes], with_xattrs: bool) -> dict[bytes, Seen]:
    """Return all of a tree by path, without what *skip* names and what is below that."""
    hidden = tuple(path + b"/" for path in skip)
    return {
        path: seen
        for path, seen in walk(tree, with_xattrs)
        if path not in skip and not (hidden and path.startswith(hidden))
    }


def groups(tree: dict[bytes, Seen]) -> dict[bytes, frozenset[bytes]]:
    """Return for each path that shares its inode the set of paths that share it."""
    by_inode: defaultdict[tuple[int, int], set[bytes]] = defaultdict(set)
    for path, seen in tree.items():
        if seen.nlink > 1 and seen.kind != "directory":
            by_inode[seen.inode].add(path)
    return {path: frozenset(group) for group in by_inode.values() for path in group}


_READ: Final[dict[str, Callable[[Seen], object]]] = {
    "kind": lambda seen: seen.kind,
    "mode": lambda seen: oct(seen.mode),
    "uid": lambda seen: seen.uid,
    "gid": lambda seen: seen.gid,
    "size": lambda seen: seen.size,
    "mtime": lambda seen: seen.mtime_ns,
    "target": lambda seen: seen.target,
    "rdev": lambda seen: seen.rdev,
    "content": lambda seen: seen.content,
    "xattrs": lambda seen: seen.xattrs,
}


def compare(
    left: str | bytes | os.PathLike[str],
    right: str | bytes | os.PathLike[str],
    *,
    ignore: Collection[str] = (),
    skip: Collection[bytes] = (),
    xattrs: bool = False,
) -> list[Difference]:
    """Return every difference between two trees.

    Args:
        left: The tree that is right by definition.
        right: The tree to judge.
        ignore: Aspects that do not count, of `ASPECTS`.
        skip: Paths below the trees, left out with all that is below them.
        xattrs: Compare extended attributes too.
    """
    if unknown := set(ignore) - set(ASPECTS):
        raise ValueError(f"no such aspect: {', '.join(sorted(unknown))}")
    old = scan(os.fsencode(left), skip, xattrs)
    new = scan(os.fsencode(right), skip, xattrs)
    found: list[Difference] = []
    for path, seen in old.items():
        other = new.get(path)
        if other is None:
            found.append(Difference(path, "missing", seen.kind, None))
            continue
        for aspect, read in _READ.items():
            if read(seen) != read(other):
                found.append(Difference(path, aspect, read(seen), read(other)))
        if abs(seen.allocated - other.allocated) > SLACK and seen.size == other.size:
            found.append(Difference(path, "holes", seen.allocated, other.allocated))
    found += [Difference(path, "extra", None, new[path].kind) for path in new if path not in old]
    found += _link_differences(old, new)
    return [difference for difference in found if difference.aspect not in ignore]


def _link_differences(old: dict[bytes, Seen], new: dict[bytes, Seen]) -> list[Difference]:
    """Return groups of hard links that differ, each once, by its first path."""
    before, after = groups(old), groups(new)
    alone: frozenset[bytes] = frozenset()
    found, told = [], set()
    for path in sorted({*before, *after} & old.keys() & new.keys()):
        mine = before.get(path, alone)
        theirs = after.get(path, alone)
        mine, theirs = (group if len(group) > 1 else alone for group in (mine, theirs))
        if mine != theirs and (mine, theirs) not in told:
            told.add((mine, theirs))
            found.append(Difference(path, "links", sorted(mine), sorted(theirs)))
    return found


def main(words: list[str]) -> int:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description="Compare two trees byte by byte.")
    parser.add_argument("--ignore", action="append", default=[], choices=ASPECTS, metavar="WHAT")
    parser.add_argument("--skip", action="append", default=[], metavar="PATH")
    parser.add_argument("--xattrs", action="store_true")
    parser.add_argument("left")
    parser.add_argument("right")
    asked = parser.parse_args(words)
    found = compare(
        asked.left,
        asked.right,
        ignore=asked.ignore,
        skip=[os.fsencode(path) for path in asked.skip],
        xattrs=asked.xattrs,
    )
    sys.stdout.writelines(f"{difference}\n" for difference in found)
    sys.stderr.write(f"{len(found)} differences\n" if found else "the same\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
