"""Bytes on their way out: whole, uncopied, and never longer than they are."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import IntegrityError, RawFile
from tardis.net.http.files import HeldFile
from tardis.store import DiskFile, open_raw
from tardis.web import sending, server
from tardis.web.sending import SocketWriter, Span, StoredBody
from tests.web.site import ALICE, Site
from tests.web.test_reader_routes import BASE

DATA = os.urandom(3 << 20)

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "stored").write_bytes(DATA)
    return str(tmp_path / "stored")


def hearing(theirs: socket.socket, count: int) -> tuple[threading.Thread, bytearray]:
    """Hear *count* bytes in a thread."""
    heard = bytearray()

    def hear() -> None:
        while len(heard) < count and (part := theirs.recv(100_000)):
            heard.extend(part)

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    return thread, heard


def test_what_is_written_arrives(pair: Pair) -> None:
    ours, theirs = pair
    thread, heard = hearing(theirs, len(DATA) + 5)
    writer = SocketWriter(ours)
    assert (writer.write(DATA), writer.write(b""), writer.write(b"after")) == (len(DATA), 0, 5)
    thread.join(30)
    assert heard == DATA + b"after" and writer.bytes_written == len(heard)


def part(path: str, begin: int, end: int) -> Span:
    return Span(lambda: DiskFile(path), begin, end)


def test_who_takes_nothing_is_given_up(pair: Pair, path: str) -> None:
    ours, _ = pair
    ours.settimeout(0.05)
    with pytest.raises(TimeoutError):
        SocketWriter(ours).write(DATA)
    with pytest.raises(TimeoutError):
        StoredBody([part(path, 0, len(DATA))]).send(SocketWriter(ours))


def test_who_is_gone_is_given_up(pair: Pair, path: str) -> None:
    ours, theirs = pair
    theirs.close()
    with pytest.raises(BrokenPipeError):
        StoredBody([part(path, 0, len(DATA))]).send(SocketWriter(ours))


@pytest.mark.parametrize("span", [(0, len(DATA)), (5, 2 << 20), (len(DATA) - 1, len(DATA))])
def test_the_kernel_sends_just_the_part_that_is_wanted(
    pair: Pair, path: str, span: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_AT_ONCE", 300_000)
    ours, theirs = pair
    begin, end = span
    thread, heard = hearing(theirs, end - begin)
    writer = SocketWriter(ours)
    with closing(DiskFile(path)) as file:
        assert writer.write_file(file, begin, end) == end
    thread.join(30)
    assert heard == DATA[begin:end] == b"".join(StoredBody([part(path, begin, end)]))
    assert writer.bytes_written == end - begin


def test_parts_arrive_in_their_order_and_are_let_go_of(pair: Pair, path: str) -> None:
    ours, theirs = pair
    parts: list[bytes | Span] = [
        b"head",
        part(path, 9, 700_000),
        b"",
        part(path, 0, 5),
        part(path, 3, 3),
        b"tail",
    ]
    wanted = b"head" + DATA[9:700_000] + DATA[:5] + b"tail"
    released: list[int] = []
    before = len(os.listdir("/proc/self/fd"))
    with closing(StoredBody(parts, lambda: released.append(1))) as body:
        assert body.length == len(wanted)
        thread, heard = hearing(theirs, len(wanted))
        body.send(SocketWriter(ours))
        thread.join(30)
        assert heard == wanted == b"".join(body) and not released
    assert released and len(os.listdir("/proc/self/fd")) == before


class Worn:
    """A file of which one place cannot be read, as on a disk with a bad block."""

    name = "worn"

    def __init__(self, bad: int) -> None:
        self._bad = bad

    def length(self) -> int:
        return len(DATA)

    def read_at(self, length: int, offset: int) -> bytes:
        if offset <= self._bad < offset + length:
            raise IntegrityError("it cannot be read")
        return DATA[offset : offset + length]

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("begin", "bad"), [(0, 1_000_000), (4095, 4095), (7, 4096), (4097, 4100)])
def test_what_cannot_be_read_is_zeros_up_to_its_page(pair: Pair, begin: int, bad: int) -> None:
    ours, theirs = pair
    end = bad + 9_000
    first, last = max(bad - bad % 4096, begin), bad - bad % 4096 + 4096
    wanted = DATA[begin:first] + bytes(last - first) + DATA[last:end]
    body = StoredBody([Span(lambda: Worn(bad), begin, end)])
    thread, heard = hearing(theirs, end - begin)
    body.send(SocketWriter(ours))
    thread.join(30)
    assert heard == wanted == b"".join(body)


def test_what_is_shorter_or_gone_by_then_is_zeros(pair: Pair, path: str) -> None:
    ours, theirs = pair

    def gone() -> RawFile:
        raise IntegrityError("it was removed")

    body = StoredBody([part(path, len(DATA) - 3, len(DATA) + 900_000), Span(gone, 5, 9), b"!"])
    thread, heard = hearing(theirs, body.length)
    body.send(SocketWriter(ours))
    thread.join(30)
    assert heard == DATA[-3:] + bytes(900_004) + b"!" == b"".join(body)


def test_what_the_kernel_cannot_send_is_written(pair: Pair, path: str) -> None:
    ours, theirs = pair
    writer = SocketWriter(ours)
    assert writer.write_file(HeldFile(DATA, "held"), 1, 9) == 1
    with closing(DiskFile("/proc/self/mem")) as memory:
        assert writer.write_file(memory, 0, 9) == 0
    StoredBody([Span(lambda: HeldFile(DATA, "held"), 1, 9)]).send(writer)
    assert theirs.recv(99) == DATA[1:9]
    StoredBody([part("/proc/self/mem", 0, 9)]).send(writer)
    assert theirs.recv(99) == bytes(9), "nothing lies there, and reading says so"


def test_stored_files_leave_by_the_kernel(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    real = os.sendfile

    def noted(out: int, file: int, at: int, count: int) -> int:
        sent.append(count)
        return real(out, file, at, count)

    monkeypatch.setattr(os, "sendfile", noted)
    with site.at(ALICE) as alice:
        with closing(open_raw(site.place, ALICE)) as store:
            [large] = [one for one in store.contents(range(1, 50)).values() if one.pack is None]
        path = f"{BASE}/file/{large.digest.hex()}/{large.place}"
        whole = alice.get(path)
        assert alice.get(path, Range="bytes=7-99").body == whole.body[7:100]
        assert sent[0] == len(whole.body) and sent[-1] == 93
        assert alice.get(path, Range="bytes=7-99").headers["Content-Length"] == "93"


def test_no_part_of_an_answer_waits_until_the_one_before_was_acknowledged(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    class Noting(SocketWriter):
        def __init__(self, connection: socket.socket) -> None:
            super().__init__(connection)
            seen.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(server, "SocketWriter", Noting)
    with site.visitor() as one:
        assert one.get("/healthz").status == 200
    assert seen and all(seen)
