"""What the server offers as the basis of a delta, and the signatures of that."""

from collections.abc import Callable, Iterator
from typing import Final

from tardis.delta import SPREADS, has_librsync, iter_signature, style_of
from tardis.model import (
    SEGMENT,
    IntegrityError,
    Listed,
    RemoteProtocolError,
    StoredContent,
)
from tardis.policy import LEAST, DeltaRules, keeps_whole, wants_delta, wants_sealed_delta
from tardis.protocol import Message
from tardis.protocol.messages import SignatureEnd, SignaturePart, WantSignatures
from tardis.store import DeltaKeeper, StoreWriter, drop_signatures, stored_signature
from tardis.streams import iter_spread

NONE: Final = (0, 0)
"""No offer."""


class Offers:
    """Decides for each changed file between delta and whole, and keeps what is promised.

    Args:
        writer: Of the store, with its set begun.
        keeper: Opens contents.
        rules: The administrator's; None: the set is to have no deltas.
        pulse: Called now and then while something takes long; may raise.
    """

    def __init__(
        self,
        writer: StoreWriter,
        keeper: DeltaKeeper,
        rules: DeltaRules | None,
        pulse: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._keeper = keeper
        self._rules = rules or DeltaRules(saves_full=True)
        self._is_sealed = writer.repository.is_sealed
        self._is_off = rules is None or not (self._is_sealed or has_librsync())
        self._style = style_of(writer.repository.scheme)
        self._pulse = pulse
        self._open: dict[int, int] = {}
        self._taken: list[int] = []
        self._has_damage: bool | None = None

    def basis_for(self, listed: Listed, content: int | None) -> tuple[int, int]:
        """Return (content id, size) of what *listed* may be a delta against, or `NONE`.

        Args:
            listed: A file whose bytes are wanted.
            content: What it was before, as far as anybody knows.
        """
        if self._is_off or content is None or listed.size < LEAST:
            return NONE
        basis = self._writer.ask.content(content)
        if basis is None or basis.has_holes or self._is_bad(basis):
            return NONE
        wants = self._wants_sealed if self._is_sealed else self._wants
        if not wants(listed.size, basis):
            return NONE
        self._open[basis.id] = self._open.get(basis.id, 0) + 1
        return basis.id, basis.size

    def _is_bad(self, basis: StoredContent) -> bool:
        """Tell whether a content is damaged, or wanted whole itself."""
        return bool(basis.is_damaged) or self._writer.is_damaged(basis.digest)

    def _wants(self, size: int, basis: StoredContent) -> bool:
        return wants_delta(self._rules, size, basis.size)

    def _wants_sealed(self, size: int, basis: StoredContent) -> bool:
        """Tell whether a delta is wanted here that nobody but the client can read.

        While anything is damaged all comes whole: a content that is healed by a delta could
        come to stand on what stands on it.
        """
        ask = self._writer.ask
        if not wants_sealed_delta(self._rules, size, basis.size, basis.chain):
            return False
        if self._has_damage is None:
            self._has_damage = ask.has_damage()
        return not self._has_damage and ask.has_signature(basis.id)

    def signatures(self, message: WantSignatures, say: Callable[[Message], None]) -> None:
        """Answer with the signature of each basis, made now unless one is stored.

        Args:
            message: Names only what was offered, once for each offer.
            say: Sends.

        Raises:
            RemoteProtocolError: One was not offered.
        """
        for number in message.items:
            left = self._open.get(number, 0) - 1
            if left < 0:
                raise RemoteProtocolError("a signature was asked for that was not offered")
            self._open[number] = left
            if not left:
                del self._open[number]
            is_good = self._has_said(number, say)
            name = self._digest_of(number) if self._is_sealed and is_good else b""
            say(SignatureEnd(number, is_good, name))

    def stored(self, number: int) -> StoredContent:
        """Return the basis *number*, which was offered.

        Raises:
            IntegrityError: It is gone.
        """
        found = self._writer.ask.content(number)
        if found is None:
            raise IntegrityError("the basis of a delta is not in the store")
        return found

    def keeps_whole(self, basis: StoredContent, digest: bytes, size: int, delta_size: int) -> bool:
        """Tell whether the content *digest* is kept whole, though it came as a delta."""
        if self._writer.is_damaged(digest):
            return True  # what stands on it may be what it would stand on
        return keeps_whole(self._rules, basis.chain, size, delta_size)

    def distrust(self) -> None:
        """Forget the signatures that were taken from the store: what stands on them is wrong."""
        if self._taken:
            drop_signatures(self._writer, self._taken)

    def _has_said(self, number: int, say: Callable[[Message], None]) -> bool:
        """Send a signature; tell whether the basis is whole, as far as was looked."""
        try:
            stored = self.stored(number)
            self._keeper.look_at(stored)
            signature = stored_signature(self._writer, stored)
            if signature is None and not self._is_sealed:
                return self._has_made(stored, say)
        except IntegrityError:
            return False
        if signature is None:
            return False
        self._taken.append(number)
        for start in range(0, len(signature), SEGMENT):
            say(SignaturePart(number, signature[start : start + SEGMENT]))
        return True

    def _has_made(self, stored: StoredContent, say: Callable[[Message], None]) -> bool:
        """Make a signature and send it; tell whether the basis is whole.

        Raises:
            IntegrityError: It is gone.
        """
        content, number = self._keeper.open_unproved(stored), stored.id
        kept: list[bytes] = []
        try:
            chunks = _with_pulse(content.chunks(), self._pulse)
            spread = iter_spread if content.size >= SPREADS else None
            for part in iter_signature(chunks, content.size, self._style, spread):
                say(SignaturePart(number, part))
                if self._keeper.keeps_signatures:
                    kept.append(part)
        except IntegrityError:
            return False
        finally:
            content.close()
        if kept:
            self._keeper.keep_signature(stored, b"".join(kept))
        return True

    def _digest_of(self, number: int) -> bytes:
        found = self._writer.ask.content(number)
        return b"" if found is None else found.digest


def _with_pulse(chunks: Iterator[bytes], pulse: Callable[[], None]) -> Iterator[bytes]:
    for chunk in chunks:
        pulse()
        yield chunk
