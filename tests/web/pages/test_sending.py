import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tardis.history import Request
from tardis.model import NoSuchPathError, Observer, StoreError
from tardis.store import StoreReader
from tardis.web.pages import sending
from tardis.web.pages.sending import Piped, archive, archive_headers
from tests.server.talker import Kit
from tests.store.workshop import Workshop
from tests.web.pages.story import HUGE, ODD, STORY, notes
from tests.web.visitor import Visitor

HUGE_AT = "path=top/pictures/huge.txt&set=1"
DOWNLOAD = f"/pages/c/{STORY}/download?{HUGE_AT}"


@pytest.mark.parametrize(
    "asked, first, end",
    [("bytes=0-9", 0, 10), ("bytes=1048570-1048585", 1048570, 1048586),
     ("bytes=2399990-", 2399990, 2400000), ("bytes=-5", 2399995, 2400000),
     ("bytes=2399990-99999999999999", 2399990, 2400000)],
)  # fmt: skip
def test_a_range_of_a_file_is_sent(reading: Visitor, asked: str, first: int, end: int) -> None:
    answer = reading.get(DOWNLOAD, Range=asked)
    assert (answer.status, answer.body) == (206, HUGE[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(HUGE)}"
    assert int(answer.headers["Content-Length"]) == end - first


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=2400000-"])
def test_a_range_behind_the_end_is_refused(reading: Visitor, asked: str) -> None:
    answer = reading.get(DOWNLOAD, Range=asked)
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(HUGE)}")


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "bytes=" + ",".join(["0-"] * 500), "lines=1-2", "bytes=9-1", "x"]
)
def test_ranges_that_nobody_needs_are_the_whole_file(reading: Visitor, asked: str) -> None:
    answer = reading.get(DOWNLOAD, Range=asked)
    assert answer.status == 200 and answer.body == HUGE


def test_a_download_goes_on_only_if_the_file_is_the_same(reading: Visitor) -> None:
    whole_file = reading.ask("HEAD", DOWNLOAD)
    assert whole_file.status == 200 and whole_file.body == b""
    assert int(whole_file.headers["Content-Length"]) == len(HUGE)
    tag = whole_file.headers["ETag"]
    assert reading.get(DOWNLOAD, Range="bytes=5-6", If_Range=tag).status == 206
    assert reading.get(DOWNLOAD, Range="bytes=5-6", If_Range='"other"').status == 200
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert reading.get(DOWNLOAD, Range="bytes=5-6", If_Range=date).status == 200


def opened(story: Kit) -> object:
    @contextmanager
    def open_it() -> Iterator[StoreReader]:
        with story.reader(STORY) as reader:
            yield reader

    return open_it


def archived(story: Kit, path: bytes, kind: str, name: bytes = b"docs") -> bytes:
    wanted = Request(1, path, name, True)
    return b"".join(archive(opened(story), wanted, kind, Observer()))  # type: ignore[arg-type]


def test_a_directory_comes_as_tar(story: Kit) -> None:
    with tarfile.open(fileobj=io.BytesIO(archived(story, b"top/docs", "tar"))) as tar:
        member = tar.extractfile("docs/notes.txt")
        assert member is not None and member.read() == notes(1)
        odd = "docs/" + ODD.decode("utf-8", "surrogateescape")
        assert odd in tar.getnames() and not any("problems" in one for one in tar.getnames())


def test_a_directory_comes_as_zip(story: Kit) -> None:
    with zipfile.ZipFile(io.BytesIO(archived(story, b"top", "zip", b"top"))) as made:
        assert made.testzip() is None
        assert made.read("top/pictures/huge.txt") == HUGE


def test_an_archive_says_itself_what_it_lacks(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"a": b"alpha", b"b": b"beta"})
    for path in shop.layout_packs():
        path.write_bytes(path.read_bytes().replace(b"alpha", b"ALPHA"))
    body = b"".join(archive(shop.reader, Request(1, b"top", b"top", True), "tar", Observer()))
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == ["top", "top/b", "top-problems.txt"]
        told = tar.extractfile("top-problems.txt")
        assert told is not None and b"top/a: stored bytes" in told.read()


def test_an_archive_that_cannot_be_made_breaks_off(story: Kit) -> None:
    @contextmanager
    def broken() -> Iterator[StoreReader]:
        raise StoreError("the store is gone")
        yield

    with pytest.raises(StoreError):
        list(archive(broken, Request(1, b"top", b"top", True), "tar", Observer()))


def test_nobody_goes_on_writing_for_a_browser_that_left(story: Kit) -> None:
    body = archive(opened(story), Request(1, b"top", b"top", True), "tar", Observer())  # type: ignore[arg-type]
    assert next(body)
    body.close()  # type: ignore[attr-defined]
    for thread in [one for one in threading.enumerate() if one.name == "archive"]:
        thread.join(30)
        assert not thread.is_alive()


def test_what_is_not_asked_for_is_never_begun(story: Kit) -> None:
    before = threading.active_count()
    body = archive(opened(story), Request(1, b"top", b"top", True), "tar", Observer())  # type: ignore[arg-type]
    body.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_what_is_piped_waits_for_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_GATHERED", 10)
    pipe = Piped()
    assert pipe.writable() and pipe.write(b"12345") == 5
    pipe.flush()
    assert pipe._pieces.empty()
    pipe.write(b"67890")
    assert pipe._pieces.qsize() == 1
    pipe.end(NoSuchPathError("gone"))
    found = pipe.pieces()
    assert next(found) == b"1234567890"
    with pytest.raises(NoSuchPathError):
        next(found)
    with pytest.raises(BrokenPipeError):
        pipe.write(b"x" * 10)
    pipe.end()


def test_an_archive_is_kept_under_the_name_of_its_directory() -> None:
    told = archive_headers(b'a\r\nSet-Cookie: x\xff"', "zip")
    assert told["Content-Type"] == "application/zip"
    assert told["Content-Disposition"].isprintable()
    assert archive_headers(b"", "tar")["Content-Disposition"].endswith('"everything.tar"')
