"""Stored bytes as they lie: many records in one answer, or a range of a file."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from typing import Final

import flask

from tardis.model import IntegrityError, NoSuchPathError
from tardis.protocol import lookups
from tardis.store import RECORD_HEAD, DirectoryStore

from .raw_stores import RawStores
from .sending import FileBody
from .service import service

_CHUNK: Final = 512 << 10
_LENGTH: Final = struct.Struct("!I")
_OCTETS: Final = "application/octet-stream"

Place = tuple[int, int, int]
"""Pack, offset, and stored bytes behind the record's header."""


def records_answer(stores: RawStores, client: str, wanted: Sequence[Place]) -> flask.Response:
    """Return the records at *wanted*, see `lookups.runs_of`, those that follow each other at once.

    There may be fewer than were asked for, but one at least: those behind were too many.
    """

    def parts() -> Iterator[bytes]:
        with stores.lent(client) as store:
            yield from _joined(_runs(store, wanted))

    return flask.Response(parts(), mimetype=_OCTETS)


def batch_answer(stores: RawStores, client: str, ids: Sequence[int]) -> flask.Response:
    """Return where contents lie, and behind that, as far as there is room, what lies there.

    The rows come first, behind their length; then the records of those in packs, by place, then
    the files of those that are small, as in `records_answer`.
    """
    with stores.lent(client) as store:
        rows = list(store.contents(ids).values())
    head = lookups.tell(tuple(rows))
    packed, files = lookups.batch_of(rows)

    def parts() -> Iterator[bytes]:
        with stores.lent(client) as store:
            yield _LENGTH.pack(len(head)) + head
            yield from _joined(chain(_runs(store, packed), _small_files(store, files)))

    return flask.Response(parts(), mimetype=_OCTETS)


def _joined(runs: Iterable[tuple[list[int], bytes]]) -> Iterator[bytes]:
    """Yield runs of pieces as they travel, in parts of some size, up to the end of an answer."""
    parts: list[bytes] = []
    size = told = 0
    for lengths, data in runs:
        parts += [struct.pack(f"!I{len(lengths)}I", len(lengths), *lengths), data]
        size += len(data)
        if size >= _CHUNK:
            yield b"".join(parts)
            told, size, parts = told + size, 0, []
        if told >= lookups.RECORDS_BYTES:
            return
    yield b"".join(parts)


def _runs(store: DirectoryStore, wanted: Iterable[Place]) -> Iterator[tuple[list[int], bytes]]:
    """Yield lengths and bytes of records; those that follow each other are read at once."""
    run: list[Place] = []
    size, end = 0, (0, 0)
    for place in wanted:
        pack, offset, stored = place
        length = RECORD_HEAD + stored
        if run and ((pack, offset) != end or size + length > _CHUNK):
            yield _run(store, run, size)
            run, size = [], 0
        run.append(place)
        size += length
        end = (pack, offset + length)
    if run:
        yield _run(store, run, size)


def _run(store: DirectoryStore, run: list[Place], size: int) -> tuple[list[int], bytes]:
    if len(run) > 1 and all(0 <= stored <= lookups.MAX_RECORD for *_, stored in run):
        pack, offset, _ = run[0]
        data = _record(store, (pack, offset, size - RECORD_HEAD)) or b""
        if len(data) == size:
            return [RECORD_HEAD + stored for *_, stored in run], data
    return _apart(_record(store, place) for place in run)


def _apart(pieces: Iterable[bytes | None]) -> tuple[list[int], bytes]:
    found = list(pieces)
    lengths = [lookups.GONE if one is None else len(one) for one in found]
    return lengths, b"".join(one for one in found if one is not None)


def _small_files(
    store: DirectoryStore, names: Iterable[tuple[bytes, int]]
) -> Iterator[tuple[list[int], bytes]]:
    for digest, place in names:
        try:
            with closing(store.file(digest, place)) as file:
                length = file.length()
                is_small = length <= lookups.MAX_FILE
                yield _apart([file.read_at(length, 0) if is_small else None])
        except IntegrityError:
            yield _apart([None])


def _record(store: DirectoryStore, place: Place) -> bytes | None:
    pack, offset, stored = place
    if not 0 <= stored <= lookups.MAX_RECORD or pack < 1 or offset < 0:
        return None
    try:
        return store.record(pack, offset, stored)
    except IntegrityError:
        return None


def file_answer(stores: RawStores, client: str, name: tuple[bytes, int]) -> flask.Response:
    """Return the file of a content, or the range of it that is asked for.

    Raises:
        NoSuchPathError: It is not there, or cannot be read.
    """
    with stores.lent(client) as store:
        try:
            file = store.file(*name)
        except IntegrityError:
            raise NoSuchPathError("the store has no such file") from None
    with ExitStack() as stack:
        stack.callback(file.close)
        answer, part = _asked_of(name, file.length())
        if part is not None and flask.request.method != "HEAD":
            answer.response = FileBody(file, *part)
            answer.direct_passthrough = True
            stack.pop_all()
    return answer


def _asked_of(
    name: tuple[bytes, int], length: int
) -> tuple[flask.Response, tuple[int, int] | None]:
    """Return the answer about a file of *length* bytes, and which part it is to have, if any."""
    answer = flask.Response(mimetype=_OCTETS)
    answer.headers["Accept-Ranges"] = "bytes"
    if service().options.allow_cache:
        answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
        answer.set_etag(f"{name[0].hex()}-{name[1]}")
    if flask.request.if_none_match.contains(answer.get_etag()[0] or ""):
        answer.status_code = 304
        return answer, None
    begin, end = 0, length
    wanted = flask.request.range
    is_part = wanted is not None and len(wanted.ranges) == 1 and _applies(answer)
    if is_part:
        found = wanted.range_for_length(length) if wanted is not None else None
        if found is None:
            answer.headers["Content-Range"] = f"bytes */{length}"
            answer.status_code = 416
            return answer, None
        begin, end = found
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{length}"
    answer.headers["Content-Length"] = str(end - begin)
    return answer, (begin, end)


def _applies(answer: flask.Response) -> bool:
    """Tell whether a range is meant of just this file, or of any."""
    etag = flask.request.if_range.etag
    return etag is None or etag == answer.get_etag()[0]
