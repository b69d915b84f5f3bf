"""Files of encrypted classic contents, read in any order, and checked without a key."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import Envelope
from tardis.model import IntegrityError
from tardis.store.classic_files import PlainFile, SealedFile, check_sealed, file_digest
from tardis.store.classic_reading import StreamFile
from tardis.store.meta import SUFFIX, Meta, meta_text
from tardis.streams import Codec, compress
from tests.delta.shapes import noise

SEALS = Envelope(bytes(range(32)))


def put(place: Path, data: bytes, *, beside: bool = True) -> str:
    """Make the file of a content that holds *data*, and what stands beside it."""
    stored = SEALS.wrap(data)
    place.write_bytes(stored)
    if beside:
        meta = Meta(bytes(48), 0, len(data), len(stored), check=sha256(stored).digest())
        Path(f"{place}{SUFFIX}").write_bytes(meta_text(meta))
    return str(place)


@given(st.binary(max_size=200), st.data())
def test_any_part_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, draw: st.DataObject
) -> None:
    path = put(tmp_path_factory.mktemp("x") / "content", data)
    with closing(SealedFile(path, Path(path).stat().st_size, SEALS)) as file:
        assert file.size == len(data)
        offset = draw.draw(st.integers(0, len(data)))
        length = draw.draw(st.integers(0, len(data) - offset))
        assert file.read(length, offset) == data[offset : offset + length]


def test_all_is_proved_before_any_byte_is_given_out(tmp_path: Path) -> None:
    data = noise(600_000)
    path = put(tmp_path / "content", data)
    whole = Path(path).read_bytes()
    for position in (0, 15, 16, 300_000, len(whole) - 65, len(whole) - 64, len(whole) - 1):
        changed = bytearray(whole)
        changed[position] ^= 1
        Path(path).write_bytes(changed)
        with pytest.raises(IntegrityError, match="another key"):
            SealedFile(path, len(whole), SEALS)
    Path(path).write_bytes(whole[:-16])
    with pytest.raises(IntegrityError, match="not as long"):
        SealedFile(path, len(whole), SEALS)
    with pytest.raises(IntegrityError, match="another key"):
        SealedFile(path, len(whole) - 16, SEALS)
    for length in (0, 16, 79, 80, 95):
        Path(path).write_bytes(whole[:length])
        with pytest.raises(IntegrityError):
            SealedFile(path, length, SEALS)


def test_a_stream_is_expanded_as_it_is_decrypted(tmp_path: Path) -> None:
    data = b"line after line\n" * 100_000
    path = put(tmp_path / "content", compress(Codec.ZLIB, data))
    stored = Path(path).stat().st_size
    with closing(StreamFile(path, stored, Codec.ZLIB, len(data), envelope=SEALS)) as file:
        assert b"".join(file.chunks()) == data
        assert file.read_at(1_000_000, 20) == data[1_000_000:1_000_020]
    with pytest.raises(IntegrityError, match="more bytes"):
        StreamFile(path, stored, Codec.ZLIB, None, 1000, SEALS)
    with closing(StreamFile(path, stored, Codec.ZLIB, None, len(data), SEALS)) as file:
        assert file.size == len(data)


def test_damage_is_told_without_a_key(tmp_path: Path) -> None:
    data = noise(400_000)
    path = put(tmp_path / "content", data)
    stored = Path(path).stat().st_size
    assert sum(check_sealed(path, stored)) == stored
    assert file_digest(path) == sha256(Path(path).read_bytes()).digest()
    with Path(path).open("r+b") as file:
        file.seek(390_000)
        byte = file.read(1)[0]
        file.seek(390_000)
        file.write(bytes((byte ^ 1,)))
    with pytest.raises(IntegrityError, match="checksum"):
        list(check_sealed(path, stored))
    Path(path).write_bytes(b"short")
    with pytest.raises(IntegrityError, match="not as long"):
        list(check_sealed(path, stored))
    with pytest.raises(IntegrityError, match="cannot be read"):
        list(check_sealed(str(tmp_path / "none"), 5))


def test_where_nothing_stands_beside_only_a_key_could_tell(tmp_path: Path) -> None:
    path = put(tmp_path / "content", b"data", beside=False)
    assert list(check_sealed(path, 96)) == []
    with closing(PlainFile(path, 96)) as file:
        with pytest.raises(IntegrityError, match="cut off"):
            file.read(97, 0)
        file.close()
