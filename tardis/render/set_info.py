"""All figures of a backup set, for people and as JSON."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any, Final

from tardis.model import BackupSet

from .names import escape_controls
from .sizes import human_size, human_time

_SECOND_NS: Final = 10**9
_WIDE: Final = 18
Purgeable = tuple[int, int, int]
"""Contents, plain and stored bytes that go with a set if it alone goes."""


def info_lines(one: BackupSet, purgeable: Purgeable, zone: tzinfo) -> Iterator[str]:
    """Yield a line for each figure of a set."""
    ended = one.ended_ns
    took = "" if ended is None else human_time((ended - one.started_ns) / _SECOND_NS)
    count, plain, stored = purgeable
    figures = {
        "Backupset": f"{one.name} ({one.number})",
        "Completed": "yes" if one.is_complete else "no",
        "StartTime": _moment(one.started_ns, zone),
        "EndTime": "" if ended is None else _moment(ended, zone),
        "Duration": took,
        "SW Versions": f"C: {one.client_version}  S: {one.server_version}",
        "Client IP": one.client_address,
        "Priority": str(one.priority),
        "Locked": "yes" if one.is_locked else "no",
        "Entries": str(one.entries),
        "Directories": str(one.directories),
        "Total Size": human_size(one.size_bytes),
        "New Files": f"{one.new_files} whole, {one.delta_files} as deltas",
        "New File Size": human_size(one.new_bytes),
        "New File Space": human_size(one.stored_bytes),
        "Changed Files": f"{one.changed_files}, and {one.gone_files} gone",
        "Dense Contents": f"{one.dense_files} of {one.sampled_files} looked at",
        "Problems": str(one.problems),
        "Purgeable Files": str(count),
        "Purgeable Size": human_size(plain),
        "Purgeable Space": human_size(stored),
    }
    for label, text in figures.items():
        yield f"{label:{_WIDE}}: {escape_controls(text)}".rstrip()


def info_fields(one: BackupSet, purgeable: Purgeable) -> dict[str, Any]:
    """Return the figures of a set for JSON; moments are nanoseconds since 1970."""
    names = (
        "number", "name", "is_complete", "is_locked", "is_full", "priority", "started_ns",
        "ended_ns", "client_version", "server_version", "client_address", "entries",
        "directories", "size_bytes", "new_files", "delta_files", "new_bytes", "stored_bytes",
        "changed_files", "gone_files", "sampled_files", "dense_files", "problems", "alarm",
    )  # fmt: skip
    keys = ("purgeable_files", "purgeable_bytes", "purgeable_stored")
    figures = dict(zip(keys, purgeable, strict=True))
    return {name: getattr(one, name) for name in names} | figures


def _moment(stamp_ns: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(stamp_ns // _SECOND_NS, zone):%Y-%m-%d %H:%M:%S}"
