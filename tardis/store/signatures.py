"""Signatures that clients sent, kept in packs until their content is the newest no more.

The record's digest is that of the content, its basis the digest of the signature itself: by
that alone it is known to be whole.  One that is sealed has a checksum instead, and the
client that made it opens it again.  A signature can be dropped at any time, for it can be
made anew; that it belongs to its content nobody has proved.
"""

from collections.abc import Iterable
from contextlib import suppress

from tardis.crypto import OVERHEAD, check_piece, digest
from tardis.delta import signature_size
from tardis.model import IntegrityError, StoredContent

from .catalog import signing
from .catalog.connection import transaction
from .packs import PackReader
from .records import HEADER, Kind, Record
from .writer import StoreWriter


def keep_signature(writer: StoreWriter, number: int, name: bytes, signature: bytes) -> None:
    """Store the signature of a content with the present group.

    Args:
        writer: Of a modern store, with its set begun.
        number: Content id.
        name: Its digest.
        signature: As librsync makes it; sealed, and by its checksum whole, where contents are.
    """
    packs, group = writer.packs, writer.group
    packs.begin_record()
    proof, size = b"", len(signature) - OVERHEAD
    if not writer.cipher:
        proof, size = digest(writer.key, signature), len(signature)
    place = packs.append(Kind.SIGNATURE, 0, size, name, signature, proof)
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
    wanted = (Kind.SIGNATURE, content.digest)
    is_whole = (record.kind, record.digest) == wanted and _is_whole(writer, record, signature)
    return signature if is_whole else None


def check_sealed_signature(signature: bytes, size: int) -> None:
    """Make sure that *signature* is sealed, whole, and as long as one of *size* bytes is.

    Raises:
        IntegrityError: It is not.
    """
    if len(signature) != signature_size(size) + OVERHEAD:
        raise IntegrityError(f"a signature of {size} bytes cannot have {len(signature)}")
    check_piece(signature)


def _is_whole(writer: StoreWriter, record: Record, signature: bytes) -> bool:
    if not writer.cipher:
        return record.basis == digest(writer.key, signature)
    with suppress(IntegrityError):
        check_piece(signature)
        return True
    return False


def drop_signatures(writer: StoreWriter, contents: Iterable[int]) -> None:
    """Forget the signatures of *contents*; the run has failed, and commits nothing more."""
    writer.committer.stop()
    with transaction(writer.writing_db):
        signing.delete(writer.writing_db, contents)
