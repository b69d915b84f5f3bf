"""Signs sets anew that held before something was taken out of them on purpose."""

from tardis.crypto import START, Head, HeadSigner, KeyRing, Seals
from tardis.history import Adding, Told
from tardis.model import BackupSet
from tardis.policy import facts_of
from tardis.store import Place, SignedRow, StoreReader, open_reader


class Resigning:
    """Knows which sets of an encrypted modern backup hold, and signs what they are later.

    A set that does not hold, or has no sum, is left to whoever checks it.

    Args:
        place: Where the store lies.
        client: Whose.
        ring: Its keys.
    """

    def __init__(self, place: Place, client: str, ring: KeyRing) -> None:
        self._place, self._client, self._ring = place, client, ring
        self._signer = HeadSigner(ring)
        with open_reader(place, client, ring) as reader:
            totals, signed = reader.totals(), _signed(reader)
            self._good: dict[int, Told] = {}
            for backup in reader.sets():
                total = totals.get(backup.number, b"")
                told = Told.parse(total)
                if not backup.is_complete or told is None or not told.total:
                    continue
                is_signed = signed[backup.number].facts == self._facts(reader, backup, total)
                if is_signed and not any(Adding(reader, ring).faults(backup, told)):
                    self._good[backup.number] = told

    def rows(self) -> list[SignedRow]:
        """Return what is signed of those that held, and show or tell something else by now."""
        seal = Seals(self._ring).names.seal_value
        rows: list[SignedRow] = []
        with open_reader(self._place, self._client, self._ring) as reader:
            signed, totals = _signed(reader), reader.totals()
            last = max(signed.values(), default=None)
            for backup in reader.sets():
                number, told = backup.number, self._good.get(backup.number)
                if told is None:
                    continue
                adding = Adding(reader, self._ring)
                facts = self._facts(reader, backup, totals[number])
                is_same = facts == signed[number].facts and not told.changes
                if is_same and not any(adding.faults(backup, told)):
                    continue
                total = adding.packed(backup, told)
                facts = self._facts(reader, backup, total)
                sequence, previous = (1, START) if last is None else (last.sequence + 1, last.mac)
                last = self._signer.sign(sequence, number, previous, facts)
                rows.append((*last, seal(total, b"sum")))
        return rows

    def _facts(self, reader: StoreReader, backup: BackupSet, total: bytes) -> bytes:
        return facts_of(self._signer, backup, reader.roots(backup.number), total)


def _signed(reader: StoreReader) -> dict[int, Head]:
    """Return the newest head of each set."""
    return {head.number: head for head in reader.heads()}
