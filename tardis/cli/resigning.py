"""Signs sets anew: those that held before something was taken out of them on purpose, and those
that were signed without a sum when their backup became encrypted."""

from collections.abc import Iterator
from typing import Final

from tardis.crypto import START, Head, HeadSigner, KeyRing, Seals
from tardis.history import NOTHING, Adding, Told
from tardis.model import BackupSet
from tardis.policy import facts_of
from tardis.store import Place, SignedRow, StoreReader, open_reader
from tardis.streams import pack, unpack

_NOTE: Final = b"resigning"


class Resigning:
    """Knows which sets of an encrypted modern backup held, and signs what they are later.

    A set that does not hold, or has no sum, is left to whoever checks it.  See `store.Signing`.

    Args:
        place: Where the store lies.
        client: Whose.
        ring: Its keys.
    """

    def __init__(self, place: Place, client: str, ring: KeyRing) -> None:
        self._place, self._client, self._ring = place, client, ring
        self._signer = HeadSigner(ring)
        self._good: dict[int, Told] = {}
        self._cut_off = set[int]()

    def begin(self, before: bytes) -> bytes:
        """Find out which sets hold; see `store.Signing.begin`.

        What is returned is sealed, and counts for a set until that is signed anew: nobody else
        can make it up, and an old one is worth nothing.
        """
        names = Seals(self._ring).names
        with open_reader(self._place, self._client, self._ring) as reader:
            totals, signed = reader.totals(), _signed(reader)
            adding = _adding(reader, self._ring)
            for backup in reader.sets():
                total = totals.get(backup.number, b"")
                told = Told.parse(total)
                if not backup.is_complete or told is None or not told.total:
                    continue
                is_signed = signed[backup.number].facts == self._facts(reader, backup, total)
                if is_signed and not any(adding.faults(backup, told)):
                    self._good[backup.number] = told
        for number, mac, unlisted in unpack(names.open_value(before, _NOTE)) if before else ():
            head = signed.get(number)
            if head is not None and head.mac == mac and number not in self._good:
                self._good[number] = NOTHING._replace(unlisted=frozenset(unlisted))
                self._cut_off.add(number)
        rows = [
            (number, signed[number].mac, sorted(told.unlisted))
            for number, told in self._good.items()
        ]
        return names.seal_value(pack(rows), _NOTE)

    def rows(self) -> list[SignedRow]:
        """Return what is signed of those that held, and show or tell something else by now."""
        with open_reader(self._place, self._client, self._ring) as reader:
            return signed_rows(reader, self._ring, self._changed(reader))

    def _changed(self, reader: StoreReader) -> Iterator[tuple[BackupSet, bytes]]:
        """Yield sets that are to be signed anew, each with what stands for all that it shows."""
        signed, totals, adding = _signed(reader), reader.totals(), _adding(reader, self._ring)
        for backup in reader.sets():
            number, told = backup.number, self._good.get(backup.number)
            if told is None:
                continue
            facts = self._facts(reader, backup, totals[number])
            is_same = facts == signed[number].facts and number not in self._cut_off
            is_same = is_same and not told.changes
            if not is_same or any(adding.faults(backup, told)):
                yield backup, adding.packed(backup, told)

    def _facts(self, reader: StoreReader, backup: BackupSet, total: bytes) -> bytes:
        return facts_of(self._signer, backup, reader.roots(backup.number), total)


def signed_rows(
    reader: StoreReader, ring: KeyRing, sets: Iterator[tuple[BackupSet, bytes]]
) -> list[SignedRow]:
    """Return what is signed of *sets*, each with its sum, behind all that was signed before."""
    signer, seal = HeadSigner(ring), Seals(ring).names.seal_value
    last = max(_signed(reader).values(), default=None)
    rows: list[SignedRow] = []
    for backup, total in sets:
        facts = facts_of(signer, backup, reader.roots(backup.number), total)
        sequence, previous = (1, START) if last is None else (last.sequence + 1, last.mac)
        last = signer.sign(sequence, backup.number, previous, facts)
        rows.append((*last, seal(total, b"sum")))
    return rows


def sign_sums(place: Place, client: str, ring: KeyRing) -> list[SignedRow]:
    """Return what is signed of the sets that were signed without a sum, now with one.

    So is every set of a backup that becomes encrypted: from then on what is hidden shows.
    """
    signer = HeadSigner(ring)
    with open_reader(place, client, ring) as reader:
        signed, totals, adding = _signed(reader), reader.totals(), _adding(reader, ring)

        def lacking() -> Iterator[tuple[BackupSet, bytes]]:
            for backup in reader.sets():
                head = signed.get(backup.number)
                if head is None or totals.get(backup.number):
                    continue
                if head.facts == facts_of(signer, backup, reader.roots(backup.number), b""):
                    yield backup, adding.packed(backup, NOTHING)

        return signed_rows(reader, ring, lacking())


def _adding(reader: StoreReader, ring: KeyRing) -> Adding:
    """Return what adds up all sets of a store."""
    return Adding(reader, ring, [one.number for one in reader.sets()])


def _signed(reader: StoreReader) -> dict[int, Head]:
    """Return the newest head of each set."""
    return {head.number: head for head in reader.heads()}
