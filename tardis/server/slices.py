"""One listed range of a directory while its files are still being settled."""

from dataclasses import dataclass, field

from tardis.model import Entry, Listed

RACY = 1
CHANGED = 2


@dataclass(slots=True)
class Pending:
    """A regular file whose row waits for its content.

    Attributes:
        listed: As the listing has it.
        before: The open or newest closed row of its name, if there is one.
        digest: Told by the client; it waits for bytes under this digest.
        marks, state: Told with the digest, see `messages.Digests`.
        former: Content id of what it was before, under this name or another, if anybody knows.
        mac: Told with the digest; None where entries have none.
        kept: Content id that stays once the client has proved the row; None: nothing is told.
        basis: Content id that a delta of it may stand on, 0 for none.
    """

    listed: Listed
    before: Entry | None
    digest: bytes | None = None
    marks: int = 0
    state: bytes = b""
    mac: bytes | None = None
    kept: int | None = None
    former: int | None = None
    basis: int = 0


@dataclass(slots=True)
class Slice:
    """A listing that was heard.

    Attributes:
        request: The client's number for it.
        directory: Directory id.
        count: Entries recorded; falls when one vanishes.
        is_void: Its fingerprint no longer says what the rows say.
        pending: Files that wait, by their position in the listing.
        unsettled: Names that were unsettled before, with the reason.
        kept: What the client is told to prove, as in `messages.Verdicts`.
    """

    request: int
    directory: int
    start: bytes
    end: bytes | None
    fingerprint: bytes
    count: int = 0
    is_void: bool = False
    pending: dict[int, Pending] = field(default_factory=dict)
    unsettled: dict[bytes, str] = field(default_factory=dict)
    kept: list[tuple[int, int, int, int, int, bytes, bytes]] = field(default_factory=list)
