"""The bytes of files: whole or in part, verified, never in a way that a browser would run."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import chain
from typing import Final
from urllib.parse import quote

import flask

from tardis.history import Tree
from tardis.model import (
    SEGMENT,
    Content,
    IntegrityError,
    NoSuchPathError,
    Right,
    StoredContent,
    UsageError,
)
from tardis.render import escape_name
from tardis.store import StoreReader

from .answers import json_answer
from .api import BYTES, Api, Call
from .entry_shapes import PATH
from .ranges import Part, Unsatisfiable, wanted_part
from .service import service
from .sessions import Access
from .sets import chosen_set

api: Final = Api("content", "/api/v1/clients/<client>")

_READS: Final = (Right.RESTORE, "read files")
_STATUSES: Final = {
    206: "The part of the content that was asked for.",
    304: "The content is what the client has already.",
    404: "There is no such set, path or content.",
    416: "Nothing of what was asked for is there.",
}
_IN_MEMORY: Final = 4 << 20
"""Plain bytes up to which a content is verified before the first byte is sent."""

_HEX: Final = frozenset("0123456789abcdef")


@api.get("/sets/<set>/content", answers=BYTES, right=_READS, query=(PATH,), statuses=_STATUSES)
def content_of_path(call: Call) -> flask.Response:
    """Send the bytes of a file of a set; `Range` asks for a part of them."""
    with ExitStack() as opened:
        reader = opened.enter_context(call.service.reader(call.client))
        backup = chosen_set(reader, call.place["set"])
        node = Tree(reader, backup.number).resolve(call[PATH])
        if node.entry is None or not node.entry.is_regular:
            raise UsageError(f"{escape_name(call[PATH])} is no file in that set")
        ids = [node.entry.content] if node.entry.content is not None else []
        stored = reader.contents(ids).get(ids[0]) if ids else None
        if stored is None:
            raise IntegrityError(f"the store has no content of {escape_name(call[PATH])}")
        return send_content(call.client, reader, stored, node.name, opened)


@api.get("/contents/<digest>", answers=BYTES, right=_READS, statuses=_STATUSES)
def content_of_digest(call: Call) -> flask.Response:
    """Send the bytes of the content with a checksum, as entries tell it."""
    digest = call.place["digest"]
    if not _HEX.issuperset(digest) or len(digest) % 2:
        raise UsageError("a checksum is written in hexadecimal digits")
    with ExitStack() as opened:
        reader = opened.enter_context(call.service.reader(call.client))
        stored = reader.find_content(bytes.fromhex(digest))
        if stored is None:
            raise NoSuchPathError("the store has no content with that checksum")
        return send_content(call.client, reader, stored, digest.encode(), opened)


def send_content(
    access: Access, reader: StoreReader, stored: StoredContent, name: bytes, opened: ExitStack
) -> flask.Response:
    """Return the answer that sends a content, or the part of it that the request asks for.

    Args:
        access: Whose it is.
        reader: Of the store.
        stored: The content.
        name: Under which a browser saves it.
        opened: What is closed when all is sent; nothing is left in it then.

    Raises:
        IntegrityError: It is damaged where it begins.
    """
    request = flask.request
    repository = reader.repository().id
    etag = service().mark(access.client.encode(), repository, stored.digest)
    if request.if_none_match.contains(etag):
        return _marked(flask.Response(status=304), etag)
    condition = request.headers.get("If-Range")
    header = request.headers.get("Range", "") if condition in (None, f'"{etag}"') else ""
    try:
        part = wanted_part(header, stored.size)
    except Unsatisfiable:
        answer = json_answer(
            {"error": "range", "message": "nothing of that is there", "hint": ""}, 416
        )
        answer.headers["Content-Range"] = f"bytes */{stored.size}"
        return answer
    content = opened.enter_context(closing(reader.open(stored)))
    body = iter(()) if request.method == "HEAD" else _begun(content, part)
    held = opened.pop_all()
    answer = flask.Response(body, 200 if part is None else 206)
    answer.call_on_close(held.close)
    answer.mimetype = "application/octet-stream"
    answer.headers["Content-Disposition"] = disposition(name)
    answer.headers["Accept-Ranges"] = "bytes"
    start, stop = part or Part(0, stored.size)
    answer.content_length = stop - start
    if part is not None:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{stored.size}"
    return _marked(answer, etag)


def _marked(answer: flask.Response, etag: str) -> flask.Response:
    if service().options.allow_cache:
        answer.set_etag(etag)
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _begun(content: Content, part: Part | None) -> Iterator[bytes]:
    """Return what is sent, of which the beginning has been read: damage there is told.

    Damage that shows later can only cut the connection.
    """
    if part is None and content.size <= _IN_MEMORY:
        return iter((b"".join(content.chunks()),))
    chunks = _held_back(content.chunks(), content.size) if part is None else _parts(content, part)
    return chain((next(chunks, b""),), chunks)


def _held_back(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield *chunks* of *size* bytes together, the last one when all are proved.

    The digest is compared behind the last one: what is damaged comes short, and whoever gets it
    is told so by the length.
    """
    held = b""
    for chunk in chunks:
        size -= len(chunk)
        if size > 0:
            yield chunk
        else:
            held += chunk
    yield held


def _parts(content: Content, part: Part) -> Iterator[bytes]:
    start, stop = part
    while start < stop and (data := content.read_at(start, min(SEGMENT, stop - start))):
        yield data
        start += len(data)


def disposition(name: bytes) -> str:
    """Return the header that lets a browser save a file as *name*, and never show it.

    What is not plain ASCII is escaped as RFC 8187 says, so nothing in a name ends the header.
    """
    plain = all(32 <= one < 127 and one not in b'"\\%/' for one in name)  # noqa: PLR2004 - ASCII
    if plain:
        return f'attachment; filename="{name.decode("ascii")}"'
    text = name.decode("utf-8", "replace").replace("/", "_")
    return f"attachment; filename=\"download\"; filename*=UTF-8''{quote(text, safe='')}"
