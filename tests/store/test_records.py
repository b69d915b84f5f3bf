"""Headers say what follows them, and show any change of it."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import IntegrityError
from tardis.store.records import (
    HEADER,
    MAGIC,
    Kind,
    check_record,
    pack_header,
    pack_large_header,
    parse_header,
)

DIGEST = bytes(range(32))


def test_the_layout_is_fixed() -> None:
    assert HEADER.size == 96 and MAGIC == b"TdR1"
    header = pack_header(Kind.DATA, 4, 500, DIGEST, b"stored")
    assert header[:8] == b"TdR1\x01\x04\x00\x00"
    assert header[8:24] == (500).to_bytes(8, "little") + (6).to_bytes(8, "little")
    assert header[32:64] == DIGEST and header[64:] == bytes(32)
    assert [kind.value for kind in Kind] == [1, 2, 3, 4, 5]


def test_the_checksum_covers_header_and_payload() -> None:
    header = pack_header(Kind.DATA, 0, 6, DIGEST, b"stored")
    bare = header[:24] + bytes(4) + header[28:]
    assert int.from_bytes(header[24:28], "little") == zlib.crc32(bare + b"stored")


@given(
    st.sampled_from(Kind), st.integers(0, 4), st.integers(0, (1 << 64) - 1), st.binary(max_size=99)
)
def test_a_header_comes_back_as_it_was(kind: Kind, codec: int, size: int, payload: bytes) -> None:
    header = pack_header(kind, codec, size, DIGEST, payload)
    record = parse_header(header + payload)
    assert record[:5] == (kind, codec, 0, size, len(payload))
    assert record.digest == DIGEST and record.basis is None
    check_record(header + payload, payload)


def test_a_large_header_stands_alone() -> None:
    header = pack_large_header(4, 1 << 40, 1 << 30, DIGEST)
    record = parse_header(header)
    assert (record.kind, record.size, record.stored) == (Kind.DATA, 1 << 40, 1 << 30)
    check_record(header, b"")


def test_a_short_digest_is_filled_up() -> None:
    assert parse_header(pack_header(Kind.KEYS, 0, 1, b"", b"k")).digest == bytes(32)


def test_every_flipped_bit_is_found() -> None:
    data = pack_header(Kind.DATA, 1, 300, DIGEST, b"payload") + b"payload"
    for place in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[place] ^= 1 << bit
            with pytest.raises(IntegrityError):
                parse_header(bytes(broken))
                check_record(bytes(broken), bytes(broken[HEADER.size :]))


@given(st.binary(max_size=120))
def test_noise_is_no_record(noise: bytes) -> None:
    with pytest.raises(IntegrityError):
        parse_header(noise)
        check_record(noise, noise[HEADER.size :])
