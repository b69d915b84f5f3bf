import pytest

from tardis.client import JobOptions
from tardis.client import directories as module
from tardis.client.directories import Directories
from tardis.client.run import Run
from tardis.model import RemoteProtocolError, Report
from tardis.protocol import listing, messages
from tardis.protocol.messages import Differ, Fingerprints, Listing, Verdicts
from tardis.scan import Range, range_of
from tests.client.fakes import KEY
from tests.client.recorder import Recorder


def row(name: bytes, mode: int = 0o100644) -> bytes:
    fields = (mode, 0, 0, 7, 1, 2, 3, 4, 1, 5, 1, 0, 0, len(name))
    return listing.ENTRY.pack(*fields) + name


def some(inode: int, *names: bytes) -> Range:
    return range_of((1, inode, 0), b"/p", (b"", None), [row(name) for name in names])


def told(is_first: bool = False, clones: int = 1000) -> tuple[Directories, Recorder, Report]:
    line, report = Recorder(), Report()
    opened = messages.SetOpened(1, "s", is_first, bytes(16), "modern", KEY, ())
    return Directories(Run(line, JobOptions("c", {}, clones=clones), opened, report)), line, report


def test_a_first_run_lists_at_once() -> None:
    directories, line, report = told(is_first=True)
    directories.tell(some(1, b"a", b"b"))
    (first,) = line.said
    assert isinstance(first, Listing)
    assert len(first.fingerprint) == 16
    assert directories.outstanding == 2
    assert (report.directories, report.entries, report.files, report.size_bytes) == (1, 2, 2, 14)
    assert directories.on_verdicts(Verdicts(0, (), ())).directory == (1, 1, 0)
    assert directories.outstanding == 0
    assert not directories.is_waiting


def test_fingerprints_gather_and_only_those_that_differ_are_listed() -> None:
    directories, line, _ = told()
    directories.tell(some(1, b"a"))
    directories.tell(some(2, b"b", b"c"))
    assert line.said == []
    directories.flush()
    directories.flush()
    (question,) = line.said
    assert isinstance(question, Fingerprints)
    assert [item[:6] for item in question.items] == [
        (1, 1, 0, b"", None, 1),
        (1, 2, 0, b"", None, 2),
    ]
    assert question.items[0][6] != question.items[1][6]
    assert directories.on_differ(Differ(0, (1,))) is False
    listed = line.said[-1]
    assert isinstance(listed, Listing)
    assert (listed.request, listed.directory) == (0, (1, 2, 0))
    assert listed.fingerprint == question.items[1][6]
    assert directories.outstanding == 2


def test_a_full_batch_leaves_by_itself() -> None:
    directories, line, _ = told(clones=3)
    for number in range(7):
        directories.tell(some(number))
    assert [len(m.items) for m in line.said if isinstance(m, Fingerprints)] == [3, 3]


def test_with_no_clones_every_directory_is_listed() -> None:
    directories, line, _ = told(clones=0)
    directories.tell(some(1, b"a"))
    directories.tell(some(2))
    assert [type(message) for message in line.said] == [Listing, Listing]


def test_an_echo_is_an_empty_question() -> None:
    directories, line, _ = told()
    directories.ask_for_echo()
    assert line.said == [Fingerprints(0, ())]
    assert directories.is_waiting
    assert directories.on_differ(Differ(0, ())) is True
    assert not directories.is_waiting


def test_answers_to_nothing_are_refused() -> None:
    directories, _, _ = told()
    with pytest.raises(RemoteProtocolError):
        directories.on_differ(Differ(0, ()))
    directories.tell(some(1))
    directories.flush()
    with pytest.raises(RemoteProtocolError):
        directories.on_differ(Differ(0, (1,)))
    with pytest.raises(RemoteProtocolError):
        directories.on_verdicts(Verdicts(0, (), ()))


def test_a_listing_that_is_too_long_is_halved_and_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LISTING_BYTES", 200)
    directories, line, _ = told(is_first=True)
    directories.tell(some(1, b"a", b"b", b"c", b"d"))
    listings = [m for m in line.said if isinstance(m, Listing)]
    assert [(m.start, m.end, m.fingerprint) for m in listings] == [
        (b"", b"c", b""),
        (b"c", None, b""),
    ]
    assert [m.request for m in listings] == [0, 1]
    assert directories.outstanding == 4


def test_the_fingerprint_says_all_that_a_listing_does() -> None:
    looks = set()
    for found in (some(1, b"a"), some(1, b"b"), some(1)):
        directories, line, _ = told(is_first=True)
        directories.tell(found)
        (first,) = line.said
        assert isinstance(first, Listing)
        looks.add(first.fingerprint)
    assert len(looks) == 3
