"""What clients and backup sets may be called, and what a set is called by itself."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from tardis.model import CURRENT, UsageError

CLIENT_MAX: Final = 255
SET_MAX: Final = 200


def check_client_name(name: str) -> None:
    """Make sure that *name* can be a client's, and so a directory's.

    Raises:
        UsageError: It cannot; says why.
    """
    why = _why_not(name, CLIENT_MAX)
    if not why and name.startswith("."):
        why = "it starts with a dot"
    if why:
        raise UsageError(f"{name[:40]!r} cannot be the name of a client: {why}")


def check_set_name(name: str) -> None:
    """Make sure that *name* can be a backup set's.

    Raises:
        UsageError: It cannot; says why.
    """
    why = _why_not(name, SET_MAX)
    if not why and name.casefold() == CURRENT.casefold():
        why = "it always stands for the newest complete set"
    elif not why and name.isdecimal():
        why = "a number alone stands for the set with that number"
    elif not why and name.startswith("."):
        why = "it starts with a dot"
    if why:
        raise UsageError(f"{name[:40]!r} cannot be the name of a backup set: {why}")


def provisional_name(now: datetime, taken: Collection[str]) -> str:
    """Return a free name for a set that begins at *now*, local time."""
    plain = now.strftime("Backup_%Y-%m-%d_%H:%M:%S")
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name


def final_name(  # noqa: PLR0913 - the whole of what the choice depends on
    formats: Sequence[str],
    priorities: Sequence[int],
    now: datetime,
    taken: Mapping[str, int],
    lineage: int,
    label: str,
) -> tuple[str, str, int] | None:
    """Return (name, format, priority) by the first format whose name this lineage lacks.

    Args:
        formats: For `strftime`, the most lasting first.
        priorities: One for each format; a missing one is 0.
        now: Local time of the server.
        taken: Name → lineage of the other sets.
        lineage: Of the set to name.
        label: Told apart by this where another lineage has the name already.
    """
    for position, form in enumerate(formats):
        priority = priorities[position] if position < len(priorities) else 0
        plain = now.strftime(form)
        names = (plain, f"{plain}-{label or lineage}")
        if any(taken.get(name) == lineage for name in names):
            continue
        free = next((name for name in names if name not in taken), None)
        if free is not None:
            return free, form, priority
    return None


def _why_not(name: str, limit: int) -> str:
    """Return what is wrong with *name*, empty when nothing is."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "it is no valid text"
    if not name:
        return "it is empty"
    if size > limit:
        return f"it is longer than {limit} bytes"
    if "/" in name:
        return "it holds a slash"
    return "" if name.isprintable() else "it holds a character that cannot be shown"
