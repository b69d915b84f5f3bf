"""Backup sets as a table for people and as JSON for programs."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from tardis.model import CURRENT, BackupSet

from .columns import table
from .names import escape_name
from .sizes import human_size, human_time

_HEADINGS: Final = (
    "Name", "Id", "Comp", "Pri", "Full", "Start", "Runtime", "Files", "Delta", "Size", "",
)  # fmt: skip
_SIDES: Final = "lrlrllrrrrl"
_SECOND_NS: Final = 10**9
_INDENT: Final = "    "
_FORM: Final = "%d %b, %Y %I:%M:%S %p"

Clock: TypeAlias = Callable[[float], time.struct_time]
"""Seconds since 1970 → what a clock on the wall shows: `time.localtime` and the like."""


def set_lines(
    sets: Sequence[BackupSet], clock: Clock, *, is_long: bool = False, current: str = CURRENT
) -> Iterator[str]:
    """Yield the lines of a table of *sets*, in their order, with a heading.

    Args:
        sets: To be shown.
        clock: Which times are shown.
        is_long: Add the command line that made each set.
        current: Mark of the newest complete set.
    """
    newest = max((one.number for one in sets if one.is_complete), default=0)
    names = _shown([one.name for one in sets])
    rows = [
        _row(one, name, clock, current if one.number == newest else "")
        for one, name in zip(sets, names, strict=True)
    ]
    heading, *lines = table([_HEADINGS, *rows], _SIDES)
    yield heading
    for one, line in zip(sets, lines, strict=True):
        yield line
        if is_long and one.command_line:
            yield _INDENT + escape_name(one.command_line)


def set_json(sets: Sequence[BackupSet]) -> str:
    """Return *sets* as a JSON list of objects; bytes are text with odd ones escaped."""
    newest = max((one.number for one in sets if one.is_complete), default=0)
    shown = []
    for one in sets:
        fields = {
            name: value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
            for name, value in one._asdict().items()
        }
        shown.append(fields | {"is_current": one.number == newest})
    return json.dumps(shown, indent=2)


def _shown(names: list[str]) -> list[str]:
    """Return *names* as a person may see them, as they are where none is odd."""
    whole = "".join(names)
    if whole.isprintable() and "\\" not in whole:
        return names
    return list(map(escape_name, names))


def _row(one: BackupSet, name: str, clock: Clock, mark: str) -> tuple[str, ...]:
    took = "" if one.ended_ns is None else human_time((one.ended_ns - one.started_ns) / _SECOND_NS)
    return (
        name,
        str(one.number),
        "Comp" if one.is_complete else "Incomp",
        str(one.priority),
        "Full" if one.is_full else "Delta",
        time.strftime(_FORM, clock(one.started_ns // _SECOND_NS)),
        took,
        str(one.new_files),
        str(one.delta_files),
        human_size(one.received_bytes),
        mark,
    )
