"""Proving small contents as they arrive."""

from tardis.crypto import check_piece, digest
from tardis.model import IntegrityError
from tardis.streams import Codec, expand


def proved(
    key: bytes, codec: int, size: int, name: bytes, data: bytes | memoryview
) -> bytes | memoryview:
    """Return the *size* plain bytes that *data* stands for, of the content *name*.

    Raises:
        IntegrityError: They are others.
    """
    plain = data if codec == Codec.NONE else expand(codec, data, size)
    if len(plain) != size or digest(key, plain) != name:
        raise IntegrityError("received bytes do not match their digest")
    return plain


def prove_sealed(_codec: int, _size: int, _name: bytes, data: bytes | memoryview) -> None:
    """Make sure of a content that nobody can read here, by its checksum.

    Raises:
        IntegrityError: It did not arrive as it was sealed.
    """
    check_piece(data)
