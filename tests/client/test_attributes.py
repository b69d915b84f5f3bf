"""Attributes of a range as a listing tells them, and what becomes of trouble with them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.client import BackupJob, JobOptions
from tardis.client import directories as module
from tardis.client.attributes import read_attributes
from tardis.model import SourceError
from tardis.protocol import listing, messages
from tardis.scan import AttributeReader, FlagReader
from tardis.streams import unpack_attributes
from tests.client.fakes import FakeServer
from tests.client.test_links import listed

MOST = 1 << 20


def have(monkeypatch: pytest.MonkeyPatch, read: Callable[[bytes], bytes]) -> None:
    """Let the attributes of a name be what *read* says."""

    def fake(self: AttributeReader, path: bytes, flags: int = 0) -> bytes:
        return read(os.path.basename(path))

    monkeypatch.setattr(AttributeReader, "read", fake)


def back_up(
    tree: Path, server: FakeServer | None = None, level: tuple[bool, bool] = (True, True)
) -> FakeServer:
    fake = server or FakeServer()
    line, _ = fake.start()
    try:
        path = os.fsencode(tree)
        xattrs, acls = level
        options = JobOptions("c", {path: path}, racy_window=0, takes_xattrs=xattrs, takes_acls=acls)
        job = BackupJob(line, options)
        fake.report = job.run()  # type: ignore[attr-defined]
    finally:
        line.close()
    return fake


@pytest.mark.xattr
def test_they_stand_at_their_positions(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    os.setxattr(tmp_path / "b", "user.x", b"1")
    run, found = listed(tmp_path)
    ((position, packed),) = read_attributes(run, found, MOST).items
    assert (position, unpack_attributes(packed)) == (1, ((b"user.x", b"1"),))


def test_what_changed_only_now_is_racy_unless_it_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "c")
    run, found = listed(tmp_path)
    assert read_attributes(run, found, MOST).racy == (1, 2)
    then = (tmp_path / "c").stat().st_ctime
    run.clock = lambda: then + 5
    assert read_attributes(run, found, MOST).racy == ()


def test_a_directory_that_is_not_entered_is_not_opened_for_its_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytes] = []

    def of_folder(self: FlagReader, path: bytes) -> int:
        opened.append(os.path.basename(path))
        return 0

    monkeypatch.setattr(FlagReader, "of_folder", of_folder)
    for name in ("entered", "mounted"):
        (tmp_path / name).mkdir()
    run, found = listed(tmp_path)
    fields = list(listing.ENTRY.unpack_from(found.rows[1]))
    fields[12] = listing.NOT_ENTERED
    found.rows[1] = listing.ENTRY.pack(*fields) + b"mounted"
    read_attributes(run, found, MOST)
    assert opened == [b"entered"]


def test_a_directory_that_is_gone_has_none(tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    (place / "a").mkdir()
    run, found = listed(place)
    place.rename(tmp_path / "e")
    assert read_attributes(run, found, MOST) == ((), (), (), 0)


def test_reading_stops_when_it_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / name).touch()
    have(monkeypatch, lambda name: b"x" * 60)
    run, found = listed(tmp_path)
    assert len(read_attributes(run, found, 100).items) == 2
    assert read_attributes(run, found, 200).size == 180


def test_a_range_with_too_many_is_listed_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [b"%02d" % number for number in range(20)]
    for name in names:
        (tmp_path / name.decode()).mkdir()
    have(monkeypatch, lambda name: b"x" * 900)
    monkeypatch.setattr(module, "LISTING_BYTES", 4000)
    told = [message for message in back_up(tmp_path).listings.values() if message.entries]
    assert len(told) > 4
    assert all(len(message.attributes) * 900 <= 4000 for message in told)
    heard = [one.name for message in told for one in listing.iter_listing(message.entries)]
    assert heard == names
    assert not any(message.fingerprint for message in told[1:])


def test_trouble_is_a_problem_and_the_range_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / name).touch()

    def read(name: bytes) -> bytes:
        if name == b"a":
            raise SourceError("its extended attributes: Input/output error", 5)
        return b""

    have(monkeypatch, read)
    server = back_up(tmp_path)
    report = server.report  # type: ignore[attr-defined]
    assert [(problem.path, problem.reason) for problem in report.problems] == [
        (os.fsencode(tmp_path / "a"), "its extended attributes: Input/output error")
    ]
    assert [message.fingerprint for message in server.listings.values()] == [b""]
    assert sorted(server.files()) == [b"a", b"b"]


def test_trouble_with_a_root_does_not_keep_it_from_being_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()

    def read(name: bytes) -> bytes:
        if name == os.fsencode(tmp_path.name):
            raise SourceError("too many")
        return b"above" if name != b"a" else b""

    have(monkeypatch, read)
    server = back_up(tmp_path)
    report = server.report  # type: ignore[attr-defined]
    assert [(problem.path, problem.reason) for problem in report.problems] == [
        (os.fsencode(tmp_path), "too many")
    ]
    (root,) = server.of_kind(messages.AddRoot)
    assert isinstance(root, messages.AddRoot)
    assert [one[6] for one in root.ancestors[-2:]] == [b"above", b""]
    assert list(server.files()) == [b"a"]


@pytest.mark.parametrize(("xattrs", "acls"), [(False, False), (True, False), (False, True)])
def test_another_level_makes_another_fingerprint(tmp_path: Path, xattrs: bool, acls: bool) -> None:
    (tmp_path / "a").touch()
    server = back_up(tmp_path)
    again = FakeServer(is_first=False, remembered=server.remembered)
    back_up(tmp_path, again)
    assert not again.listings
    other = back_up(tmp_path, again, (xattrs, acls))
    (told,) = other.listings.values()
    assert told.capture & 3 == xattrs + 2 * acls
