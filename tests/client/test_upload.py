import os
from pathlib import Path
from threading import Event

import pytest

from tardis.client import JobOptions, gathering, readahead
from tardis.client import upload as module
from tardis.client.run import Run
from tardis.client.upload import Uploader
from tardis.crypto import digest
from tardis.model import Problem, RemoteProtocolError, Report, SourceError
from tardis.protocol import messages
from tardis.protocol.messages import Contents, Digests, DigestVerdicts, Unread, Verdicts
from tardis.scan import CHANGED, FolderReader, Identity, Range, Walker, WalkRules
from tardis.scan.reading import RACY
from tardis.streams import Codec
from tests.client.fakes import KEY
from tests.client.recorder import Recorder


class Desk:
    """An uploader with one listed directory."""

    def __init__(self, place: Path, **options: object) -> None:
        self.line, self.report = Recorder(), Report()
        opened = messages.SetOpened(1, "s", False, bytes(16), "modern", KEY, ())
        wanted = JobOptions("c", {}, **options)  # type: ignore[arg-type]
        self.run = Run(self.line, wanted, opened, self.report)
        walker = Walker(WalkRules(), self.run.filesystems)
        (found,) = walker.walk(walker.place_of(os.fsencode(place), place.stat()))
        assert isinstance(found, Range)
        self.found = found
        self.line.said.clear()
        self.report.entries, self.report.size_bytes = len(found.rows), found.size_bytes
        self.uploader = Uploader(self.run)

    def want(self, contents: tuple[int, ...] = (), digests: tuple[int, ...] = ()) -> None:
        self.uploader.on_verdicts(Verdicts(0, contents, digests), self.found, 1)

    def work(self) -> list[messages.Message]:
        """Do all there is to do; return what was said."""
        while self.uploader.step():
            pass
        self.uploader.flush()
        said, self.line.said = self.line.said, []
        return said


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode() * 100)
    return tmp_path


def test_small_files_travel_together(place: Path) -> None:
    desk = Desk(place)
    desk.want(contents=(0, 2))
    assert desk.uploader.outstanding == 2
    assert not desk.uploader.is_idle
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    a, c = sent.items
    assert a == (0, 0, RACY, b"", digest(KEY, b"a" * 100), 100, Codec.NONE, b"a" * 100)
    assert (c[1], c[7]) == (2, b"c" * 100)
    assert desk.uploader.outstanding == 0
    assert desk.uploader.is_idle
    assert not desk.uploader.needs_echo
    assert (desk.report.files_new, desk.report.bytes_backed) == (2, 200)


def test_nobody_waits_for_what_is_being_read_unless_there_is_nothing_else(place: Path) -> None:
    desk, may_read = Desk(place, codec=Codec.ZLIB), Event()
    open_folder = desk.run.open_folder

    def held(path: bytes, directory: Identity) -> FolderReader:
        assert may_read.wait(60)
        return open_folder(path, directory)

    desk.run.open_folder = held  # type: ignore[method-assign]
    desk.want(contents=(0,))
    assert not desk.uploader.step(may_wait=False)
    assert not desk.uploader.is_idle
    may_read.set()
    assert desk.uploader.step()
    while desk.uploader.step(may_wait=False):
        pass
    assert desk.uploader.is_idle and desk.uploader.outstanding == 0


def test_a_message_is_bounded_by_bytes_and_by_items(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "FRAME_BYTES", 150)
    monkeypatch.setattr(readahead, "BATCH_FILES", 1)
    desk = Desk(place)
    desk.want(contents=(0, 1, 2))
    assert [len(m.items) for m in desk.work() if isinstance(m, Contents)] == [2, 1]
    monkeypatch.setattr(gathering, "FRAME_ITEMS", 1)
    desk = Desk(place)
    desk.want(contents=(0,), digests=(1, 2))
    assert [len(m.items) for m in desk.work() if isinstance(m, Digests)] == [1, 1]


def test_contents_are_compressed_where_it_pays(place: Path) -> None:
    desk = Desk(place, codec=int(Codec.ZLIB), compress_min=99)
    desk.want(contents=(0,))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert sent.items[0][5:7] == (100, Codec.ZLIB)
    assert len(sent.items[0][7]) < 50


def test_kept_bytes_are_sent_when_their_digest_is_unknown(place: Path) -> None:
    desk = Desk(place)
    desk.want(digests=(0, 1))
    (asked,) = desk.work()
    assert isinstance(asked, Digests)
    assert [item[4] for item in asked.items] == [digest(KEY, one * 100) for one in (b"a", b"b")]
    assert not desk.uploader.is_idle
    (place / "a").unlink()
    desk.uploader.on_digest_verdicts(DigestVerdicts(((0, 0, True), (0, 1, False))))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert sent.items[0][7] == b"a" * 100
    assert desk.uploader.is_idle
    assert (desk.report.files_new, desk.report.files_known) == (1, 1)


def test_bytes_that_are_not_kept_are_read_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 0)
    desk = Desk(place)
    desk.want(digests=(0,))
    desk.work()
    (place / "a").write_bytes(b"new")
    desk.uploader.on_digest_verdicts(DigestVerdicts(((0, 0, True),)))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert sent.items[0][7] == b"new"
    assert desk.report.size_bytes == 203
    assert desk.uploader.is_idle


def test_files_that_are_gone_leave_the_books(place: Path) -> None:
    desk = Desk(place)
    (place / "a").unlink()
    (place / "b").unlink()
    (place / "b").mkdir()
    desk.want(contents=(0,), digests=(1,))
    (told,) = desk.work()
    assert isinstance(told, Unread)
    assert [item[:3] for item in told.items] == [(0, 0, 0), (0, 1, 0)]
    assert (desk.report.entries, desk.report.size_bytes, desk.report.vanished) == (1, 100, 2)
    assert desk.uploader.is_idle


def test_files_of_a_directory_that_is_gone_are_gone(place: Path) -> None:
    inner = place / "inner"
    inner.mkdir()
    (inner / "x").touch()
    desk = Desk(inner)
    (inner / "x").unlink()
    inner.rmdir()
    desk.want(contents=(0,))
    (told,) = desk.work()
    assert isinstance(told, Unread)
    assert told.items[0][2] == 0


@pytest.mark.parametrize(
    ("leaves_out", "errno", "outcome"),
    [(True, 13, 1), (False, 13, 2), (True, 1, 1), (True, 5, 2)],
)
def test_what_may_not_be_read_is_left_out_or_a_problem(
    place: Path, monkeypatch: pytest.MonkeyPatch, leaves_out: bool, errno: int, outcome: int
) -> None:
    def refuse(self: FolderReader, name: bytes, row: bytes) -> None:
        raise SourceError("no", errno)

    monkeypatch.setattr(FolderReader, "read_small", refuse)
    desk = Desk(place, leaves_out_unreadable=leaves_out)
    desk.want(contents=(0,))
    (told,) = desk.work()
    assert told == Unread(((0, 0, outcome, "no"),))
    path = os.fsencode(place / "a")
    assert desk.report.problems == ([Problem(path, "no")] if outcome == 2 else [])
    assert desk.report.left_out == (outcome == 1)
    assert desk.report.entries == (3 if outcome == 2 else 2)


def test_a_file_that_changes_again_and_again_is_a_problem(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.read

    def read_and_write(descriptor: int, length: int) -> bytes:
        data = read(descriptor, length)
        with (place / "a").open("ab") as file:
            file.write(b"+")
        return data

    monkeypatch.setattr(os, "read", read_and_write)
    desk = Desk(place)
    desk.want(contents=(0,))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert sent.items[0][2] & CHANGED
    (problem,) = desk.report.problems
    assert "changed" in problem.reason
    assert desk.report.size_bytes == 200 + sent.items[0][5]


def test_positions_that_were_not_listed_are_refused(place: Path) -> None:
    desk = Desk(place)
    for contents, digests in (((3,), ()), ((), (-1,))):
        with pytest.raises(RemoteProtocolError):
            desk.want(contents, digests)
    with pytest.raises(RemoteProtocolError):
        desk.uploader.on_digest_verdicts(DigestVerdicts(((5, 0, True),)))
    desk.uploader.on_digest_verdicts(DigestVerdicts(((5, 0, False),)))


def test_a_file_of_a_type_that_is_not_compressed_is_sent_as_it_is(place: Path) -> None:
    def is_dense(name: bytes, head: bytes) -> bool:
        return name == b"a" and head.startswith(b"a")

    desk = Desk(place, codec=int(Codec.ZLIB), compress_min=10, is_dense=is_dense)
    desk.want(contents=(0, 1))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert [item[6] for item in sent.items] == [Codec.NONE, Codec.ZLIB]
    desk.want(digests=(0, 1))
    desk.work()
    desk.uploader.on_digest_verdicts(DigestVerdicts(((0, 0, True), (0, 1, True))))
    desk.uploader.flush()
    (sent,) = desk.line.said
    assert isinstance(sent, Contents)
    assert [item[6] for item in sent.items] == [Codec.NONE, Codec.ZLIB]
