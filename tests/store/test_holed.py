"""Contents with holes: stored as extents, read at any offset, damage is always found."""

import os
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import HoledDigester, digest
from tardis.model import SEGMENT, IntegrityError, StoredContent
from tardis.store.holed import HoledContent
from tardis.store.large import LargeContent, LargeWriter
from tardis.store.records import HAS_HOLES, HEADER, parse_header
from tardis.streams import compress, pack_extents
from tests.store.holes import Islands, digest_of, put_holed, segments_of
from tests.store.workshop import Workshop

KEY = bytes(32)
SIZE = (1 << 40) + 17
NOISE = os.urandom(3 * SEGMENT)
ISLANDS: Islands = {
    4096: b"small",
    1 << 20: NOISE[: SEGMENT + 4096],
    1 << 30: NOISE[:4096],
    1 << 39: NOISE,
    (1 << 40) + 16: b"!",
}


def write(path: Path, islands: Islands, size: int = SIZE, codec: int = 0) -> StoredContent:
    writer = LargeWriter(str(path), has_holes=True)
    for offset, segment in segments_of(islands):
        writer.add_holed(codec, compress(codec, segment), len(segment), offset)
    name = digest_of(KEY, size, islands)
    stored = writer.finish(size, name)
    return StoredContent(1, name, size, stored, 0, 0, None, 0, None, 0, 0, 1)


def pieces(path: Path, content: StoredContent) -> Islands:
    """Return what is in no hole, extents that were cut put together again."""
    found: Islands = {}
    last, end = 0, -1
    with closing(HoledContent(str(path), content, KEY)) as file:
        for offset, piece in file.pieces():
            assert 0 < len(piece) <= SEGMENT and offset >= end
            if offset == end:
                found[last] += piece
            else:
                last = offset
                found[last] = piece
            end = offset + len(piece)
    return found


def plain_of(size: int, islands: Islands) -> bytes:
    whole = bytearray(size)
    for offset, data in islands.items():
        whole[offset : offset + len(data)] = data
    return bytes(whole)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holed"


@pytest.mark.parametrize("codec", range(5))
def test_what_was_written_is_read(path: Path, codec: int) -> None:
    content = write(path, ISLANDS, codec=codec)
    assert pieces(path, content) == ISLANDS
    assert path.stat().st_size == HEADER.size + content.stored < 5 << 20


def test_the_header_tells_of_holes_and_of_the_whole_size(path: Path) -> None:
    content = write(path, ISLANDS)
    record = parse_header(path.read_bytes())
    assert (record.flags, record.size, record.stored) == (HAS_HOLES, SIZE, content.stored)


@pytest.mark.parametrize("size", [0, 1, SIZE, 1 << 62, (1 << 63) - 1])
def test_a_content_may_be_one_hole(path: Path, size: int) -> None:
    content = write(path, {}, size)
    assert pieces(path, content) == {}
    with closing(HoledContent(str(path), content, KEY)) as file:
        assert file.read_at(size // 2, 10) == bytes(min(10, size - size // 2))
        assert file.read_at(size, 10) == b""


def test_chunks_fill_holes_with_zeros(path: Path) -> None:
    islands = {4096: b"small", 3 << 20: NOISE}
    size = (10 << 20) + 5
    content = write(path, islands, size)
    with closing(HoledContent(str(path), content, KEY)) as file:
        chunks = list(file.chunks())
    assert max(map(len, chunks)) == SEGMENT
    assert b"".join(chunks) == plain_of(size, islands)


def test_holes_are_read_as_zeros_at_no_cost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write(path, ISLANDS)
    with closing(HoledContent(str(path), content, KEY)) as file:
        reads, pread = [0], os.pread

        def counted(descriptor: int, length: int, offset: int) -> bytes:
            reads[0] += 1
            return pread(descriptor, length, offset)

        monkeypatch.setattr(os, "pread", counted)
        for offset, wanted in (
            (0, bytes(4096) + b"small" + bytes(99)),
            ((1 << 20) - 7, bytes(7) + NOISE[:100]),
            ((1 << 39) + SEGMENT - 5, NOISE[SEGMENT - 5 : SEGMENT + 5]),
            (1 << 38, bytes(1000)),
            ((1 << 39) - 10, bytes(10) + NOISE + bytes(10)),
            ((1 << 40) + 10, bytes(6) + b"!"),
            (SIZE + 99, b""),
        ):
            length = max(len(wanted), 1)
            assert file.read_at(offset, length) == wanted, offset
        assert file.read_at(SIZE - 2, 1 << 50) == b"\0!"
        assert reads[0] < 20


@given(st.data())
def test_reading_at_is_slicing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("holed") / "file"
    islands: Islands = {}
    end = 0
    for _ in range(data.draw(st.integers(0, 5))):
        start = end + data.draw(st.integers(1, SEGMENT))
        length = data.draw(st.sampled_from([1, 4096, SEGMENT - 1, SEGMENT + 1]))
        islands[start] = NOISE[:length]
        end = start + length
    size = end + data.draw(st.integers(0, SEGMENT))
    plain = plain_of(size, islands)
    with closing(HoledContent(str(path), write(path, islands, size), KEY)) as file:
        assert b"".join(file.chunks()) == plain
        for _ in range(5):
            offset = data.draw(st.integers(0, size + 10))
            length = data.draw(st.integers(0, size + 10))
            assert file.read_at(offset, length) == plain[offset : offset + length]


def test_every_damaged_byte_is_found(path: Path) -> None:
    content = write(path, {4096: b"few bytes", 1 << 30: b"so that all can be tried"})
    good = path.read_bytes()
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= 0x01
        path.write_bytes(broken)
        with pytest.raises(IntegrityError):
            pieces(path, content)
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(IntegrityError):
            pieces(path, content)


def test_catalog_and_file_must_agree_on_holes(path: Path) -> None:
    content = write(path, ISLANDS)
    with pytest.raises(IntegrityError, match="another content"):
        LargeContent(str(path), content._replace(has_holes=0), KEY)
    writer = LargeWriter(str(path))
    writer.add(0, b"x")
    stored = writer.finish(1, digest(KEY, b"x"))
    whole = StoredContent(1, digest(KEY, b"x"), 1, stored, 0, 0, None, 0, None, 0, 0, 1)
    with pytest.raises(IntegrityError, match="another content"):
        HoledContent(str(path), whole, KEY)


FIRST = pack_extents([(0, 4), (8, SEGMENT - 4)], [bytes(SEGMENT)])
Lie = tuple[int, bytes, int]
LIES: dict[str, list[Lie]] = {
    "an index that points elsewhere": [(4096, FIRST, len(FIRST))],
    "segments in a wrong order": [(0, FIRST, len(FIRST)), (4, FIRST, len(FIRST))],
    "an extent beyond the end": [(SIZE - 1, pack_extents([(SIZE - 1, 2)], [b"xx"]), 22)],
    "no segment at all": [(0, b"rubbish that is long enough", 27)],
    "a size that nothing has": [(0, FIRST, 1 << 31)],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_store_that_lies_is_not_believed(path: Path, lie: str) -> None:
    writer = LargeWriter(str(path), has_holes=True)
    for offset, segment, size in LIES[lie]:
        writer.add_holed(0, segment, size, offset)
    name = digest_of(KEY, SIZE, {})
    stored = writer.finish(SIZE, name)
    content = StoredContent(1, name, SIZE, stored, 0, 0, None, 0, None, 0, 0, 1)
    with pytest.raises(IntegrityError):
        pieces(path, content)


def test_an_index_longer_than_the_file_is_refused_unread(path: Path) -> None:
    content = write(path, {})
    with path.open("r+b") as file:
        file.seek(HEADER.size)
        file.write(struct.pack("<II4s", (1 << 24) - 1, 0, b"TdI1"))
    with pytest.raises(IntegrityError, match="no index"):
        HoledContent(str(path), content, KEY)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    yield Workshop(tmp_path / "base").create()


def test_a_store_keeps_holes_as_such(shop: Workshop) -> None:
    with shop.running() as writer:
        number = put_holed(writer, SIZE, ISLANDS)
        assert writer.group.contents[-1][-2:] == (1, 0)
        shop.complete(writer)
    assert shop.rows("SELECT size, pack, has_holes FROM contents") == [(SIZE, None, 1)]
    with closing(shop.reader()) as reader:
        found = reader.contents([number])[number]
        assert found.has_holes and found.size == SIZE
        with closing(reader.open(found)) as content:
            assert content.size == SIZE
            assert content.read_at(1 << 39, 100) == NOISE[:100]


WRONG: dict[str, tuple[list[bytes], int]] = {
    "beyond the end": ([pack_extents([(SIZE - 1, 2)], [b"xx"])], SIZE),
    "not ascending": ([FIRST, pack_extents([(4, 1)], [b"x"])], SIZE),
    "after a short one": ([segment for _, segment in segments_of({0: b"x"})] * 2, SIZE),
    "no extents": ([pack_extents([], [])], SIZE),
    "noise": ([b"noise"], SIZE),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_not_kept(shop: Workshop, what: str) -> None:
    """Though the digest is right: it says what was sent, not that it makes sense."""
    parts, size = WRONG[what]
    with pytest.raises(IntegrityError), shop.running() as writer:
        upload = writer.begin_large(has_holes=True)
        digester = HoledDigester(writer.key)
        for part in parts:
            upload.add(0, len(part), part)
            digester.update(part)
        upload.prove(digester.digest(size), size)
        writer.keep_large(upload, digester.digest(size))
        writer.drain()
    assert shop.rows("SELECT count(*) FROM contents") == [(0,)]
    assert not list(shop.home.glob("[0-9a-f][0-9a-f]/*"))


def test_another_size_is_another_content(shop: Workshop) -> None:
    with pytest.raises(IntegrityError, match="digest"), shop.running() as writer:
        name = digest_of(writer.repository.digest_key, SIZE, {})
        upload = writer.begin_large(has_holes=True)
        upload.prove(name, SIZE + 1)
        writer.keep_large(upload, name)
        writer.drain()
