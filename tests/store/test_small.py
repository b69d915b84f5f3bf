"""What arrives is what its digest says, or is refused."""

import hashlib

import pytest

from tardis.crypto import digest
from tardis.model import IntegrityError
from tardis.store.small import prove_sealed, proved
from tardis.streams import Codec, compress

KEY, DATA = bytes(32), b"some plain bytes " * 9


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB, Codec.ZSTD])
def test_what_was_told_is_given_out_plain(codec: Codec) -> None:
    stored = compress(codec, DATA)
    for form in (stored, memoryview(stored)):
        assert bytes(proved(KEY, codec, len(DATA), digest(KEY, DATA), form)) == DATA


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB, Codec.ZSTD])
@pytest.mark.parametrize(("size", "of"), [(len(DATA), b"x"), (len(DATA) - 1, DATA), (999, DATA)])
def test_anything_else_is_refused(codec: Codec, size: int, of: bytes) -> None:
    with pytest.raises(IntegrityError):
        proved(KEY, codec, size, digest(KEY, of), compress(codec, DATA))


def test_damaged_compression_is_refused() -> None:
    with pytest.raises(IntegrityError):
        proved(KEY, Codec.ZSTD, len(DATA), digest(KEY, DATA), compress(Codec.ZSTD, DATA)[:-3])


def test_what_is_sealed_is_told_by_its_checksum_alone() -> None:
    with pytest.raises(IntegrityError):
        prove_sealed(0, 1, bytes(32), hashlib.sha256(DATA).digest() + bytes(100))
