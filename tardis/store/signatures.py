"""Signatures that clients sent, kept in packs until their content is the newest no more.

The record's digest is that of the content, its basis the digest of the signature itself: by
that alone it is known to be whole.  A signature can be dropped at any time, for it can be
made anew; that it belongs to its content nobody has proved.
"""

from collections.abc import Iterable

from tardis.crypto import digest
from tardis.model import IntegrityError, StoredContent

from .catalog import signing
from .catalog.connection import transaction
from .packs import PackReader
from .records import HEADER, Kind
from .writer import StoreWriter


def keep_signature(writer: StoreWriter, number: int, name: bytes, signature: bytes) -> None:
    """Store the signature of a content with the present group.

    Args:
        writer: Of a modern store, with its set begun.
        number: Content id.
        name: Its digest.
        signature: As librsync makes it.
    """
    packs, group = writer.packs, writer.group
    packs.begin_record()
    proof = digest(writer.key, signature)
    place = packs.append(Kind.SIGNATURE, 0, len(signature), name, signature, proof)
    group.signatures.append((number, packs.number, place, len(signature)))
    group.size_bytes += len(signature) + HEADER.size


def stored_signature(writer: StoreWriter, content: StoredContent) -> bytes | None:
    """Return the signature that is stored of *content*, None for none that is whole."""
    where = signing.place_of(writer.db, content.id)
    if where is None:
        return None
    packs = PackReader(writer.layout)
    try:
        record, signature = packs.record(*where)
    except (IntegrityError, OSError):
        return None
    finally:
        packs.close()
    wanted = (Kind.SIGNATURE, content.digest, digest(writer.key, signature))
    return signature if (record.kind, record.digest, record.basis) == wanted else None


def drop_signatures(writer: StoreWriter, contents: Iterable[int]) -> None:
    """Forget the signatures of *contents*; the run has failed, and commits nothing more."""
    writer.committer.stop()
    with transaction(writer.writing_db):
        signing.delete(writer.writing_db, contents)
