import os

import pytest

from tardis.client.packing import Packer, SegmentPacker
from tardis.streams import Codec, expand


@pytest.mark.parametrize("codec", list(Codec))
def test_what_is_packed_can_be_expanded(codec: Codec) -> None:
    data = b"the same again " * 1000
    used, packed = Packer(codec, 4096).pack(data)
    assert used == codec
    assert expand(used, packed, len(data)) == data


def test_small_or_dense_contents_stay_as_they_are() -> None:
    packer = Packer(Codec.ZLIB, 4096)
    assert packer.pack(b"x" * 4096) == (Codec.NONE, b"x" * 4096)
    assert packer.pack(b"x" * 4097)[0] == Codec.ZLIB
    noise = os.urandom(10_000)
    assert packer.pack(noise) == (Codec.NONE, noise)


def test_a_large_content_whose_beginning_is_dense_is_not_compressed_further() -> None:
    packer = SegmentPacker(Packer(Codec.ZLIB, 4096))
    for _ in range(2):
        assert packer.pack(os.urandom(10_000))[0] == Codec.NONE
    assert packer.pack(bytes(10_000))[0] == Codec.NONE
    other = SegmentPacker(Packer(Codec.ZLIB, 4096))
    assert [other.pack(bytes(10_000))[0] for _ in range(4)] == [Codec.ZLIB] * 4
