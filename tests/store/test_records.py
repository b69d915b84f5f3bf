"""Headers say what follows them, and show any change of themselves."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import IntegrityError
from tardis.store.records import (
    HAS_HOLES,
    HEADER,
    MAGIC,
    Kind,
    pack_header,
    pack_holed_header,
    parse_header,
    parse_record,
)

DIGEST = bytes(range(32))


def test_the_layout_is_fixed() -> None:
    assert HEADER.size == 96 and MAGIC == b"TdR1"
    header = pack_header(Kind.DATA, 4, 500, DIGEST, 6)
    assert header[:8] == b"TdR1\x01\x04\x00\x00"
    assert header[8:24] == (500).to_bytes(8, "little") + (6).to_bytes(8, "little")
    assert header[32:64] == DIGEST and header[64:] == bytes(32)
    assert [kind.value for kind in Kind] == [1, 2, 3, 4, 5]


def test_the_checksum_covers_the_header() -> None:
    header = pack_header(Kind.DATA, 0, 6, DIGEST, 6)
    bare = header[:24] + bytes(4) + header[28:]
    assert int.from_bytes(header[24:28], "little") == zlib.crc32(bare)


sizes = st.integers(0, (1 << 64) - 1)


@given(st.sampled_from(Kind), st.integers(0, 4), sizes, sizes, st.binary(max_size=50))
def test_a_header_comes_back_as_it_was(
    kind: Kind, codec: int, size: int, stored: int, payload: bytes
) -> None:
    header = pack_header(kind, codec, size, DIGEST, stored)
    record = parse_header(header + payload)
    assert record[:5] == (kind, codec, 0, size, stored)
    assert record.digest == DIGEST and record.basis is None and record.flags == 0


def test_a_content_with_holes_has_a_flag() -> None:
    header = pack_holed_header(4, 1 << 40, DIGEST, 6)
    assert header[:8] == b"TdR1\x01\x04\x00\x01"
    record = parse_header(header)
    assert (record.kind, record.size, record.flags) == (Kind.DATA, 1 << 40, HAS_HOLES)


@pytest.mark.parametrize("flags", [2, 3, 0x80, 0xFF])
def test_flags_of_the_future_are_refused(flags: int) -> None:
    bare = pack_header(Kind.DATA, 0, 6, DIGEST, 6)[:24]
    bare = bare[:7] + bytes([flags]) + bare[8:]
    rest = bytes(4) + DIGEST + bytes(32)
    checksum = zlib.crc32(bare + bytes(4) + rest).to_bytes(4, "little")
    with pytest.raises(IntegrityError, match="newer"):
        parse_header(bare + checksum + rest)


def test_a_short_digest_is_filled_up() -> None:
    assert parse_header(pack_header(Kind.KEYS, 0, 1, b"", 1)).digest == bytes(32)


def test_every_flipped_bit_is_found() -> None:
    data = pack_header(Kind.DATA, 1, 300, DIGEST, 7)
    for place in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[place] ^= 1 << bit
            with pytest.raises(IntegrityError):
                parse_header(bytes(broken))


@given(st.binary(max_size=120))
def test_noise_is_no_record(noise: bytes) -> None:
    for data in (noise, MAGIC + noise):
        with pytest.raises(IntegrityError):
            parse_header(data)


def test_a_cut_header_is_none() -> None:
    data = pack_header(Kind.DATA, 1, 300, DIGEST, 7)
    for length in range(HEADER.size):
        with pytest.raises(IntegrityError):
            parse_header(data[:length])


@given(st.binary(max_size=50))
def test_a_record_in_a_longer_answer_is_parsed_where_it_lies(payload: bytes) -> None:
    data = pack_header(Kind.DATA, 0, len(payload), DIGEST, len(payload)) + payload
    whole = memoryview(b"before" + data + b"after")
    found = parse_record(whole[6:-5], 1, 0, len(payload))
    assert found == parse_record(data, 1, 0, len(payload)) and type(found[1]) is bytes
    for spoiled in (whole[5:-6], whole[6:-6], whole[6:-4]):
        with pytest.raises(IntegrityError):
            parse_record(spoiled, 1, 0, len(payload))
