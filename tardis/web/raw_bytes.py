"""Stored bytes as they lie: many records in one answer, or a range of a file."""

import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Final

import flask

from tardis.model import IntegrityError, NoSuchPathError, RawFile, StoredContent
from tardis.protocol import lookups
from tardis.store import RECORD_HEAD, DirectoryStore

from .raw_stores import RawStores
from .sending import Span, StoredBody
from .service import service

_LENGTH: Final = struct.Struct("!I")
_OCTETS: Final = "application/octet-stream"

Place = tuple[int, int, int]
"""Pack, offset, and stored bytes behind the record's header."""


def records_answer(stores: RawStores, client: str, wanted: Sequence[Place]) -> flask.Response:
    """Return the records at *wanted*, see `lookups.runs_of`.

    There may be fewer than were asked for, but one at least: those behind were too many.
    """

    def plan(store: DirectoryStore) -> list[bytes | Span]:
        pieces = _Pieces(store)
        pieces.add_records(wanted)
        return pieces.parts()

    return _planned(stores, client, plan)


def batch_answer(stores: RawStores, client: str, ids: Sequence[int]) -> flask.Response:
    """Return where contents lie, and behind that, as far as there is room, what lies there.

    Bundles that some of them are parts of come along.  The rows come first, behind their
    length; then the records of those in packs, by place, then the files of those that are
    small, as in `records_answer`.
    """

    def plan(store: DirectoryStore) -> list[bytes | Span]:
        rows = _with_bundles(store, ids)
        head = lookups.tell(tuple(rows))
        packed, files = lookups.batch_of(rows)
        pieces = _Pieces(store)
        pieces.add_records(packed)
        pieces.add_files(files)
        return [_LENGTH.pack(len(head)) + head, *pieces.parts()]

    return _planned(stores, client, plan)


def _with_bundles(store: DirectoryStore, ids: Sequence[int]) -> list[StoredContent]:
    """Return where contents lie, and the bundles that they are read from."""
    found = store.contents(ids)
    parts = (one for one in found.values() if one.is_part and one.pack is not None)
    bundles = {one.basis for one in parts if one.basis is not None} - found.keys()
    return [*found.values(), *store.contents(bundles).values()]


def _planned(
    stores: RawStores, client: str, plan: Callable[[DirectoryStore], list[bytes | Span]]
) -> flask.Response:
    """Return an answer of the parts that *plan* finds in a store, which is lent until the end."""
    with ExitStack() as stack:
        parts = plan(stack.enter_context(stores.lent(client)))
        return _told(flask.Response(mimetype=_OCTETS), StoredBody(parts, stack.pop_all().close))


def _told(answer: flask.Response, body: StoredBody) -> flask.Response:
    answer.headers["Content-Length"] = str(body.length)
    answer.response = body
    answer.direct_passthrough = True
    return answer


class _Pieces:
    """Pieces of one answer: their lengths, and which parts of which files they are.

    Records that follow each other become one part.

    Args:
        store: Where they lie.
    """

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store
        self._told: list[int] = []
        self._spans: list[Span] = []
        self._size = 0
        self._packs: dict[int, int] = {}
        self._last = (0, 0)

    def add_records(self, wanted: Iterable[Place]) -> None:
        """Add the records at *wanted*, as far as there is room."""
        for pack, offset, stored in wanted:
            if self._size >= lookups.RECORDS_BYTES:
                return
            end = offset + RECORD_HEAD + stored
            is_one = 0 <= stored <= lookups.MAX_RECORD and pack >= 1 and offset >= 0
            if not is_one or end > self._length_of(pack):
                self._told.append(lookups.GONE)
                continue
            if (pack, offset) == self._last:
                self._spans[-1] = self._spans[-1]._replace(end=end)
            else:
                self._spans.append(Span(partial(self._store.pack, pack), offset, end))
            self._last = (pack, end)
            self._count(end - offset)

    def add_files(self, names: Iterable[tuple[bytes, int]]) -> None:
        """Add the files of contents, each by digest and place, as far as there is room."""
        for digest, place in names:
            if self._size >= lookups.RECORDS_BYTES:
                return
            opener = partial(self._store.file, digest, place)
            length = _length_of(opener)
            if not 0 <= length <= lookups.MAX_FILE:
                self._told.append(lookups.GONE)
                continue
            self._spans.append(Span(opener, 0, length))
            self._count(length)

    def parts(self) -> list[bytes | Span]:
        """Return all as they travel, see `lookups.runs_of`."""
        if not self._told:
            return []
        count = len(self._told)
        return [struct.pack(f"!I{count}I", count, *self._told), *self._spans]

    def _count(self, length: int) -> None:
        self._told.append(length)
        self._size += length

    def _length_of(self, pack: int) -> int:
        found = self._packs.get(pack)
        if found is None:
            found = self._packs[pack] = _length_of(partial(self._store.pack, pack))
        return found


def _length_of(opener: Callable[[], RawFile]) -> int:
    """Return the bytes of a file, -1 where it cannot be opened."""
    try:
        with closing(opener()) as file:
            return file.length()
    except IntegrityError:
        return -1


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
            _told(answer, StoredBody([Span(lambda: file, *part)], stack.pop_all().close))
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
