"""Large files with holes: their extents are sent, and again when they did not keep still."""

import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tardis.client.large import LargeSender, digest_large
from tardis.client.packing import Packer, pack_segments, pack_stream
from tardis.crypto import digest
from tardis.model import SourceError
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadPart
from tardis.scan import CHANGED, Filesystems, FolderReader, Open, Range, bodies
from tardis.scan.holes import iter_sections
from tardis.streams import Codec, Extent, expand, parse_extents
from tests.client.fakes import KEY
from tests.client.recorder import Recorder
from tests.scan.trees import walk

SIZE = (1 << 40) + 17


class Holed:
    """A file of holes with two islands, and what was said of it."""

    def __init__(self, place: Path, size: int = SIZE, key: bytes = KEY) -> None:
        self.file = place / "file"
        self.key = key
        with self.file.open("wb") as file:
            file.truncate(size)
            for offset in (1 << 20, size >> 1 >> 20 << 20):
                file.seek(offset)
                file.write(b"x" * 4096)
        (found,) = walk(place)
        assert isinstance(found, Range)
        self.row = found.rows[0]
        rows = Filesystems([], lambda item: None)
        self.reader = FolderReader(found.path, found.directory, rows, 0.0)
        self.line, self.advanced = Recorder(), 0

    def advance(self, size: int) -> None:
        self.advanced += size

    def send(self, codec: Codec = Codec.NONE) -> None:
        pack = pack_segments if self.key else pack_stream
        sender = LargeSender(self.line, self.key, Packer(codec, 4096), pack)
        sent = sender.send((4, 2), self.reader, self.row, self.advance)
        self.outcome, self.data_bytes = sent

    def digest(self) -> bytes:
        return digest_large(self.reader, self.row, KEY, self.advance)[1]

    def kinds(self) -> list[type[object]]:
        return [type(message) for message in self.line.said]


@pytest.fixture
def holed(tmp_path: Path) -> Iterator[Holed]:
    one = Holed(tmp_path)
    yield one
    one.reader.close()


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_only_extents_are_sent(holed: Holed, codec: Codec) -> None:
    wanted = holed.digest()
    holed.advanced = 0
    holed.send(codec)
    begin, part, last = holed.line.said
    assert begin == UploadBegin(4, 2, True)
    assert isinstance(part, UploadPart)
    extents, _ = parse_extents(expand(part.codec, part.data, part.size))
    assert extents == [(1 << 20, 4096), (1 << 39, 4096)]
    assert last == UploadEnd(0, b"", wanted, SIZE)
    assert (holed.outcome.size, holed.data_bytes, holed.advanced) == (SIZE, 8192, SIZE)


def test_one_hole_is_sent_without_any_part(holed: Holed) -> None:
    os.truncate(holed.file, 0)
    os.truncate(holed.file, SIZE)
    holed.send()
    assert holed.kinds() == [UploadBegin, UploadEnd]
    assert (holed.outcome.size, holed.data_bytes) == (SIZE, 0)


def changing(holed: Holed, times: int) -> object:
    """Return a stand-in for `iter_sections` during which the file grows, so often."""
    left = [times]

    def sections(file: Open, extents: Iterable[Extent]) -> Iterator[object]:
        yield from iter_sections(file, extents)
        if left[0]:
            left[0] -= 1
            with holed.file.open("ab") as more:
                more.write(b"+")

    return sections


def test_a_file_that_grows_once_is_sent_again(
    holed: Holed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_sections", changing(holed, 1))
    holed.send()
    once = [UploadBegin, UploadPart]
    assert holed.kinds() == [*once, UploadAbort, *once, UploadEnd]
    assert (holed.outcome.marks, holed.outcome.size) == (0, SIZE + 1)


def test_a_file_that_never_keeps_still_is_marked(
    holed: Holed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_sections", changing(holed, 9))
    holed.send()
    assert holed.kinds().count(UploadAbort) == 2
    assert holed.outcome.marks & CHANGED


def test_a_file_that_is_filled_is_sent_whole(holed: Holed) -> None:
    holed.file.write_bytes(b"y" * 300_000)
    holed.send()
    assert holed.line.said[0] == UploadBegin(4, 2, False)


def test_an_error_before_the_first_byte_begins_nothing(
    holed: Holed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "broken")

    monkeypatch.setattr(os, "lseek", fail)
    with pytest.raises(SourceError, match="broken"):
        holed.send()
    assert holed.kinds() == []
    with pytest.raises(SourceError, match="broken"):
        holed.digest()


def test_an_error_on_the_way_gives_the_upload_up(
    holed: Holed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(5, "broken")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(SourceError, match="broken"):
        holed.send()
    assert holed.kinds() == [UploadBegin, UploadAbort]


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_a_classic_content_is_told_with_its_holes_but_sent_without(
    tmp_path: Path, codec: Codec
) -> None:
    holed = Holed(tmp_path, (32 << 20) + 17, b"")
    holed.send(codec)
    begin, *parts, end = holed.line.said
    plain = holed.file.read_bytes()
    assert begin == UploadBegin(4, 2, True)
    assert isinstance(end, UploadEnd) and (end.digest, end.size) == (digest(b"", plain), len(plain))
    data = []
    for part in parts:
        assert isinstance(part, UploadPart) and part.codec == codec
        data.append(part.data if part.data or codec else bytes(part.size))
    sizes = [part.size for part in parts if isinstance(part, UploadPart)]
    assert sizes == [1 << 20] * 32 + [17]
    sent = b"".join(data)
    assert (zlib.decompress(sent) if codec else sent) == plain
    assert sum(len(part.data) for part in parts if isinstance(part, UploadPart)) < 3 << 20
    assert (holed.outcome.size, holed.data_bytes, holed.advanced) == (len(plain), 8192, len(plain))
    holed.reader.close()
