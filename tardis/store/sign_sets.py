"""Signs the sets of a backup that becomes encrypted, as its client would have done."""

from tardis.crypto import START, HeadSigner, KeyRing
from tardis.policy import facts_of

from .catalog import encrypting, reading
from .catalog.connection import Connection


def sign_sets(db: Connection, ring: KeyRing) -> None:
    """Sign each complete set, oldest first, within the caller's transaction.

    The catalog speaks in plain words, and nothing of it is signed.
    """
    signer, previous = HeadSigner(ring), START
    whole = [one for one in reading.sets(db) if one.is_complete]
    for sequence, one in enumerate(whole, 1):
        facts = facts_of(signer, one, reading.roots(db, one.number))
        head = signer.sign(sequence, one.number, previous, facts)
        encrypting.add_head(db, head)
        previous = head.mac
