"""Bytes for a browser: a file, or part of it, a directory as an archive; never whole in memory."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import BinaryIO, Final, cast
from urllib.parse import quote

import flask

from tardis.history import (
    ExtractOptions,
    Request,
    fill_archive,
    note_problems,
    open_archive,
)
from tardis.model import Observer, Reader, StoredContent

_PIECE: Final = 1 << 20
_GATHERED: Final = 256 << 10
"""Bytes of an archive that are sent together."""

_WAITING: Final = 2
"""Such pieces that wait for the browser, so that many archives at once take little memory."""

_PARTIAL: Final = 206
_UNSATISFIABLE: Final = 416
_TYPES: Final = {"tar": "application/x-tar", "zip": "application/zip"}
_SHOWN: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def disposition(name: bytes, *, shown: bool = False) -> str:
    """Return what tells a browser to keep a file under *name*, or to show it."""
    text = name.decode("utf-8", "replace")
    text = "".join(char if char.isprintable() and char not in '/\\"' else "_" for char in text)
    plain = text.encode("ascii", "replace").decode("ascii").replace("?", "_") or "file"
    kind = "inline" if shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(text, safe='')}"


def answer_with_content(
    reader: Reader,
    content: StoredContent,
    etag: str,
    headers: dict[str, str],
    release: Callable[[], None],
) -> flask.Response:
    """Return the bytes of *content*, or the one range of them that is asked for.

    Args:
        reader: Open until *release* is called, when the last byte is on its way.
        content: To be sent.
        etag: Tells these bytes from others.
        headers: Type and name of the file.
        release: Closes what is open.
    """
    size, request = content.size, flask.request
    wanted = request.range
    if request.if_range.etag is not None and request.if_range.etag != etag:
        wanted = None
    if request.if_range.date is not None:
        wanted = None
    between = None
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        between = wanted.range_for_length(size)
        if between is None:
            release()
            return flask.Response(
                status=_UNSATISFIABLE, headers={"Content-Range": f"bytes */{size}"}
            )
    if between is None or between == (0, size):
        answer = flask.Response(whole(reader, content), direct_passthrough=True)
        answer.content_length = size
    else:
        first, end = between
        answer = flask.Response(
            part(reader, content, first, end), _PARTIAL, direct_passthrough=True
        )
        answer.content_length = end - first
        answer.headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    answer.headers.update(headers)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Security-Policy"] = _SHOWN
    answer.set_etag(etag)
    answer.call_on_close(release)
    return answer


def whole(reader: Reader, content: StoredContent) -> Iterator[bytes]:
    """Yield all bytes of *content*, the last piece only once their digest is proved.

    So what is damaged comes short, and the browser tells.

    Raises:
        IntegrityError: It is damaged; the rest is missing.
    """
    with closing(reader.open(content)) as opened:
        held = b""
        for chunk in opened.chunks():
            if held:
                yield held
            held = chunk
    yield held


def part(reader: Reader, content: StoredContent, first: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of *content* from *first* up to *end*, which is left out.

    Raises:
        IntegrityError: It is damaged; the rest is missing.
    """
    with closing(reader.open(content)) as opened:
        at = first
        while at < end:
            piece = opened.read_at(at, min(_PIECE, end - at))
            if not piece:
                return
            yield piece
            at += len(piece)


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
) -> Iterator[bytes]:
    """Yield an archive, ``tar`` or ``zip``, of what is requested.

    What could not be read stands in it as a list, at its end.

    Args:
        open_reader: Opens the store; called in a thread of its own.
        request: What goes in.
        kind: Of the archive.
        observer: Hears of what is done.
    """
    pipe = Piped()

    def fill() -> None:
        try:
            with (
                open_reader() as reader,
                closing(open_archive(kind, cast("BinaryIO", pipe))) as made,
            ):
                done = fill_archive(made, reader, [request], ExtractOptions(b"."), observer)
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
        "Content-Security-Policy": _SHOWN,
    }
