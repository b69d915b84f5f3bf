"""The messages by which a client asks, before it makes a set, how old its newest one is."""

from dataclasses import dataclass

from .greetings import Message


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class AskNewest(Message):
    """Client asks for the newest complete set of a lineage; answered by `Newest`.

    Attributes:
        lineage: As in `OpenSet`.
    """

    KIND = "set.ask"
    lineage: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Newest(Message):
    """Server tells of the newest complete set of the lineage.

    Attributes:
        name: Of the set; empty when there is none.
        age_ns: Since it ended, nanoseconds by the server's clock, 0 or more.
    """

    KIND = "set.newest"
    name: str
    age_ns: int
