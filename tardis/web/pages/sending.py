"""A directory for a browser, as an archive that is made while it is sent."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import BinaryIO, Final, cast

from tardis.history import (
    ExtractOptions,
    Request,
    fill_archive,
    note_problems,
    open_archive,
)
from tardis.model import Observer, Reader
from tardis.web.content_routes import disposition

_GATHERED: Final = 256 << 10
"""Bytes of an archive that are sent together."""

_WAITING: Final = 2
"""Such pieces that wait for the browser, so that many archives at once take little memory."""

_TYPES: Final = {"tar": "application/x-tar", "zip": "application/zip"}


class Piped:
    """What one thread writes, for another to send; an `io` of as much as an archive needs.

    Writing waits while enough is waiting, and raises BrokenPipeError once nobody listens.
    """

    def __init__(self) -> None:
        self._pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(_WAITING)
        self._gathered = bytearray()
        self._is_over = threading.Event()

    def write(self, data: bytes) -> int:
        """Take *data*; return its length."""
        self._gathered += data
        if len(self._gathered) >= _GATHERED:
            self._hand_on()
        return len(data)

    def flush(self) -> None:
        """Do nothing: small pieces are gathered, whoever wants them sent."""

    def writable(self) -> bool:
        """Tell that this can be written to."""
        return True

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing follows, because of *error* if there is one."""
        try:
            if error is None:
                self._hand_on()
            self._put(error)
        except BrokenPipeError:
            return

    def pieces(self) -> Iterator[bytes]:
        """Yield what was written; raise what `end` was given."""
        try:
            while True:
                piece = self._pieces.get()
                if isinstance(piece, BaseException):
                    raise piece
                if piece is None:
                    return
                yield piece
        finally:
            self._is_over.set()

    def _hand_on(self) -> None:
        if self._gathered:
            self._put(bytes(self._gathered))
            self._gathered.clear()

    def _put(self, piece: bytes | BaseException | None) -> None:
        while not self._is_over.is_set():
            try:
                self._pieces.put(piece, timeout=0.2)
            except queue.Full:
                continue
            return
        raise BrokenPipeError("nobody listens any more")


def archive(
    open_reader: Callable[[], AbstractContextManager[Reader]],
    request: Request,
    kind: str,
    observer: Observer,
    faults: Sequence[str] = (),
) -> Iterator[bytes]:
    """Yield an archive, ``tar`` or ``zip``, of what is requested.

    What could not be read stands in it as a list, at its end.

    Args:
        open_reader: Opens the store; called in a thread of its own.
        request: What goes in.
        kind: Of the archive.
        observer: Hears of what is done.
        faults: What was found not to hold until all is in; it stands in the list too.
    """
    pipe = Piped()

    def fill() -> None:
        try:
            with (
                open_reader() as reader,
                closing(open_archive(kind, cast("BinaryIO", pipe))) as made,
            ):
                done = fill_archive(made, reader, [request], ExtractOptions(b"."), observer)
                for fault in dict.fromkeys(faults):
                    done.add_problem(request.name, fault)
                note_problems(made, done, request.name, int(time.time()))
        except BrokenPipeError:
            return
        except BaseException as error:  # noqa: BLE001 - handed over
            pipe.end(error)
        else:
            pipe.end()

    threading.Thread(target=fill, name="archive", daemon=True).start()
    yield from pipe.pieces()


def archive_headers(name: bytes, kind: str) -> dict[str, str]:
    """Return type and name of an archive of *name*."""
    called = (name or b"everything") + b"." + kind.encode()
    return {
        "Content-Type": _TYPES[kind],
        "Content-Disposition": disposition(called),
    }
