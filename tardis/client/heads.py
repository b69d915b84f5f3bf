"""The chain of signed sets as a client keeps it: checked before a set is made, continued after."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from tardis.crypto import START, Head, HeadSigner, Seals
from tardis.policy import UNKNOWN, SignedRoot, judge_heads, set_facts


class HeadBook(Protocol):
    """Remembers the newest head of each backup that was seen on this machine."""

    def recall(self, repository: bytes) -> Head | None:
        """Return the newest head of a repository, None for one that was never seen."""

    def remember(self, repository: bytes, head: Head) -> None:
        """Let *head* be the newest."""


class Chain:
    """The heads of one encrypted backup.

    Args:
        seals: Of the backup.
        book: What was seen here before; None: nothing is remembered.

    Attributes:
        known: The newest head that was seen here before.
    """

    def __init__(self, seals: Seals, book: HeadBook | None) -> None:
        self._repository = seals.ring.repository
        self._signer = HeadSigner(seals.ring)
        self._book = book
        self._last: Head | None = None
        self.known = None if book is None else book.recall(self._repository)

    @property
    def asked(self) -> int:
        """The sequence from which on the server is to tell heads, 0 for the newest alone."""
        return 0 if self.known is None else self.known.sequence

    def judge(self, told: Sequence[tuple[int, int, bytes, bytes, bytes]]) -> tuple[list[str], str]:
        """Return what does not hold of the heads that the server tells, and what is to be noted."""
        heads = [Head(*one) for one in told]
        self._last = heads[-1] if heads else None
        is_new = self.known is None and bool(heads) and self._book is not None
        return judge_heads(self._signer, heads, self.known), UNKNOWN if is_new else ""

    def sign(
        self,
        number: int,
        run: tuple[str, bytes],
        counts: tuple[int, int, int, int],
        roots: Iterable[SignedRoot],
        told: bytes = b"",
    ) -> Head:
        """Return the head of set *number*, which is about to be complete; see `set_facts`."""
        last = self._last
        sequence, previous = (1, START) if last is None else (last.sequence + 1, last.mac)
        facts = set_facts(self._signer, run, counts, roots, told)
        self._last = self._signer.sign(sequence, number, previous, facts)
        return self._last

    def remember(self) -> None:
        """Remember the head that was signed: its set is durable."""
        if self._book is not None and self._last is not None:
            self._book.remember(self._repository, self._last)
