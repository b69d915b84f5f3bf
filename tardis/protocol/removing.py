"""The messages by which a client asks that old sets are removed, once its own is complete."""

from dataclasses import dataclass

from .greetings import Message


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PurgeSets(Message):
    """Client asks the server to remove old sets; answered by `SetsPurged` or `Refused`.

    Attributes:
        priority: Highest that goes; -1: that of the newest set.
        keep_ns: Age up to which sets stay, nanoseconds by the server's clock; -1: as the
            server's schedule says.
    """

    KIND = "sets.purge"
    priority: int
    keep_ns: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SetsPurged(Message):
    """Server has removed what was asked for and may go.

    Attributes:
        sets: That went.
        contents: That went with them.
        freed_bytes: By which the store has shrunk.
        items: (name, reason) of the sets that went, the first thousand.
    """

    KIND = "sets.purged"
    sets: int
    contents: int
    freed_bytes: int
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Refused(Message):
    """Server does not do what was asked; the conversation goes on, unlike after `Trouble`.

    Attributes:
        code: An error's wire code.
        text: One sentence for a person.
        hint: What to try, or empty.
    """

    KIND = "refused"
    code: str
    text: str
    hint: str
