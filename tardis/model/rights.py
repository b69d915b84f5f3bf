"""The rights that a client can have over the network, known by every floor."""

from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """What a client may ask of a server."""

    ADD = "add"
    LIST = "list"
    RESTORE = "restore"
    PURGE = "purge"
    PRIORITY = "priority"
    NAME = "name"


USUAL_RIGHTS: Final[tuple[Right, ...]] = (Right.ADD, Right.LIST, Right.RESTORE)
"""What a client may do unless somebody says otherwise: nothing that ever takes a set away."""


def read_right(text: str) -> Right:
    """Return the right that *text* names, in any case of letters.

    Raises:
        ValueError: There is no such right; words for a person.
    """
    word = text.strip().lower()
    if word not in tuple(Right):
        raise ValueError(f"{text!r} is none of {', '.join(Right)}")
    return Right(word)
