"""Compression by name and number: round trips, damage, and bombs within bounds."""

import sys
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import IntegrityError
from tardis.streams import (
    CODECS,
    MESSAGE_CODECS,
    Codec,
    Compressor,
    Effort,
    MessageCoder,
    compress,
    compression,
    expand,
)

MIB = 1 << 20
PACKING = [codec for codec in Codec if codec is not Codec.NONE]
WAYS = MESSAGE_CODECS[1:]

CHUNKS = st.binary(max_size=300).flatmap(
    lambda part: st.integers(1, 400).map(lambda times: part * times)
)


def test_numbers_stand_for_good() -> None:
    assert dict(zip(CODECS, Codec, strict=True)) == {
        "none": 0,
        "zlib": 1,
        "bzip": 2,
        "lzma": 3,
        "zstd": 4,
    }


@given(CHUNKS, st.sampled_from(Codec))
def test_what_was_compressed_comes_back(data: bytes, codec: Codec) -> None:
    assert expand(codec, compress(codec, data), len(data)) == data


@given(CHUNKS, st.sampled_from(Codec), st.sampled_from(Effort))
def test_so_it_does_with_any_effort_and_by_what_is_used_again(
    data: bytes, codec: Codec, effort: Effort
) -> None:
    packed = compress(codec, data, effort)
    assert expand(codec, packed, len(data)) == data
    compressor = Compressor(codec)
    assert [compressor.compress(data, effort) for _ in range(3)] == [packed] * 3


def test_more_effort_makes_less_of_a_text() -> None:
    text = Path(compression.__file__).read_bytes()
    sizes = [len(compress(Codec.ZSTD, text, effort)) for effort in Effort]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(Effort)


def test_threads_may_share_what_compresses() -> None:
    compressor = Compressor(Codec.ZSTD)
    texts = [b"%d: the same again " % number * 500 for number in range(40)]
    with ThreadPoolExecutor(4) as threads:
        packed = list(threads.map(compressor.compress, texts))
    assert [expand(Codec.ZSTD, *one) for one in zip(packed, map(len, texts), strict=True)] == texts
    assert packed == [compress(Codec.ZSTD, text) for text in texts]


def test_the_module_of_zstd_is_looked_for_but_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compress(Codec.ZSTD, b"x")
    asked: list[str] = []

    class Finder:
        """Writes down what is looked for."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            asked.append(name)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert expand(Codec.ZSTD, compress(Codec.ZSTD, b"x"), 1) == b"x"
    assert asked == []


@pytest.mark.parametrize("codec", PACKING)
def test_a_segment_of_one_letter_gets_small(codec: Codec) -> None:
    packed = compress(codec, b"a" * MIB)
    assert len(packed) < MIB // 100
    assert expand(codec, packed, MIB) == b"a" * MIB


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("size", [0, 999, 1001])
def test_another_size_than_declared_is_damage(codec: Codec, size: int) -> None:
    with pytest.raises(IntegrityError, match=f"where {size} are declared"):
        expand(codec, compress(codec, bytes(1000)), size)


@pytest.mark.parametrize("codec", PACKING)
def test_half_of_it_is_damage(codec: Codec) -> None:
    data = bytes(range(256)) * 50
    packed = compress(codec, data)
    for cut in (0, 1, 5, len(packed) // 2):
        with pytest.raises(IntegrityError):
            expand(codec, packed[:cut], len(data))


@given(st.sampled_from(PACKING), st.binary(max_size=200), st.integers(1, 1000))
def test_noise_is_damage(codec: Codec, noise: bytes, size: int) -> None:
    try:
        assert len(expand(codec, noise, size)) == size
    except IntegrityError as error:
        assert "declared" in str(error) or "damaged" in str(error)


@pytest.mark.parametrize("codec", PACKING)
def test_a_bomb_costs_no_more_than_what_it_declares(codec: Codec) -> None:
    bomb = compress(codec, bytes(64 * MIB))
    tracemalloc.start()
    with pytest.raises(IntegrityError, match="declared"):
        expand(codec, bomb, MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MIB


@pytest.mark.parametrize("codec", [-1, 5, 255])
def test_an_unknown_number_is_our_bug_or_their_damage(codec: int) -> None:
    with pytest.raises(ValueError, match="unknown"):
        compress(codec, b"x")
    with pytest.raises(IntegrityError, match="unknown"):
        expand(codec, b"x", 1)


@given(st.lists(CHUNKS, max_size=5), st.sampled_from(WAYS))
def test_messages_come_back_one_by_one(said: list[bytes], way: str) -> None:
    out, back = MessageCoder(way), MessageCoder(way)
    assert [back.expand(out.compress(data), 1 << 20) for data in said] == said


def test_a_stream_remembers_what_was_said_before() -> None:
    coder = MessageCoder("zlib-stream")
    first, second = (len(coder.compress(bytes(range(256)))) for _ in range(2))
    assert second < first / 4


@pytest.mark.parametrize("way", WAYS)
def test_a_message_may_have_the_limit_and_no_more(way: str) -> None:
    out = MessageCoder(way)
    assert MessageCoder(way).expand(out.compress(bytes(1000)), 1000) == bytes(1000)
    with pytest.raises(IntegrityError):
        MessageCoder(way).expand(MessageCoder(way).compress(bytes(1001)), 1000)


@pytest.mark.parametrize("way", WAYS)
def test_a_message_that_is_a_bomb_costs_its_limit(way: str) -> None:
    bomb = MessageCoder(way).compress(bytes(64 * MIB))
    tracemalloc.start()
    with pytest.raises(IntegrityError):
        MessageCoder(way).expand(bomb, MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MIB


@pytest.mark.parametrize("way", WAYS)
@given(noise=st.binary(max_size=100))
def test_noise_is_a_damaged_message(way: str, noise: bytes) -> None:
    try:
        assert len(MessageCoder(way).expand(noise, 1000)) <= 1000
    except IntegrityError as error:
        assert "compressed message" in str(error)


@pytest.mark.parametrize("head", [b"", b"\xff" * 5, b"\xff\xff\xff\xff\x7f"])
def test_a_snappy_length_without_end_is_damage(head: bytes) -> None:
    with pytest.raises(IntegrityError, match="damaged"):
        MessageCoder("snappy").expand(head, 1 << 22)


def test_a_stream_of_another_kind_is_damage() -> None:
    with pytest.raises(IntegrityError, match="damaged"):
        MessageCoder("zlib-stream").expand(zlib.compress(b"x")[2:], 100)
