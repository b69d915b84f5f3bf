"""Small files are read ahead in order, and what goes wrong is told where it is waited for."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.client import JobOptions, readahead
from tardis.client.packing import Packer
from tardis.client.readahead import READERS, SLOW, ReadAhead, Small, Spent, cut
from tardis.client.run import Run
from tardis.crypto import digest
from tardis.model import SMALL, Report, SourceError
from tardis.protocol import messages
from tardis.scan import CHANGED, FolderReader, Range, Read, Walker, WalkRules, reading
from tardis.scan.reading import RACY
from tardis.streams import Codec, expand
from tests.client.fakes import KEY
from tests.client.recorder import Recorder


class Desk:
    def __init__(self, place: Path) -> None:
        opened = messages.SetOpened(1, "s", False, bytes(16), "modern", KEY, ())
        self.run = Run(Recorder(), JobOptions("c", {}), opened, Report())
        walker = Walker(WalkRules(), self.run.filesystems)
        (found,) = walker.walk(walker.place_of(os.fsencode(place), place.stat()))
        assert isinstance(found, Range)
        self.found = found
        self.ahead = ReadAhead(
            lambda one: self.run.open_folder(one.path, one.directory),
            KEY,
            Packer(int(Codec.ZLIB), 100),
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    for number in range(10):
        (tmp_path / f"{number}").write_bytes(b"%d" % number * 1000)
    (tmp_path / "large").write_bytes(bytes(SMALL + 1))
    made = Desk(tmp_path)
    yield made
    made.ahead.close()


def test_a_listing_is_cut_by_files_and_by_bytes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tuple(range(11))
    (whole,) = cut(7, desk.found, wanted, is_told=False)
    assert (whole.request, whole.positions, whole.size_bytes) == (7, list(wanted), 10_000)
    monkeypatch.setattr(readahead, "BATCH_FILES", 4)
    assert [one.positions for one in cut(7, desk.found, wanted, is_told=False)] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10],
    ]  # fmt: skip
    monkeypatch.setattr(readahead, "BATCH_BYTES", 2500)
    assert [len(one.positions) for one in cut(7, desk.found, wanted, is_told=False)] == [
        2, 2, 2, 2, 3,
    ]  # fmt: skip
    assert cut(7, desk.found, (), is_told=True) == []


def test_every_file_is_read_digested_and_packed(desk: Desk) -> None:
    batches = [cut(0, desk.found, (place,), is_told=False)[0] for place in range(11)]
    for batch in batches:
        desk.ahead.submit(batch)
    results = [one for batch in batches for one in batch.results()]
    assert results[10] is None
    for number, one in enumerate(results[:10]):
        assert isinstance(one, Small)
        data = b"%d" % number * 1000
        assert (one.read.size, one.digest, one.codec) == (1000, digest(KEY, data), Codec.ZLIB)
        assert expand(one.codec, one.data, 1000) == data


def test_a_batch_tells_whether_it_is_read(desk: Desk) -> None:
    (batch,) = cut(0, desk.found, (3,), is_told=False)
    assert not batch.is_read
    desk.ahead.submit(batch)
    desk.ahead.close()
    assert batch.is_read and len(batch.results()) == 1


def test_a_digest_comes_with_the_plain_bytes(desk: Desk) -> None:
    (batch,) = cut(0, desk.found, (3,), is_told=True)
    desk.ahead.submit(batch)
    (one,) = batch.results()
    assert isinstance(one, Small) and one.data == b"3" * 1000


def test_a_file_that_is_gone_spoils_no_other(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "1").unlink()
    (batch,) = cut(0, desk.found, (0, 1, 2), is_told=False)
    desk.ahead.submit(batch)
    first, gone, last = batch.results()
    assert isinstance(first, Small) and isinstance(last, Small)
    assert isinstance(gone, SourceError) and gone.errno == 2


def test_a_directory_that_is_gone_is_told_for_each_file(desk: Desk, tmp_path: Path) -> None:
    tmp_path.rename(f"{tmp_path}-moved")
    (batch,) = cut(0, desk.found, (0, 1), is_told=False)
    desk.ahead.submit(batch)
    assert [type(one) for one in batch.results()] == [SourceError, SourceError]


def test_a_bug_in_a_thread_is_raised_where_it_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(readahead, "digest", broken)
    (batch,) = cut(0, desk.found, (0,), is_told=False)
    desk.ahead.submit(batch)
    with pytest.raises(ZeroDivisionError):
        batch.results()
    monkeypatch.undo()
    (batch,) = cut(0, desk.found, (0,), is_told=False)
    desk.ahead.submit(batch)  # the thread goes on
    assert len(batch.results()) == 1


def test_no_thread_runs_before_the_first_batch_or_after_the_end(desk: Desk) -> None:
    assert desk.ahead._threads == []
    (batch,) = cut(0, desk.found, (0,), is_told=False)
    desk.ahead.submit(batch)
    threads = list(desk.ahead._threads)
    desk.ahead.close()
    assert batch.results() and not any(thread.is_alive() for thread in threads)


def test_codes_are_made_where_files_are_read(desk: Desk) -> None:
    asked: list[tuple[int, bytes]] = []

    def prove(found: Range, position: int, read: Read, looks: bytes) -> bytes:
        asked.append((position, looks))
        return b"code of %d" % position

    packer = Packer(int(Codec.NONE), 100)
    ahead = ReadAhead(lambda one: desk.run.open_folder(one.path, one.directory), KEY, packer,
                      prove=prove)  # fmt: skip
    (batch,) = cut(0, desk.found, (0, 1, 10), is_told=False)
    ahead.submit(batch)
    first, second, large = batch.results()
    ahead.close()
    assert isinstance(first, Small) and isinstance(second, Small) and large is None
    assert (first.mac, second.mac) == (b"code of 0", b"code of 1")
    assert asked == [(0, first.digest), (1, second.digest)]


def odd(place: Path, how: str) -> None:
    """Let the first file of *place* be something else than was listed."""
    first = place / "0"
    if how == "gone":
        first.unlink()
    elif how == "another":
        first.write_bytes(b"longer" * 1000)
    elif how == "large":
        first.write_bytes(bytes(SMALL + 1))


@pytest.mark.parametrize("how", ["as it was", "gone", "another", "large"])
def test_one_odd_file_makes_a_batch_odd(desk: Desk, tmp_path: Path, how: str) -> None:
    odd(tmp_path, how)
    (batch,) = cut(5, desk.found, (0, 1, 2), is_told=False)
    assert not batch.is_plain
    desk.ahead.submit(batch)
    results = batch.results()
    assert batch.is_plain is (how == "as it was")
    if batch.is_plain:
        items, macs = batch.contents(results)
        assert [item[:4] for item in items] == [(5, number, RACY, b"") for number in range(3)]
        assert [item[5] for item in items] == [1000] * 3 and not macs
        assert [expand(item[6], item[7], 1000) for item in items] == [
            b"%d" % number * 1000 for number in range(3)
        ]


def test_a_file_that_does_not_keep_still_makes_a_batch_odd(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "is_same", lambda before, after: False)
    (batch,) = cut(5, desk.found, (0, 1), is_told=False)
    desk.ahead.submit(batch)
    first, _ = batch.results()
    assert isinstance(first, Small) and first.read.marks & CHANGED
    assert not batch.is_plain


def readers_after(desk: Desk, ahead: ReadAhead, batches: int) -> int:
    """Return how many threads read when some batches were read one after the other."""
    for _ in range(batches):
        (batch,) = cut(0, desk.found, (3,), is_told=False)
        ahead.submit(batch)
        batch.results()
    found = ahead.readers
    ahead.close()
    return found


def test_no_thread_reads_what_is_in_memory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "SLOW", 60)  # however busy this machine is
    digest(KEY, b"")
    plain = Packer(int(Codec.NONE), 100)
    ahead = ReadAhead(lambda one: desk.run.open_folder(one.path, one.directory), KEY, plain)
    assert readers_after(desk, ahead, 20) == 0


def test_threads_read_where_reading_takes_its_time(desk: Desk) -> None:
    def open_slowly(found: Range) -> FolderReader:
        time.sleep(2 * SLOW)
        return desk.run.open_folder(found.path, found.directory)

    ahead = ReadAhead(open_slowly, KEY, Packer(int(Codec.NONE), 100))
    assert readers_after(desk, ahead, 2) == READERS


def test_several_compress_from_the_beginning(desk: Desk) -> None:
    assert readers_after(desk, desk.ahead, 1) == READERS


def test_who_waits_for_a_disk_is_known_by_its_blocks() -> None:
    before = Spent(10.0, 1.0, 5)
    assert Spent(10.003, 1.001, 6).waited(before) == pytest.approx(0.002)
    assert Spent(10.003, 1.001, 5).waited(before) == pytest.approx(-0.001)
    assert Spent(10.0015, 1.001, 6).waited(before) < 0, "a little of it was not in memory"
    assert Spent(10.2, 1.1, 5).waited(before) == pytest.approx(-0.1)
    assert Spent(10.3, 1.1, 5).waited(before) == pytest.approx(0.2)


def test_a_disk_that_is_waited_for_now_and_then_needs_no_threads(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(seconds: float) -> None:
        monkeypatch.setattr(Spent, "waited", lambda now, before: seconds)
        (batch,) = cut(0, desk.found, (3,), is_told=False)
        ahead.submit(batch)
        batch.results()

    plain = Packer(int(Codec.NONE), 100)
    ahead = ReadAhead(lambda one: desk.run.open_folder(one.path, one.directory), KEY, plain)
    for _ in range(10):
        wait(0.6 * SLOW)
        wait(-0.6 * SLOW)
    assert ahead.readers == 0
    for _ in range(3):
        wait(0.6 * SLOW)
    assert ahead.readers == READERS
    ahead.close()
