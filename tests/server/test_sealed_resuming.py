"""Uploads of sealed contents that were cut off go on, if what is here is theirs."""

import os
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tardis.crypto import MOST_MARK, OVERHEAD, Sealing, Seals, Stretched, checksum, unwrap
from tardis.crypto.seals import End
from tardis.model import SEGMENT, Observer, RemoteProtocolError, StoredContent, TardisError
from tardis.server.resuming import Resuming
from tardis.store import Level, Reading, keys_of, open_scrub, read_data
from tardis.store.partials import INDEX, PARTS
from tardis.store.records import HEADER
from tests.crypto.slots import FLOOR
from tests.delta.shapes import noise
from tests.server.test_sealed_deltas import file_of, rows, spoil
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick
from tools import rescue

SIZE = 11 * SEGMENT + 99
CUT = 10 * SEGMENT
"""Bytes on the wire after which the line is lost: some nine segments have arrived."""

AGAIN = 2 * SEGMENT
"""Bytes that may go twice: a part of a segment, and all else that a run says."""

HEAD = 41
"""Bytes of a list before its first row."""


class Line:
    """Carries so many bytes and is lost then."""

    def __init__(self, most: int) -> None:
        self.left = most

    def __call__(self, data: bytes) -> bytes:
        self.left -= len(data)
        return data if self.left > 0 else b""


class Big:
    """A tree with one large file, and what has been sent of it."""

    def __init__(self, base: Path, top: Path) -> None:
        top.mkdir()
        self.vault = Vault(base)
        self.top = top
        self.path = top / "large-of-mine"
        self.path.write_bytes(noise(SIZE, 5))

    def cut(self, most: int = CUT, **how: int) -> None:
        with pytest.raises(TardisError):
            self.vault.run(self.top, change=Line(most), **how)

    def run(self, **how: int) -> int:
        """Back up; return the bytes that went over the wire."""
        before = len(self.vault.wire)
        report = self.vault.run(self.top, **how)
        assert not report.problems
        return len(self.vault.wire) - before

    @property
    def incoming(self) -> Path:
        """The one content that is on its way."""
        folder = self.vault.base / CLIENT_NAME / "packs" / "incoming"
        [found] = [path for path in folder.iterdir() if path.suffix != PARTS]
        return found

    def content(self) -> StoredContent:
        with self.vault.reader() as reader:
            [(number,)] = rows(self.vault, "SELECT id FROM contents")
            return reader.contents([number])[number]

    def check(self) -> None:
        """Read all of it, and parts of it, and let the server look at it without a key."""
        data = self.path.read_bytes()
        assert self.vault.flat(1) == {b"large-of-mine": data}
        with self.vault.reader() as reader, closing(reader.open(self.content())) as opened:
            for offset in range(0, len(data), SEGMENT - 7):
                assert opened.read_at(offset, 20) == data[offset : offset + 20]
        with open_scrub(self.vault.place.layout(CLIENT_NAME)) as scrub:
            scrub.structure()
            read_data(scrub, Reading(processes=1, anew=True), Observer())
            assert not scrub.done.at(Level.DAMAGE)
        assert os.listdir(self.vault.base / CLIENT_NAME / "packs" / "incoming") == []


@pytest.fixture
def big(tmp_path: Path) -> Big:
    return Big(tmp_path / "base", tmp_path / "tree-of-mine")


@pytest.mark.parametrize("codec", [0, 1])
def test_only_the_rest_is_sent(big: Big, codec: int) -> None:
    if codec:
        half = noise(SEGMENT // 2)
        big.path.write_bytes((half + bytes(len(half))) * 20)
        big.cut(CUT // 2 + SEGMENT, codec=codec)
    else:
        big.cut()
    kept = big.incoming.stat().st_size
    assert kept > (4 if codec else 8) * SEGMENT
    sent = big.run(codec=codec)
    assert sent < big.content().stored - kept + AGAIN
    big.check()


def end_of(big: Big) -> End:
    """Open the last piece of the one content."""
    data, digest = file_of(big.vault, big.content()).read_bytes(), big.content().digest
    (count,) = struct.unpack_from("<I", data, len(data) - 12)
    index = len(data) - 12 - count * INDEX.size
    length = INDEX.unpack_from(data, len(data) - 12 - INDEX.size)[0]
    return Seals(big.vault.ring()).open_end(digest, data[index - length : index])


def by_rescue(big: Big) -> bytes:
    """Return the one content as the tool that has nothing of ours reads it."""
    keys = keys_of(big.vault.place, CLIENT_NAME)
    assert keys is not None
    [slot], name = keys.slots, keys.repository.id
    master = unwrap(slot, Stretched.of(quick(PASSWORD, slot.salt, FLOOR)), name)
    store = str(big.vault.base / CLIENT_NAME)
    contents = rescue.Contents(store, rescue.Modern(master, name), False, True)
    with TemporaryFile() as file:
        contents.fetch(big.content().digest, None, file)
        file.seek(0)
        return file.read()


def test_it_may_be_cut_again_and_again(big: Big) -> None:
    big.cut()
    first = big.incoming.stat().st_size
    big.cut(SEGMENT + SEGMENT // 2)
    second = big.incoming.stat().st_size
    assert second > first
    assert big.run() < SIZE - second + AGAIN
    big.check()
    assert by_rescue(big) == big.path.read_bytes()
    places = [place for place, _ in end_of(big).later]
    assert len(places) == 2 and 8 <= places[0] < places[1] < 12


def test_an_upload_that_was_never_cut_tells_of_nothing(big: Big) -> None:
    big.run()
    assert end_of(big).later == ()
    big.check()


def test_a_file_with_holes_goes_on_too(big: Big) -> None:
    with big.path.open("wb") as file:
        for number in range(11):
            file.seek(number << 24)
            file.write(noise(SEGMENT, number))
        file.truncate(1 << 30)
    if big.path.stat().st_blocks * 512 >= 1 << 30:
        pytest.skip("the file system keeps no holes")
    big.cut()
    kept = big.incoming.stat().st_size
    assert big.run() < SIZE - kept + AGAIN
    with big.vault.reader() as reader, closing(reader.open(big.content())) as opened:
        assert big.content().has_holes
        found = dict(opened.pieces())
    assert b"".join(found[at] for at in sorted(found)) == b"".join(
        noise(SEGMENT, number) for number in range(11)
    )


@pytest.mark.parametrize("what", ["its beginning", "its size"])
def test_a_file_that_changed_begins_anew(big: Big, what: str) -> None:
    """Whatever it is that shows it."""
    big.cut()
    before = big.path.stat()
    with big.path.open("r+b") as file:
        file.seek(0, 2 if what == "its size" else 0)
        file.write(b"another")
    if what == "its beginning":
        os.utime(big.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert big.run() > SIZE
    big.check()


def test_an_edit_that_no_time_shows_is_found_by_what_the_client_sealed(
    big: Big, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server offers what it has of any file."""
    monkeypatch.setattr(Resuming, "name_of", lambda self, listed, basis=0: bytes(32))
    big.cut()
    data = noise(SIZE, 5)
    big.path.write_bytes(data[:9] + b"?" + data[10:])
    assert big.run() > SIZE
    assert end_of(big).later == ()
    big.check()


def flip(big: Big, segment: int) -> None:
    """Spoil one byte of a sealed segment."""
    spoil(big.incoming, HEADER.size + segment * (SEGMENT + OVERHEAD) + 777)


def forge(big: Big, segment: int) -> None:
    """Spoil one byte of a sealed segment, and make all checksums fit that need no key."""
    flip(big, segment)
    place = HEADER.size + segment * (SEGMENT + OVERHEAD)
    data = big.incoming.read_bytes()
    piece = data[place : place + SEGMENT + OVERHEAD]
    piece = checksum(piece[32:]) + piece[32:]
    big.incoming.write_bytes(data[:place] + piece + data[place + len(piece) :])
    listed = Path(f"{big.incoming}{PARTS}")
    rows, at = bytearray(listed.read_bytes()), HEAD
    for _ in range(segment):
        at += INDEX.size + 2 + struct.unpack_from("<H", rows, at + INDEX.size)[0]
    INDEX.pack_into(rows, at, len(piece), zlib.crc32(piece), 0)
    listed.write_bytes(rows)


def test_a_damaged_segment_and_what_follows_is_sent_again(big: Big) -> None:
    big.cut()
    flip(big, 8)
    assert SIZE - 8 * SEGMENT < big.run() < SIZE - 8 * SEGMENT + AGAIN
    assert [place for place, _ in end_of(big).later] == [8]
    big.check()


@pytest.mark.parametrize("spoil_it", [flip, forge])
def test_what_was_tampered_with_is_sent_anew(
    big: Big, spoil_it: Callable[[Big, int], None]
) -> None:
    big.cut()
    spoil_it(big, 3)
    assert big.run() > SIZE
    assert end_of(big).later == ()
    big.check()


def test_a_mark_of_another_upload_is_not_gone_on_with(big: Big, tmp_path: Path) -> None:
    """Its segments are whole, and are not this file's."""
    big.cut()
    other = Big(tmp_path / "other", tmp_path / "their-tree")
    other.cut()
    mine, theirs = (Path(f"{one.incoming}{PARTS}") for one in (big, other))
    head = mine.read_bytes()[:HEAD]
    big.incoming.write_bytes(other.incoming.read_bytes())
    mine.write_bytes(head + theirs.read_bytes()[HEAD:])
    assert big.run() > SIZE
    big.check()


def test_a_list_of_segments_in_clear_is_not_believed(big: Big) -> None:
    big.cut()
    listed = Path(f"{big.incoming}{PARTS}")
    data = listed.read_bytes()
    head = data[:4] + b"\0" + data[5:37] + bytes(4)
    listed.write_bytes(head[:37] + struct.pack("<I", zlib.crc32(head)) + data[HEAD:])
    assert big.run() > SIZE
    big.check()


def test_a_client_sends_no_mark_that_cannot_be(big: Big, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sealing, "mark", lambda self, looks: bytes(MOST_MARK + 1))
    with pytest.raises(RemoteProtocolError, match="mark"):
        big.vault.run(big.top)
