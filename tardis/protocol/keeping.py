"""The message about rows that are made anew over contents that stay."""

from dataclasses import dataclass

from .greetings import Message


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Kept(Message):
    """Client proves rows that keep their contents; not answered.

    Attributes:
        items: (listing request, position) of each.
        macs: Their codes, 24 bytes each.
    """

    KIND = "kept"
    items: tuple[tuple[int, int], ...]
    macs: bytes
