"""Stored bytes as they lie: many records in one answer, or a range of a file."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final

import flask

from tardis.model import IntegrityError, NoSuchPathError
from tardis.protocol import lookups
from tardis.store import DirectoryStore

from .raw_stores import RawStores
from .service import service

_CHUNK: Final = 512 << 10
_LENGTH: Final = struct.Struct("!I")
_OCTETS: Final = "application/octet-stream"

Place = tuple[int, int, int]
"""Pack, offset, and stored bytes behind the record's header."""


def records_answer(stores: RawStores, client: str, wanted: Sequence[Place]) -> flask.Response:
    """Return the records at *wanted*, each behind its length, or `lookups.GONE` for none.

    There may be fewer than were asked for, but one at least: those behind were too many.
    """
    return flask.Response(_records(stores, client, wanted), mimetype=_OCTETS)


def _records(stores: RawStores, client: str, wanted: Sequence[Place]) -> Iterator[bytes]:
    with stores.lent(client) as store:
        parts: list[bytes] = []
        size = told = 0
        for place in wanted:
            data = _record(store, place)
            parts += [_LENGTH.pack(lookups.GONE if data is None else len(data)), data or b""]
            size += len(parts[-1])
            if size >= _CHUNK:
                yield b"".join(parts)
                told, size, parts = told + size, 0, []
            if told >= lookups.RECORDS_BYTES:
                return
        yield b"".join(parts)


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
        with closing(file):
            length = file.length()
    answer = flask.Response(mimetype=_OCTETS)
    answer.headers["Accept-Ranges"] = "bytes"
    if service().options.allow_cache:
        answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
        answer.set_etag(f"{name[0].hex()}-{name[1]}")
    if flask.request.if_none_match.contains(answer.get_etag()[0] or ""):
        answer.status_code = 304
        return answer
    begin, end = 0, length
    wanted = flask.request.range
    is_part = wanted is not None and len(wanted.ranges) == 1 and _applies(answer)
    if is_part:
        found = wanted.range_for_length(length) if wanted is not None else None
        if found is None:
            answer.headers["Content-Range"] = f"bytes */{length}"
            answer.status_code = 416
            return answer
        begin, end = found
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{length}"
    answer.headers["Content-Length"] = str(end - begin)
    if flask.request.method != "HEAD":
        answer.response = _part(stores, client, name, begin, end)
    return answer


def _applies(answer: flask.Response) -> bool:
    """Tell whether a range is meant of just this file, or of any."""
    etag = flask.request.if_range.etag
    return etag is None or etag == answer.get_etag()[0]


def _part(
    stores: RawStores, client: str, name: tuple[bytes, int], begin: int, end: int
) -> Iterator[bytes]:
    """Yield bytes of a file; fewer than were promised if they cannot be read."""
    with stores.lent(client) as store:
        file = store.file(*name)
    with closing(file):
        while begin < end:
            data = file.read_at(min(_CHUNK, end - begin), begin)
            if not data:
                raise IntegrityError("a file became shorter while it was read")
            yield data
            begin += len(data)
