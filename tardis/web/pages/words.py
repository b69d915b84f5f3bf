"""Figures and moments as the pages show them."""

import stat
from datetime import UTC, datetime, tzinfo
from typing import Final

from tardis.model import Entry
from tardis.render import human_time

_SECOND_NS: Final = 10**9
_KINDS: Final = {
    stat.S_IFDIR: "folder",
    stat.S_IFREG: "file",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def moment(seconds: int, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time as text; what no calendar has is told in seconds."""
    try:
        return f"{datetime.fromtimestamp(seconds, zone):{form}}"
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"


def moment_ns(stamp_ns: int, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return nanoseconds since 1970 as text."""
    return moment(stamp_ns // _SECOND_NS, zone, form)


def machine_time(stamp_ns: int) -> str:
    """Return nanoseconds since 1970 as the attribute ``datetime`` has it."""
    return moment(stamp_ns // _SECOND_NS, UTC, "%Y-%m-%dT%H:%M:%SZ")


def took(ns: int) -> str:
    """Return a duration."""
    return human_time(ns / _SECOND_NS)


def number(count: int) -> str:
    """Return a count with its thousands apart.

    >>> number(1234567)
    '1,234,567'
    """
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "file"), counted(2000, "file"), counted(0, "entry", "entries")
    ('1 file', '2,000 files', '0 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def kind_of(entry: Entry | None) -> str:
    """Return what kind of object a row is, in a word; what has no row is a folder."""
    if entry is None:
        return "folder"
    return _KINDS.get(stat.S_IFMT(entry.mode), "other")
