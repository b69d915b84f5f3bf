import os
from pathlib import Path

import pytest

from tardis.client.packing import Packer, SegmentPacker, pack_stream
from tardis.streams import Codec, expand


@pytest.mark.parametrize("codec", list(Codec))
def test_what_is_packed_can_be_expanded(codec: Codec) -> None:
    data = b"the same again " * 1000
    used, packed = Packer(codec, 4096).pack(b"name", data)
    assert used == codec
    assert expand(used, packed, len(data)) == data


def test_the_first_bytes_of_a_run_are_compressed_thoroughly_and_the_rest_quickly() -> None:
    data = Path(__file__).read_bytes()
    packer = Packer(Codec.ZSTD, 4096, thorough=2 * len(data))
    first, second, third = (len(packer.pack(b"name", data)[1]) for _ in range(3))
    assert first == second < third
    bulky = Packer(Codec.ZSTD, 4096, thorough=0, bulk=len(data))
    fourth, fifth, sixth = (len(bulky.pack(b"name", data)[1]) for _ in range(3))
    assert third == fourth < fifth == sixth
    other = Packer(Codec.ZLIB, 4096, thorough=len(data))
    assert other.pack(b"name", data) == other.pack(b"name", data)


def test_a_run_that_is_known_to_be_large_is_quick_from_its_beginning() -> None:
    data = Path(__file__).read_bytes()
    packer = Packer(Codec.ZSTD, 4096, thorough=10 * len(data), bulk=20 * len(data))
    packer.expect(20 * len(data) - 1)
    thorough = len(packer.pack(b"name", data)[1])
    packer.expect(20 * len(data))
    packer.expect(0)
    assert len(packer.pack(b"name", data)[1]) > thorough


def test_small_or_dense_contents_stay_as_they_are() -> None:
    packer = Packer(Codec.ZLIB, 4096)
    assert packer.pack(b"name", b"x" * 4096) == (Codec.NONE, b"x" * 4096)
    assert packer.pack(b"name", b"x" * 4097)[0] == Codec.ZLIB
    noise = os.urandom(10_000)
    assert packer.pack(b"name", noise) == (Codec.NONE, noise)


def test_a_large_content_whose_beginning_is_dense_is_not_compressed_further() -> None:
    packer = SegmentPacker(Packer(Codec.ZLIB, 4096), b"name")
    for _ in range(2):
        assert packer.pack(os.urandom(10_000))[0] == Codec.NONE
    assert packer.pack(bytes(10_000))[0] == Codec.NONE
    other = SegmentPacker(Packer(Codec.ZLIB, 4096), b"name")
    assert [other.pack(bytes(10_000))[0] for _ in range(4)] == [Codec.ZLIB] * 4


def test_a_file_of_a_dense_type_stays_as_it_is_by_its_name_and_its_first_bytes() -> None:
    asked: list[tuple[bytes, bytes]] = []

    def is_dense(name: bytes, head: bytes) -> bool:
        asked.append((name, head[:4]))
        return name == b"film" or head.startswith(b"film")

    packer = Packer(Codec.ZLIB, 4096, is_dense)
    plain = bytes(10_000)
    assert packer.pack(b"film", plain) == (Codec.NONE, plain)
    assert packer.pack(b"text", plain)[0] == Codec.ZLIB
    assert packer.pack(b"text", b"film" + plain) == (Codec.NONE, b"film" + plain)
    assert asked == [(b"film", bytes(4)), (b"text", bytes(4)), (b"text", b"film")]


def test_the_type_of_a_large_file_is_told_by_its_first_segment_alone() -> None:
    packer = Packer(Codec.ZLIB, 4096, lambda name, head: head.startswith(b"film"))
    film = SegmentPacker(packer, b"name")
    assert film.pack(b"film" + bytes(10_000))[0] == Codec.NONE
    assert film.pack(bytes(10_000))[0] == Codec.NONE
    text = SegmentPacker(packer, b"name")
    assert text.pack(bytes(10_000))[0] == Codec.ZLIB
    assert text.pack(b"film" + bytes(10_000))[0] == Codec.ZLIB


def streamed(packer: Packer, segments: list[bytes]) -> tuple[set[int], bytes]:
    """Return the codecs of the parts of a stream, and their bytes; sizes must add up."""
    parts = list(pack_stream(packer, b"name", iter(segments)))
    assert [data for data, _, _ in parts] == segments
    return {codec for _, codec, _ in parts}, b"".join(stored for _, _, stored in parts)


@pytest.mark.parametrize("codec", list(Codec)[1:])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_large_file_becomes_one_stream(codec: Codec, count: int) -> None:
    segments = [b"the same again " * 5000] * count
    used, packed = streamed(Packer(codec, 4096), segments)
    assert used == {codec}
    assert expand(codec, packed, 75_000 * count) == b"".join(segments)


def test_a_stream_whose_first_segment_is_dense_stays_plain() -> None:
    noise = os.urandom(10_000)
    for packer in (Packer(Codec.ZLIB, 4096), Packer(Codec.NONE, 0)):
        assert streamed(packer, [noise, bytes(10_000)]) == ({0}, noise + bytes(10_000))
    films = Packer(Codec.ZLIB, 4096, lambda name, head: name == b"name")
    assert streamed(films, [bytes(10_000)]) == ({0}, bytes(10_000))
    assert streamed(films, []) == (set(), b"")
