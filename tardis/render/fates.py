"""What becomes of backup sets, and why: as a table, as JSON, and afterwards in one sentence."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final, Protocol

from .columns import table
from .names import escape_controls, escape_name
from .sizes import counted, human_size

_SECOND_NS: Final = 10**9


class Backup(Protocol):
    """What is shown of a set."""

    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def started_ns(self) -> int: ...


class PlannedFate(Protocol):
    """What is shown of a decision; see `policy.Fate`."""

    @property
    def backup(self) -> Backup: ...
    @property
    def goes(self) -> bool: ...
    @property
    def reason(self) -> str: ...


class Freed(Protocol):
    """What is shown of the outcome; see `store.Pruned`."""

    sets: int
    contents: int
    freed_bytes: int
    flattened: int
    moved: int
    damaged: int
    given_up: int


def fate_lines(fates: Sequence[PlannedFate], zone: tzinfo, *, shows_all: bool) -> Iterator[str]:
    """Yield a line for each set that goes, or for every one, with its reason.

    Args:
        fates: Of all sets.
        zone: Of the times.
        shows_all: Show what stays too.
    """
    shown = [fate for fate in fates if fate.goes or shows_all]
    rows = [
        (
            "remove" if fate.goes else "keep",
            escape_name(fate.backup.name),
            str(fate.backup.number),
            str(fate.backup.priority),
            f"{datetime.fromtimestamp(fate.backup.started_ns // _SECOND_NS, zone):%Y-%m-%d %H:%M}",
            escape_controls(fate.reason),
        )
        for fate in shown
    ]
    if rows:
        yield from table([("", "Name", "Id", "Pri", "Start", "Why"), *rows], "llrrll")


def fate_json(fates: Sequence[PlannedFate], freed: tuple[int, int]) -> str:
    """Return the decisions as JSON, with contents and stored bytes that they free."""
    sets = [
        {
            "number": fate.backup.number,
            "name": fate.backup.name,
            "goes": fate.goes,
            "reason": fate.reason,
        }
        for fate in fates
    ]
    return json.dumps({"sets": sets, "contents": freed[0], "stored_bytes": freed[1]}, indent=2)


def freed_line(done: Freed) -> str:
    """Return one sentence about what went."""
    text = f"{counted(done.sets, 'set')} and {counted(done.contents, 'content')} removed, "
    text += f"{human_size(done.freed_bytes)} freed"
    if done.flattened:
        text += f", {counted(done.flattened, 'content')} stored whole"
    if done.moved:
        text += f", {counted(done.moved, 'content')} moved together"
    if done.damaged:
        text += f", {counted(done.damaged, 'damaged pack')} left as found"
    if done.given_up:
        text += f", {counted(done.given_up, 'damaged record')} put into the quarantine"
    return text
