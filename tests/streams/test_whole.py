"""A content as one stream: what any tool makes of it, damage, and bombs within bounds."""

import bz2
import lzma
import os
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import IntegrityError
from tardis.streams import Codec, StreamExpander, compress, expand
from tardis.streams.whole import PIECE, StreamCompressor

MIB = 1 << 20
PACKING = [codec for codec in Codec if codec is not Codec.NONE]


def squeezed(codec: int, pieces: list[bytes]) -> list[bytes]:
    stream = StreamCompressor(codec)
    return [*(stream.compress(piece) for piece in pieces), stream.finish()]


def expanded(codec: int, pieces: list[bytes]) -> bytes:
    stream = StreamExpander(codec)
    plain: list[bytes] = []
    for piece in pieces:
        plain += stream.feed(piece)
    stream.finish()
    return b"".join(plain)


@given(st.lists(st.binary(max_size=300)), st.sampled_from(PACKING), st.integers(1, 50))
def test_what_was_compressed_comes_back_however_it_is_cut(
    pieces: list[bytes], codec: Codec, length: int
) -> None:
    packed = b"".join(squeezed(codec, pieces))
    cut = [packed[at : at + length] for at in range(0, len(packed), length)]
    assert expanded(codec, cut) == b"".join(pieces)


def test_any_tool_expands_the_stream_in_one_go() -> None:
    data = os.urandom(3000) * 1000
    pieces = [data[at : at + MIB] for at in range(0, len(data), MIB)]
    assert zlib.decompress(b"".join(squeezed(Codec.ZLIB, pieces))) == data
    assert bz2.decompress(b"".join(squeezed(Codec.BZIP, pieces))) == data
    assert lzma.decompress(b"".join(squeezed(Codec.LZMA, pieces)), lzma.FORMAT_XZ) == data
    assert expand(Codec.ZSTD, b"".join(squeezed(Codec.ZSTD, pieces)), len(data)) == data


@pytest.mark.parametrize("codec", PACKING)
def test_a_bomb_comes_out_in_pieces(codec: Codec) -> None:
    packed = b"".join(squeezed(codec, [bytes(MIB)] * 64))
    stream, size = StreamExpander(codec), 0
    tracemalloc.start()
    try:
        for piece in stream.feed(packed):
            size += len(piece)
            assert len(piece) <= PIECE
        stream.finish()
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()
    assert size == 64 * MIB


@pytest.mark.parametrize("codec", PACKING)
def test_less_or_more_than_one_stream_is_damage(codec: Codec) -> None:
    whole = compress(codec, bytes(range(256)) * 50)
    for pieces in ([whole[:-1]], [], [whole, b"x"], [whole + b"x"], [whole, whole], [b"rubbish"]):
        with pytest.raises(IntegrityError):
            expanded(codec, pieces)
    assert expanded(codec, [whole, b""]) == bytes(range(256)) * 50


def test_plain_bytes_pass_in_pieces() -> None:
    data = bytes(PIECE * 2 + 5)
    pieces = list(StreamExpander(Codec.NONE).feed(data))
    assert b"".join(pieces) == data and max(map(len, pieces)) == PIECE


def test_an_unknown_codec_is_refused() -> None:
    with pytest.raises(IntegrityError):
        StreamExpander(9)
    with pytest.raises(ValueError, match="9"):
        StreamCompressor(9)


@given(st.sampled_from(PACKING), st.binary(min_size=1, max_size=200))
def test_noise_is_damage(codec: Codec, noise: bytes) -> None:
    stream = StreamExpander(codec)
    try:
        found = b"".join(stream.feed(noise))
        stream.finish()
    except IntegrityError:
        return
    assert expand(codec, noise, len(found)) == found
