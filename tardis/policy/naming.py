"""Names of clients and backup sets: which are allowed, and which a set gets.

Client names become directory names and set names become names in the mount, so both
are checked before anything is made of them.
"""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Final

from tardis.model import CURRENT, UsageError

CLIENT_NAME_BYTES: Final = 255
SET_NAME_CHARS: Final = 200
SET_NAME_BYTES: Final = 255
_PROVISIONAL: Final = "Backup_%Y-%m-%d_%H:%M:%S"
_LIKE_PROVISIONAL: Final = re.compile(r"Backup_\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d(-\d+)?")


def check_client_name(name: str) -> str:
    """Return *name*, which can be the name of a client.

    Raises:
        UsageError: It cannot: it is empty, longer than 255 bytes, starts with a dot, or
            holds a slash, a control character or what is no text.
    """
    shown = _shown(name)
    if not name:
        raise UsageError("the name of a client may not be empty")
    if name.startswith("."):
        raise UsageError(f"the client name {shown} starts with a dot")
    if "/" in name:
        raise UsageError(f"the client name {shown} holds a slash")
    if _is_odd(name):
        raise UsageError(f"the client name {shown} holds a control character or is not UTF-8")
    if len(name.encode()) > CLIENT_NAME_BYTES:
        raise UsageError(f"the client name {shown} is longer than {CLIENT_NAME_BYTES} bytes")
    return name


def ambiguous_set(word: str, named: int, tagged: int) -> UsageError:
    """Return what is said of a *word* that is the name of one set and a tag of another."""
    return UsageError(
        f"{_shown(word)} is the name of set {named} and a tag of set {tagged}",
        hint=f"Say the number, {named} or {tagged}, or take the tag away.",
    )


def check_set_name(name: str) -> str:
    """Return *name*, which can be the name of a backup set.

    Raises:
        UsageError: It cannot: it is empty, longer than 200 characters or 255 bytes,
            ``Current``, a number, a dot or two, begins or ends with a space, looks like a
            name that a set has while it is made, or holds a slash, a percent sign, a control
            character or what is no text.
    """
    shown = _shown(name)
    if not name.strip():
        raise UsageError("the name of a backup set may not be empty")
    if name.lower() == CURRENT.lower():
        raise UsageError(f"{shown} always means the newest complete set and cannot be a name")
    if name.isdigit():
        raise UsageError(f"the set name {shown} is a number, which would mean another set")
    if name in (".", ".."):
        raise UsageError(f"the set name {shown} means a directory")
    if "/" in name or "%" in name:
        raise UsageError(f"the set name {shown} holds a slash or a percent sign")
    if _is_odd(name):
        raise UsageError(f"the set name {shown} holds a control character or is not UTF-8")
    if len(name) > SET_NAME_CHARS or len(name.encode()) > SET_NAME_BYTES:
        raise UsageError(f"the set name {shown} is longer than {SET_NAME_CHARS} characters")
    if is_provisional(name):
        raise UsageError(f"the set name {shown} is one that the server gives by itself")
    if name != name.strip():
        raise UsageError(f"the set name {shown} begins or ends with a space")
    return name


def is_provisional(name: str) -> bool:
    """Tell whether *name* is one that a set has until it is complete, or finds no other."""
    return _LIKE_PROVISIONAL.fullmatch(name) is not None


def provisional_name(now: datetime, taken: Container[str]) -> str:
    """Return the name a set has until it is complete, one that is not *taken*.

    Args:
        now: The server's local time.
        taken: Names of the other sets.
    """
    wanted = now.strftime(_PROVISIONAL)
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}-{count}"
    return name


def final_name(  # noqa: PLR0913, PLR0917 - six values decide it, and all are plain
    formats: Sequence[str],
    priorities: Sequence[int],
    now: datetime,
    taken: Mapping[str, int],
    lineage: int,
    label: str = "",
) -> tuple[str, str, int] | None:
    """Return the automatic name of a complete set: of the first format whose name is free.

    A name that another lineage has is free as well; it gets the *label* or the number
    of this lineage behind a dash, unless that is taken too.

    Args:
        formats: For ``strftime``, the one to try first first.
        priorities: What each format gives; where there are fewer, the others give 0.
        now: The server's local time.
        taken: Name to lineage of all other sets.
        lineage: Of this set.
        label: What tells this lineage from others, for instance the name of its job.

    Returns:
        Name, format and priority; None when all are taken or cannot be names: the set
        then keeps its provisional name and priority 0.
    """
    for position, format_ in enumerate(formats):
        priority = priorities[position] if position < len(priorities) else 0
        name = now.strftime(format_)
        if taken.get(name, lineage) != lineage:
            name = f"{name}-{label or lineage}"
        if name not in taken and _is_set_name(name):
            return name, format_, priority
    return None


def _is_set_name(name: str) -> bool:
    try:
        check_set_name(name)
    except UsageError:
        return False
    return True


def _is_odd(text: str) -> bool:
    """Tell whether there is a control character, a line end or half a surrogate pair."""
    return any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


def _shown(name: str) -> str:
    """Return *name* for a message, short and harmless."""
    shown = name if len(name) <= 40 else name[:40] + "..."  # noqa: PLR2004 - fits on a line
    return ascii(shown) if _is_odd(shown) else repr(shown)
