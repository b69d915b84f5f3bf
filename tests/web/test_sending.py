"""Bytes on their way out: whole, uncopied, and never longer than they are."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import IntegrityError
from tardis.net.http.files import HeldFile
from tardis.store import DiskFile, open_raw
from tardis.web import sending, server
from tardis.web.sending import FileBody, SocketWriter
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


def test_who_takes_nothing_is_given_up(pair: Pair, path: str) -> None:
    ours, _ = pair
    ours.settimeout(0.05)
    with pytest.raises(TimeoutError):
        SocketWriter(ours).write(DATA)
    with closing(FileBody(DiskFile(path), 0, len(DATA))) as body, pytest.raises(OSError):
        body.send(ours)


@pytest.mark.parametrize("span", [(0, len(DATA)), (5, 2 << 20), (len(DATA) - 1, len(DATA))])
def test_the_kernel_sends_just_the_part_that_is_wanted(
    pair: Pair, path: str, span: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_AT_ONCE", 300_000)
    ours, theirs = pair
    begin, end = span
    thread, heard = hearing(theirs, end - begin)
    with closing(FileBody(DiskFile(path), begin, end)) as body:
        assert body.send(ours) == end - begin
        thread.join(30)
        assert heard == DATA[begin:end] == b"".join(body)


def test_a_file_that_became_shorter_is_told(pair: Pair, path: str) -> None:
    ours, theirs = pair
    hearing(theirs, len(DATA))
    with closing(FileBody(DiskFile(path), 0, len(DATA) + 9)) as body:
        with pytest.raises(IntegrityError, match="shorter"):
            list(body)
        with pytest.raises(IntegrityError, match="shorter"):
            body.send(ours)


def test_what_the_kernel_cannot_send_is_left_to_be_written(pair: Pair, path: str) -> None:
    ours, _ = pair
    with closing(FileBody(HeldFile(DATA, "held"), 1, 9)) as held:
        assert held.send(ours) == 0 and b"".join(held) == DATA[1:9]
    with closing(FileBody(DiskFile(path), 3, 3)) as nothing:
        assert nothing.send(ours) == 0 and list(nothing) == []
    with open(path, "ab") as no_socket, closing(FileBody(DiskFile(path), 0, 9)) as body:
        assert body.send(no_socket) == 0  # type: ignore[arg-type] # a file for appending


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
