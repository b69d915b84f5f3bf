"""Trouble and its end, as mail, as JSON and as variables of a command."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .names import escape_controls

NOTICE_VERSION: Final = 1
"""Moves when the meaning of a field changes."""

FAILURE: Final = "failure"
INCOMPLETE: Final = "problems"
STALE: Final = "stale"
SPACE: Final = "space"
ALARM: Final = "alarm"

_BEGUN: Final = {
    FAILURE: "the backup failed",
    INCOMPLETE: "the backup has problems",
    STALE: "the backup is old",
    SPACE: "the disk is full",
    ALARM: "looks like mass encryption",
}
_OVER: Final = {
    FAILURE: "the backup works again",
    INCOMPLETE: "the backup has no problems any more",
    STALE: "the backup is fresh again",
    SPACE: "the disk has room again",
    ALARM: "the alarm is over",
}
EVENTS: Final = tuple(_BEGUN)
"""What is told: kinds of trouble."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that somebody should hear.

    Attributes:
        event: One of `EVENTS`.
        is_over: The trouble has ended.
        host: The machine that tells.
        client: Whose backup it is about, empty for that of none.
        job: Name of the job, or empty.
        text: What is, or was, wrong.
        since: When it began, seconds since 1970.
    """

    event: str
    is_over: bool
    host: str
    client: str
    job: str
    text: str
    since: int


def notice_subject(notice: Notice) -> str:
    """Return the one line that says it."""
    words = (_OVER if notice.is_over else _BEGUN)[notice.event]
    job = f" ({notice.job})" if notice.job else ""
    return escape_controls(f"[tardis] {notice.client or notice.host}{job}: {words}")


NOTICE_FIELDS: Final[Mapping[str, tuple[str, Callable[[Notice], Any]]]] = {
    "event": ("`failure`, `problems`, `stale`, `space` or `alarm`", lambda one: one.event),
    "over": ("whether the trouble has ended", lambda one: one.is_over),
    "host": ("the machine that tells", lambda one: one.host),
    "client": ("whose backup it is about; empty for the whole server", lambda one: one.client),
    "job": ("name of the job, or empty", lambda one: one.job),
    "subject": ("one line for people", notice_subject),
    "text": ("what is, or was, wrong", lambda one: one.text),
    "since": ("when it began, seconds since 1970", lambda one: one.since),
}
"""Fields of a notice as JSON: name → (meaning, where it comes from)."""


def notice_text(notice: Notice) -> str:
    """Return what a mail says, or a command reads."""
    before = "This was wrong, and is over:\n\n" if notice.is_over else ""
    lines = "\n".join(escape_controls(line) for line in notice.text.splitlines())
    return f"{before}{lines}\n\ntold by tardis on {escape_controls(notice.host)}\n"


def notice_json(notice: Notice) -> str:
    """Return a notice as a JSON object."""
    fields = {name: read(notice) for name, (_, read) in NOTICE_FIELDS.items()}
    return json.dumps({"version": NOTICE_VERSION, **fields})


def notice_variables(notice: Notice) -> dict[str, str]:
    """Return a notice as a command sees it: ``TARDIS_NOTICE_`` and the field's name."""
    found = {}
    for name, (_, read) in NOTICE_FIELDS.items():
        value = read(notice)
        text = str(int(value)) if isinstance(value, bool) else str(value)
        found[f"TARDIS_NOTICE_{name.upper()}"] = text.replace("\0", "")
    return found
