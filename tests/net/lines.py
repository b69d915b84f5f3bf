"""Lines whose two ends are in one test, and transports that misbehave on demand."""

import time
from collections.abc import Callable
from threading import Event, Thread

from tardis.net import Line, Transport
from tardis.protocol import CLIENT, SERVER, Session
from tests.protocol.samples import WELCOME, hello

PATIENCE = 20.0


def until(claim: Callable[[], object]) -> None:
    """Wait until *claim* is true; fail after a while."""
    end = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.001)


def in_thread(work: Callable[[], object]) -> Thread:
    """Run *work* in a thread of its own."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def client_line(transport: Transport) -> Line:
    return Line(transport, Session(CLIENT), timeout=PATIENCE)


def server_line(transport: Transport, queue_bytes: int | None = None) -> Line:
    return Line(transport, Session(SERVER), timeout=PATIENCE, queue_bytes=queue_bytes)


def greet(client: Line, server: Line, compression: str = "none") -> None:
    """Say hello and welcome."""
    client.say(hello(compression))
    assert server.hear() == hello(compression)
    server.say(WELCOME)
    assert client.hear() == WELCOME


class Stuck:
    """A transport whose writer waits for ever, as with a peer that does not read."""

    peer = "a stuck peer"
    is_local = True
    binding = b""

    def __init__(self) -> None:
        self.closed = Event()
        self.writing = Event()

    def read(self, limit: int) -> bytes:
        self.closed.wait()
        return b""

    def read_into(self, buffer: memoryview) -> int:
        return len(self.read(len(buffer)))

    def write(self, *parts: bytes | memoryview) -> None:
        self.writing.set()
        self.closed.wait()

    def close(self) -> None:
        self.closed.set()
