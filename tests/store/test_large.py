"""Large contents are read at any offset, and show any damage."""

import errno
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import digest
from tardis.model import SEGMENT, IntegrityError, StoredContent
from tardis.store import large
from tardis.store.large import LargeContent, LargeWriter
from tardis.store.records import HEADER, Kind, pack_header
from tardis.streams import compress

KEY = bytes(32)
BIG = os.urandom(64) * (3 * SEGMENT // 64) + b"the end"


def write(path: Path, data: bytes, codec: int = 0) -> StoredContent:
    writer = LargeWriter(str(path))
    for start in range(0, len(data), SEGMENT):
        writer.add(codec, compress(codec, data[start : start + SEGMENT]))
    stored = writer.finish(len(data), digest(KEY, data))
    return StoredContent(1, digest(KEY, data), len(data), stored, 0, 0, None, 0, None, 0, 0)


def read(path: Path, content: StoredContent) -> bytes:
    file = LargeContent(str(path), content, KEY)
    try:
        return b"".join(file.chunks())
    finally:
        file.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "large"


@pytest.mark.parametrize("codec", range(5))
def test_what_was_written_is_read(path: Path, codec: int) -> None:
    content = write(path, BIG, codec)
    assert read(path, content) == BIG
    assert path.stat().st_size == HEADER.size + content.stored


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT])
def test_sizes_around_a_segment(path: Path, size: int) -> None:
    data = BIG[:size]
    content = write(path, data)
    assert read(path, content) == data
    file = LargeContent(str(path), content, KEY)
    assert [len(part) for part in file.chunks()] == [
        min(SEGMENT, size - start) for start in range(0, size, SEGMENT)
    ]
    file.close()


def test_any_part_can_be_read(path: Path) -> None:
    file = LargeContent(str(path), write(path, BIG, 1), KEY)
    for offset, length in (
        (0, 1),
        (SEGMENT - 1, 2),
        (SEGMENT, SEGMENT),
        (SEGMENT - 5, 2 * SEGMENT),
        (0, 1 << 40),
        (len(BIG) - 1, 50),
        (len(BIG), 5),
        (len(BIG) + 99, 5),
        (7, 0),
    ):
        assert file.read_at(offset, length) == BIG[offset : offset + length]
    file.close()
    file.close()


@pytest.mark.parametrize("elsewhere", [False, True])
@given(st.data())
def test_reading_at_is_slicing(
    tmp_path_factory: pytest.TempPathFactory, elsewhere: bool, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("large") / "file"
    size = data.draw(st.integers(0, len(BIG)))
    plain = BIG[:size]
    content = write(path, plain, data.draw(st.sampled_from((0, 1))))
    file = LargeContent(str(path), content, KEY, is_proved_elsewhere=elsewhere)
    for _ in range(5):
        offset = data.draw(st.integers(0, size + 10))
        length = data.draw(st.integers(0, size + 10))
        assert file.read_at(offset, length) == plain[offset : offset + length]
    file.close()


def test_what_is_proved_elsewhere_is_read_where_it_lies_and_proved_as_a_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = write(path, BIG)
    file = LargeContent(str(path), content, KEY, is_proved_elsewhere=True)
    monkeypatch.setattr(zlib, "crc32", lambda _: pytest.fail("a checksum was made"))
    assert file.read_at(SEGMENT - 5, SEGMENT) == BIG[SEGMENT - 5 : 2 * SEGMENT - 5]
    assert b"".join(file.chunks()) == BIG
    with path.open("r+b") as raw:
        raw.seek(HEADER.size + SEGMENT)
        raw.write(b"\xff\x00")
    assert file.read_at(SEGMENT, 2) == b"\xff\x00"  # whoever asked proves what is made of it
    with pytest.raises(IntegrityError, match="does not match its digest"):
        list(file.chunks())
    file.close()


def test_a_compressed_content_keeps_its_checksums_wherever_it_is_proved(path: Path) -> None:
    content = write(path, BIG, 1)
    with path.open("r+b") as raw:
        raw.seek(HEADER.size + 10)
        raw.write(b"\xff\x00\xff")
    file = LargeContent(str(path), content, KEY, is_proved_elsewhere=True)
    with pytest.raises(IntegrityError, match="segment 0"):
        file.read_at(0, 5)
    file.close()


def test_a_file_that_was_cut_off_is_told_where_it_is_proved_elsewhere(path: Path) -> None:
    file = LargeContent(str(path), write(path, BIG), KEY, is_proved_elsewhere=True)
    os.truncate(path, HEADER.size + SEGMENT)
    with pytest.raises(IntegrityError, match="cut off"):
        file.read_at(SEGMENT, 5)
    file.close()


def test_a_segment_is_read_once_for_reads_within_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = LargeContent(str(path), write(path, BIG), KEY)
    reads = []
    whole = os.pread

    def counted(descriptor: int, length: int, offset: int) -> bytes:
        reads.append(offset)
        return whole(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", counted)
    for offset in range(0, SEGMENT, 4096):
        file.read_at(offset, 4096)
    assert len(reads) == 1
    file.close()


def test_every_damaged_byte_is_found(path: Path) -> None:
    data = b"not many bytes, so that all can be tried"
    content = write(path, data)
    good = path.read_bytes()
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= 0x01
        path.write_bytes(broken)
        with pytest.raises(IntegrityError):
            read(path, content)
    path.write_bytes(good)
    assert read(path, content) == data


def test_every_cut_is_found(path: Path) -> None:
    content = write(path, b"not many bytes, so that all can be tried")
    good = path.read_bytes()
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(IntegrityError):
            read(path, content)


def test_bytes_behind_the_end_are_not_looked_at(path: Path) -> None:
    content = write(path, BIG)
    with path.open("ab") as file:
        file.write(b"more")
    assert read(path, content) == BIG


def test_segments_that_are_swapped_are_found(path: Path) -> None:
    one, other = b"a" * SEGMENT, b"b" * SEGMENT
    right = write(path, one + other)
    writer = LargeWriter(str(path))
    for part in (other, one):
        writer.add(0, part)
    writer.finish(len(one + other), right.digest)
    with pytest.raises(IntegrityError):
        read(path, right)


def test_a_file_of_another_content_is_refused(path: Path) -> None:
    content = write(path, BIG)
    for wrong in (
        content._replace(digest=b"x" * 32),
        content._replace(size=content.size - 1),
        content._replace(stored=content.stored - 1),
    ):
        with pytest.raises(IntegrityError):
            LargeContent(str(path), wrong, KEY)


def test_a_file_that_is_gone_is_said_so(path: Path) -> None:
    content = write(path, BIG)
    path.unlink()
    with pytest.raises(IntegrityError, match="cannot be read"):
        LargeContent(str(path), content, KEY)


@pytest.mark.parametrize("stored", [0, 5, 10, (1 << 63) - 1, 1 << 62])
def test_a_hostile_length_is_refused(path: Path, stored: int) -> None:
    """Both the catalog and the file's own header say so."""
    content = write(path, BIG)._replace(stored=stored)
    with path.open("r+b") as file:
        file.write(pack_header(Kind.DATA, 0, content.size, content.digest, stored))
    with pytest.raises(IntegrityError):
        LargeContent(str(path), content, KEY)


def test_an_error_of_the_disk_is_damage_and_no_bug(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = LargeContent(str(path), write(path, BIG), KEY)

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(IntegrityError, match="Input/output error"):
        file.read_at(0, 10)
    file.close()
    with pytest.raises(IntegrityError):
        LargeContent(str(path), write(path, b"x"), KEY)


def test_there_is_an_end_to_the_segments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "MAX_SEGMENTS", 2)
    writer = LargeWriter(str(path))
    for _ in range(2):
        writer.add(0, b"x")
    with pytest.raises(IntegrityError):
        writer.add(0, b"x")
    writer.abandon()


def test_what_is_abandoned_is_gone(path: Path) -> None:
    writer = LargeWriter(str(path))
    writer.add(0, b"segment")
    writer.abandon()
    assert not path.exists()
    writer = LargeWriter(str(path))
    writer.finish(0, bytes(32))
    writer.abandon()
    assert not path.exists()


def test_the_index_is_small(path: Path) -> None:
    """Nine bytes for each MiB, in memory too."""
    writer = LargeWriter(str(path))
    for _ in range(1000):
        writer.add(0, b"x")
    assert len(writer._index) == 9000
    writer.abandon()
