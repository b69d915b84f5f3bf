"""A large file whose beginning the server has: only the rest is sent, if it is the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.client import resuming as module
from tardis.client.large import LargeSender
from tardis.client.packing import Packer, pack_stream
from tardis.crypto import NO_PIECES, HoledDigester, Seals, digest, link_piece
from tardis.model import RESUMABLE, SEGMENT, RemoteProtocolError
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadHeld, UploadPart
from tardis.scan import CHANGED, Filesystems, FolderReader, Open, Range, Read, bodies
from tardis.scan.reading import iter_segments
from tests.client.fakes import KEY
from tests.client.recorder import Recorder
from tests.client.test_upload import Desk
from tests.crypto.slots import ring
from tests.delta.shapes import noise
from tests.scan.trees import walk

DATA = noise(SEGMENT) * (RESUMABLE + 2) + b"the end"


class Big:
    """A large file, and what was said of it."""

    def __init__(self, place: Path, data: bytes = DATA) -> None:
        self.file = place / "file"
        self.file.write_bytes(data)
        (found,) = walk(place)
        assert isinstance(found, Range)
        self.row = found.rows[0]
        rows = Filesystems([], lambda item: None)
        self.reader = FolderReader(found.path, found.directory, rows, 0.0)
        self.line = Recorder()

    def send(self, held: UploadHeld | None = None, seals: Seals | None = None) -> Read:
        sender = LargeSender(self.line, KEY, Packer(0, 4096), seals=seals)
        if held is not None:
            sender.offered.add(held)
        return sender.send((4, 2), self.reader, self.row, lambda size: None)[0]

    def begins(self) -> list[UploadBegin]:
        return [message for message in self.line.said if isinstance(message, UploadBegin)]

    def sent(self) -> bytes:
        """Return what went out since the last beginning."""
        found = b""
        for message in self.line.said:
            if isinstance(message, UploadBegin):
                found = b""
            elif isinstance(message, UploadPart):
                found += message.data
        return found


@pytest.fixture
def big(tmp_path: Path) -> Iterator[Big]:
    one = Big(tmp_path)
    yield one
    one.reader.close()


def held(parts: int, data: bytes = DATA) -> UploadHeld:
    return UploadHeld(4, 2, parts, digest(KEY, data[: parts * SEGMENT]))


@pytest.mark.parametrize("parts", [1, RESUMABLE, RESUMABLE + 2])
def test_only_the_rest_is_sent(big: Big, parts: int) -> None:
    big.send(held(parts))
    assert big.begins() == [UploadBegin(4, 2, False, held=parts)]
    assert big.sent() == DATA[parts * SEGMENT :]
    assert big.line.said[-1] == UploadEnd(0, b"", digest(KEY, DATA), len(DATA))


@pytest.mark.parametrize("parts", [RESUMABLE, RESUMABLE + 3, 1 << 40])
def test_another_beginning_is_sent_anew(big: Big, parts: int) -> None:
    big.send(UploadHeld(4, 2, parts, bytes(32)))
    assert big.begins() == [UploadBegin(4, 2, False)]
    assert big.sent() == DATA


def test_a_file_with_holes_goes_on_by_its_extents(tmp_path: Path) -> None:
    big = Big(tmp_path, b"")
    with big.file.open("r+b") as file:
        for number in range(RESUMABLE + 1):
            file.seek(number << 24)
            file.write(noise(SEGMENT, number))
        file.truncate(1 << 30)
    if big.file.stat().st_blocks * 512 >= 1 << 30:
        pytest.skip("the file system keeps no holes")
    big.send()
    assert big.begins() == [UploadBegin(4, 2, True)]
    digester = HoledDigester(KEY)
    parts = [message.data for message in big.line.said if isinstance(message, UploadPart)]
    for part in parts[:RESUMABLE]:
        digester.update(part)
    end = big.line.said[-1]
    big.send(UploadHeld(4, 2, RESUMABLE, digester.so_far()))
    assert big.begins()[-1] == UploadBegin(4, 2, True, held=RESUMABLE)
    assert big.sent() == b"".join(parts[RESUMABLE:]) and big.line.said[-1] == end
    big.reader.close()


def writer_beside(big: Big, times: int, offset: int | None) -> object:
    """Return a stand-in for `iter_segments` during which the file is written to, so often."""
    left = [times]

    def segments(file: Open) -> Iterator[bytes]:
        yield from iter_segments(file)
        if left[0]:
            left[0] -= 1
            with big.file.open("r+b") as more:
                more.seek(0 if offset is None else offset, 2 if offset is None else 0)
                more.write(b"+")

    return segments


def test_of_a_file_that_grows_only_what_grew_is_sent_again(
    big: Big, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 1, None))
    big.send()
    whole = RESUMABLE + 2
    assert big.begins() == [UploadBegin(4, 2, False), UploadBegin(4, 2, False, held=whole)]
    assert UploadAbort(keeps=True) in big.line.said
    assert big.sent() == b"the end+"
    assert big.line.said[-1] == UploadEnd(0, _state(big), digest(KEY, DATA + b"+"), len(DATA) + 1)


def _state(big: Big) -> bytes:
    end = big.line.said[-1]
    assert isinstance(end, UploadEnd)
    return end.state


def test_what_travels_as_one_stream_is_sent_anew(big: Big, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 1, None))
    sender = LargeSender(big.line, KEY, Packer(0, 4096), pack_stream)
    sender.send((4, 2), big.reader, big.row, lambda size: None)
    assert big.begins() == [UploadBegin(4, 2, False)] * 2
    assert UploadAbort() in big.line.said and UploadAbort(keeps=True) not in big.line.said


def test_a_file_that_changes_at_its_beginning_is_sent_anew(
    big: Big, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 1, 5))
    big.send()
    assert big.begins() == [UploadBegin(4, 2, False)] * 2
    assert big.sent() == big.file.read_bytes()


def test_a_file_that_never_keeps_still_is_tried_as_often_as_ever(
    big: Big, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 99, None))
    read = big.send(held(RESUMABLE))
    assert read.marks & CHANGED
    assert [begin.held for begin in big.begins()] == [RESUMABLE, RESUMABLE + 2, RESUMABLE + 2]


def test_an_offer_is_kept_until_the_file_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(DATA)
    desk = Desk(tmp_path)
    desk.uploader.large.offered.add(UploadHeld(0, 0, RESUMABLE, held(RESUMABLE).digest))
    desk.want(contents=(0,))
    begin, *_ = desk.work()
    assert begin == UploadBegin(0, 0, False, held=RESUMABLE)
    assert desk.report.bytes_backed == len(DATA)


def test_a_server_offers_no_more_than_a_run_can_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 2)
    (tmp_path / "big").write_bytes(b"x")
    desk = Desk(tmp_path)
    for position in range(2):
        desk.uploader.large.offered.add(UploadHeld(0, position, 8, b""))
    with pytest.raises(RemoteProtocolError, match="too much"):
        desk.uploader.large.offered.add(UploadHeld(0, 2, 8, b""))


SEALS = Seals(ring())


def parts_of(big: Big) -> list[UploadPart]:
    """Return the segments that went out since the last beginning."""
    found: list[UploadPart] = []
    for message in big.line.said:
        if isinstance(message, UploadBegin):
            found = []
        elif isinstance(message, UploadPart):
            found.append(message)
    return found


def sealed_held(parts: list[UploadPart], count: int) -> UploadHeld:
    """Return what a server says of the first *count* of *parts*."""
    linked = NO_PIECES
    for part in parts[:count]:
        linked = link_piece(linked, part.data)
    return UploadHeld(4, 2, count, linked, parts[count - 1].mark)


def plain_of(big: Big, parts: list[UploadPart]) -> bytes:
    """Open all *parts* of an upload that has just ended."""
    end = big.line.said[-1]
    assert isinstance(end, UploadEnd)
    told = SEALS.open_end(end.digest, end.seal)
    return b"".join(
        SEALS.open_part(part.codec, part.size, (at, 0), told.whole_of(at), part.data)
        for at, part in enumerate(parts)
    )


def test_sealed_segments_have_marks_once_they_are_enough(big: Big) -> None:
    big.send(seals=SEALS)
    marks = [bool(part.mark) for part in parts_of(big)]
    assert marks == [False] * (RESUMABLE - 1) + [True] * 3 + [False]
    assert plain_of(big, parts_of(big)) == DATA


@pytest.mark.parametrize("count", [RESUMABLE, RESUMABLE + 2])
def test_sealed_ones_are_gone_on_with(big: Big, count: int) -> None:
    big.send(seals=SEALS)
    parts = parts_of(big)
    big.send(sealed_held(parts, count), SEALS)
    assert big.begins()[-1] == UploadBegin(4, 2, False, held=count)
    assert plain_of(big, parts[:count] + parts_of(big)) == DATA


def test_what_is_not_ours_is_sent_anew(big: Big) -> None:
    big.send(seals=SEALS)
    good = sealed_held(parts_of(big), RESUMABLE)
    other = sealed_held(parts_of(big), RESUMABLE + 1)
    for wrong in (
        replace(good, mark=b""),
        replace(good, mark=good.mark[:-1] + b"?"),
        replace(good, mark=other.mark),
        replace(good, digest=other.digest),
        replace(good, parts=RESUMABLE + 1),
    ):
        big.send(wrong, SEALS)
        assert big.begins()[-1] == UploadBegin(4, 2, False)
        assert plain_of(big, parts_of(big)) == DATA


def test_another_file_with_the_same_mark_is_sent_anew(big: Big) -> None:
    big.send(seals=SEALS)
    held = sealed_held(parts_of(big), RESUMABLE)
    for fresh in (b"!" + DATA[1:], DATA[:SEGMENT]):
        big.file.write_bytes(fresh)
        big.send(held, SEALS)
        assert big.begins()[-1] == UploadBegin(4, 2, False)
        assert plain_of(big, parts_of(big)) == fresh


def test_of_a_sealed_file_that_grows_only_what_grew_is_sent_again(
    big: Big, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "iter_segments", writer_beside(big, 2, None))
    big.send(seals=SEALS)
    whole = RESUMABLE + 2
    assert [begin.held for begin in big.begins()] == [0, whole, whole]
    first = [message for message in big.line.said if isinstance(message, UploadPart)][:whole]
    assert plain_of(big, first + parts_of(big)) == DATA + b"++"
