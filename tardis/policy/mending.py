"""What must be done to a live tree so that it is what a backup set says; nothing is done here."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple


class Doing:
    """What is done with an object: all but `KEEP` are shown, and `LEAVE` only is."""

    KEEP: Final = "keep"
    MAKE: Final = "make"
    REPLACE: Final = "replace"
    CHANGE: Final = "change"
    REMOVE: Final = "remove"
    LEAVE: Final = "leave"


_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "FIFO",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "device",
    stat.S_IFCHR: "device",
}


class Step(NamedTuple):
    """What is to be done with one object, and why."""

    doing: str
    reason: str


class Shape(NamedTuple):
    """What of an object is compared, stored or live.

    Attributes:
        mode: ``st_mode``, kind included.
        owner: User and group on this machine.
        mtime_ns: Nanoseconds since 1970.
        target: Where a symbolic link points, else empty.
        attributes: Extended attributes, packed; of a live object those that are stored
            when it has them all, else none.
    """

    mode: int
    owner: tuple[int, int]
    size: int
    mtime_ns: int
    rdev: int
    target: bytes
    attributes: bytes = b""


@dataclass(frozen=True, slots=True)
class Mending:
    """How a live tree is mended.

    Attributes:
        overwrite: As for `may_replace`.
        times: Times are restored too.
        perms: Owners and modes are restored too.
        is_root: Owners and set-id bits can be restored.
        since_ns: When the set was made, by the clock of the machine it is of.
    """

    overwrite: str = "always"
    times: bool = True
    perms: bool = True
    is_root: bool = True
    since_ns: int = 0


class Extra(NamedTuple):
    """A live object that the set does not hold.

    Attributes:
        ctime_ns: When it was changed last.
        is_directory: Its own contents are judged one by one.
        is_mount: Another file system begins there.
        why_kept: Why the set would not hold it in any case, or empty.
    """

    ctime_ns: int
    is_directory: bool
    is_mount: bool
    why_kept: str


def mend(
    stored: Shape, live: Shape | None, how: Mending, has_same_bytes: Callable[[], bool]
) -> Step:
    """Return what makes *live* what is *stored*.

    Args:
        stored: As the set holds it.
        live: As it is now, None when it is gone.
        how: What counts.
        has_same_bytes: Compares the contents; asked only when nothing else tells.
    """
    if live is None:
        return Step(Doing.MAKE, "it is missing")
    step = _difference(stored, live, how, has_same_bytes)
    if step.doing != Doing.KEEP and not may_replace(how.overwrite, live.mtime_ns, stored.mtime_ns):
        return Step(Doing.LEAVE, f"--overwrite {how.overwrite} keeps it: {step.reason}")
    return step


def remove(extra: Extra, how: Mending) -> Step:
    """Return whether a live object that the set does not hold goes.

    What did not change since the set was made was there then, so it was left out of the
    set; that is no reason to remove it.
    """
    if extra.why_kept:
        return Step(Doing.LEAVE, f"not in the set: {extra.why_kept}")
    if extra.is_mount:
        return Step(Doing.LEAVE, "not in the set: another file system is mounted there")
    if extra.ctime_ns < how.since_ns:
        return Step(Doing.LEAVE, "not in the set: it was there already and was left out of it")
    return Step(Doing.REMOVE, "it is not in the set")


def may_replace(overwrite: str, existing_ns: int, stored_ns: int) -> bool:
    """Return whether what exists gives way to what is stored, by their times."""
    match overwrite:
        case "always":
            return True
        case "newer":
            return existing_ns < stored_ns
        case "older":
            return existing_ns > stored_ns
    return False


def _difference(
    stored: Shape, live: Shape, how: Mending, has_same_bytes: Callable[[], bool]
) -> Step:
    kind = stat.S_IFMT(live.mode)
    if stat.S_IFMT(stored.mode) != kind:
        return Step(Doing.REPLACE, f"a {_KINDS.get(kind, 'thing')} is in its place")
    if kind == stat.S_IFREG and stored.size != live.size:
        return Step(Doing.REPLACE, f"it has {live.size} bytes instead of {stored.size}")
    if kind == stat.S_IFREG and not has_same_bytes():
        return Step(Doing.REPLACE, "its content is another")
    if stored.target != live.target:
        return Step(Doing.REPLACE, "it points elsewhere")
    if kind in (stat.S_IFCHR, stat.S_IFBLK) and stored.rdev != live.rdev:
        return Step(Doing.REPLACE, "it is another device")
    return _attributes(stored, live, how)


def _attributes(stored: Shape, live: Shape, how: Mending) -> Step:
    reasons = []
    mode = stat.S_IMODE(stored.mode) & ~(0 if how.is_root else _SET_ID)
    is_link = stat.S_ISLNK(stored.mode)
    if how.perms and not is_link and mode != stat.S_IMODE(live.mode):
        reasons.append(f"mode {stat.S_IMODE(live.mode):04o} instead of {mode:04o}")
    if how.perms and how.is_root and stored.owner != live.owner:
        reasons.append("another owner")
    if stored.attributes != live.attributes:
        reasons.append("other extended attributes")
    if how.times and stored.mtime_ns != live.mtime_ns:
        reasons.append("another time")
    return Step(Doing.CHANGE, ", ".join(reasons)) if reasons else Step(Doing.KEEP, "")
