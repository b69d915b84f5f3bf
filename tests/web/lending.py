"""A server on loopback behind which any store can lie, one after the other."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tardis.model import RawStore
from tardis.net import Ticket, parse_http_url
from tardis.net.http import HttpLine, HttpStore
from tardis.store import Place, StoreReader, create_store
from tardis.web import WebOptions, WebServer, make_app
from tests.history.memory_raw import MemoryRaw
from tests.history.memory_reader import MemoryStore
from tests.web.site import small_stores

CLIENT = "box"


class Waiting:
    """A clock that only waiting moves, and waiting that takes no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Lender:
    """Has one store at a time, in the place of those on the disk."""

    def __init__(self) -> None:
        self.raw: Any = None

    @contextmanager
    def lent(self, client: str) -> Iterator[Any]:
        assert client == CLIENT
        yield self.raw


class Trouble:
    """What goes wrong on the way, one request after the other, and what was asked.

    Attributes:
        asked: (method, path, range) of each request.
        cuts: Bytes after which each next answer with more is cut off.
        statuses: What the next requests are answered with, by somebody in between.
        sent: Bytes of all answers.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.forget()

    def forget(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.cuts: list[int] = []
        self.statuses: list[str] = []
        self.sent = bytearray()

    def __call__(self, environ: Any, start: Any) -> Iterable[bytes]:
        wanted = environ.get("HTTP_RANGE", "")
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], wanted))
        if self.statuses:
            start(self.statuses.pop(0), [("Content-Length", "0")])
            return []
        return self._passed(self._app(environ, start))

    def _passed(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for part in parts:
            size += len(part)
            if self.cuts and size > self.cuts[0]:
                yield part[: len(part) - size + self.cuts.pop(0)]
                raise ConnectionError("cut, as a test wants it")
            self.sent += part
            yield part

    def count(self, question: str) -> int:
        return sum(path.endswith(f"/{question}") for _, path, _ in self.asked)


class Far:
    """The server; what is put into it is read by HTTP."""

    def __init__(self, base: Path) -> None:
        with small_stores():
            create_store(Place(str(base)), CLIENT)
        self.lender = Lender()
        self.log: list[str] = []
        self.app = app = make_app(WebOptions(Place(str(base)), "test"), self._note)
        app.extensions["tardis.raw_stores"] = self.lender
        self.trouble = Trouble(app.wsgi_app)
        app.wsgi_app = self.trouble  # type: ignore[method-assign,assignment]
        self._server = WebServer(app, [("127.0.0.1", 0)], None, self._note)
        self.url = "http://" + self._server.addresses[0]
        self._ticket = Ticket(CLIENT, "main", _no_secret)

    def _note(self, text: str, *, is_trouble: bool = False) -> None:
        self.log.append(text)

    def line(self) -> HttpLine:
        """Return a way to the server that never waits long."""
        clock = Waiting()
        place = parse_http_url(self.url, 1)
        return HttpLine(place, self._ticket, sleep=clock.sleep, clock=clock)

    def raw(self, store: RawStore) -> HttpStore:
        """Return *store*, which no other is asked beside, read by HTTP."""
        self.lender.raw = store
        return HttpStore(self.line(), CLIENT)

    def reader(self, store: RawStore) -> StoreReader:
        return StoreReader.over(self.raw(store))

    def in_place_of_reader(self) -> Callable[[MemoryStore], StoreReader]:
        """Return what takes the place of `MemoryStore.reader`."""

        def reader(store: MemoryStore) -> StoreReader:
            return self.memory(store)

        return reader

    def memory(self, store: MemoryStore) -> StoreReader:
        store.opened += 1
        return self.reader(MemoryRaw(store))

    @contextmanager
    def serving(self) -> Iterator["Far"]:
        started = threading.Event()
        thread = threading.Thread(target=self._server.serve, args=(started.set,), daemon=True)
        thread.start()
        try:
            assert started.wait(30)
            yield self
        finally:
            self._server.stop()
            thread.join(30)


@contextmanager
def lending(base: Path) -> Iterator[Far]:
    with Far(base).serving() as made:
        yield made


def _no_secret(*_: object) -> Any:
    raise AssertionError("this backup has no password")
