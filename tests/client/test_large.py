import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.client.large import LargeSender, digest_large
from tardis.client.packing import Pack, Packer, pack_segments, pack_stream
from tardis.crypto import digest
from tardis.model import SEGMENT, SourceError
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadPart
from tardis.scan import CHANGED, Filesystems, FolderReader, Open, Range, bodies
from tardis.scan.reading import iter_segments
from tardis.streams import Codec, expand
from tests.client.fakes import KEY
from tests.client.recorder import Recorder
from tests.scan.trees import walk

DATA = bytes(range(256)) * 6000


class Big:
    """A large file, and what was said of it."""

    def __init__(self, place: Path) -> None:
        self.file = place / "file"
        self.file.write_bytes(DATA)
        (found,) = walk(place)
        assert isinstance(found, Range)
        self.row = found.rows[0]
        rows = Filesystems([], lambda item: None)
        self.reader = FolderReader(found.path, found.directory, rows, 0.0)
        self.line, self.read_bytes = Recorder(), 0

    def advance(self, size: int) -> None:
        self.read_bytes += size

    def send(self, codec: Codec = Codec.NONE, pack: Pack = pack_segments) -> None:
        sender = LargeSender(self.line, KEY, Packer(codec, 4096), pack)
        sent = sender.send((4, 2), self.reader, self.row, self.advance)
        self.outcome, self.data_bytes = sent

    def kinds(self) -> list[type[object]]:
        return [type(message) for message in self.line.said]


@pytest.fixture
def big(tmp_path: Path) -> Iterator[Big]:
    one = Big(tmp_path)
    yield one
    one.reader.close()


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_segments_come_between_begin_and_end(big: Big, codec: Codec) -> None:
    big.send(codec)
    first, *parts, last = big.line.said
    assert first == UploadBegin(4, 2, False)
    assert last == UploadEnd(0, b"", digest(KEY, DATA), len(DATA))
    plain = b"".join(
        expand(part.codec, part.data, part.size) for part in parts if isinstance(part, UploadPart)
    )
    assert plain == DATA
    assert big.read_bytes == len(DATA)


def grower(big: Big, times: int) -> object:
    """Return a stand-in for `iter_segments` during which the file grows, so often."""
    left = [times]

    def segments(file: Open) -> Iterator[bytes]:
        yield from iter_segments(file)
        if left[0]:
            left[0] -= 1
            with big.file.open("ab") as more:
                more.write(b"+")

    return segments


def test_a_file_that_grows_once_is_sent_again(big: Big, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "iter_segments", grower(big, 1))
    big.send()
    once = [UploadBegin, UploadPart, UploadPart]
    assert big.kinds() == [*once, UploadAbort, *once, UploadEnd]
    assert (big.outcome.marks, big.outcome.size) == (0, len(DATA) + 1)
    assert big.outcome.state


def test_a_file_that_never_keeps_still_is_marked(big: Big, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "iter_segments", grower(big, 9))
    big.send()
    assert big.kinds().count(UploadAbort) == 2
    assert big.outcome.marks & CHANGED
    read, _ = digest_large(big.reader, big.row, KEY, big.advance)
    assert read.marks & CHANGED


def test_a_read_error_gives_the_upload_up(big: Big, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: Open) -> Iterator[bytes]:
        yield b"x"
        raise OSError(5, "broken")

    monkeypatch.setattr(bodies, "iter_segments", fail)
    with pytest.raises(SourceError, match="broken"):
        big.send()
    assert big.kinds() == [UploadBegin, UploadPart, UploadAbort]
    with pytest.raises(SourceError, match="broken"):
        digest_large(big.reader, big.row, KEY, big.advance)


def test_the_digest_is_that_of_the_whole_file(big: Big) -> None:
    before = len(os.listdir("/proc/self/fd"))
    read, looks = digest_large(big.reader, big.row, KEY, big.advance)
    assert (read.state, read.size, looks) == (b"", len(DATA), digest(KEY, DATA))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_classic_content_is_sent_as_one_stream(big: Big) -> None:
    big.send(Codec.ZLIB, pack_stream)
    _, *parts, last = big.line.said
    told = [part for part in parts if isinstance(part, UploadPart)]
    assert [part.size for part in told] == [SEGMENT, len(DATA) - SEGMENT]
    assert zlib.decompress(b"".join(part.data for part in told)) == DATA
    assert last == UploadEnd(0, b"", digest(KEY, DATA), len(DATA))
