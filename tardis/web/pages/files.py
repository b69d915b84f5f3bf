"""One file over time: its versions, and what of one can be shown without harm."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from tardis.history import Places, Wanted, versions_of
from tardis.model import Entry, IntegrityError, NoSuchPathError, Reader, StoredContent, Version
from tardis.render import is_binary

from .comparing import visible
from .slider import Window

TEXT_BYTES: Final = 256 << 10
"""Bytes of a text that are shown."""

PICTURE_BYTES: Final = 12 << 20
"""Bytes up to which a picture is shown."""

_LINES: Final = 5000
_PICTURES: Final = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("image/avif", re.compile(rb".{4}ftypavif", re.DOTALL)),
)
"""Types that no browser takes for a program; SVG, which holds scripts, is none of them."""

_HEAD: Final = 64


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown of a file.

    Attributes:
        kind: ``text``, ``picture``, ``empty``, ``binary``, ``large`` (a picture), ``damaged`` or
            ``missing``.
        lines: Of a text, from the first.
        is_cut: The text goes on.
        type: MIME type of a picture.
        reason: What is wrong with it.
    """

    kind: str
    lines: Sequence[str] = ()
    is_cut: bool = False
    type: str = ""
    reason: str = ""


def picture_type(head: bytes) -> str:
    """Return the MIME type of a picture by its first bytes, empty for anything else."""
    return next((kind for kind, magic in _PICTURES if magic.match(head)), "")


def content_of(reader: Reader, entry: Entry) -> StoredContent:
    """Return where the bytes of *entry*, a regular file, lie.

    Raises:
        IntegrityError: They could never be read, or are not there.
    """
    if entry.content is None:
        raise IntegrityError("it could never be read, so the store has no content of it")
    found = reader.contents([entry.content]).get(entry.content)
    if found is None:
        raise IntegrityError("its content is not in the store")
    return found


def beginning(reader: Reader, content: StoredContent, most: int) -> bytes:
    """Return the first *most* bytes of a content, all of it when it has fewer.

    Raises:
        IntegrityError: They are damaged.
    """
    with closing(reader.open(content)) as opened:
        if content.size <= most:
            return b"".join(opened.chunks())
        return b"".join(_parts(opened.read_at, most))


def _parts(read_at: Callable[[int, int], bytes], most: int) -> Iterator[bytes]:
    at = 0
    while at < most:
        part = read_at(at, most - at)
        if not part:
            return
        yield part
        at += len(part)


def preview_of(reader: Reader, entry: Entry) -> Preview:
    """Return what can be shown of *entry*, a regular file."""
    if not entry.size:
        return Preview("empty")
    try:
        content = content_of(reader, entry)
        data = beginning(reader, content, TEXT_BYTES)
    except IntegrityError as error:
        return Preview("damaged" if entry.content is not None else "missing", reason=str(error))
    kind = picture_type(data[:_HEAD])
    if kind:
        return Preview("picture" if content.size <= PICTURE_BYTES else "large", type=kind)
    if is_binary(data):
        return Preview("binary")
    return text_of(data, is_cut=content.size > len(data))


def text_of(data: bytes, *, is_cut: bool) -> Preview:
    """Return the preview of a text, or of its beginning."""
    text = data.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    if not lines[-1] or is_cut:  # the end of the last line, or a line that was cut
        lines.pop() if len(lines) > 1 else None
    return Preview(
        "text", [visible(line) for line in lines[:_LINES]], is_cut or len(lines) > _LINES
    )


def versions_at(reader: Reader, window: Window, path: bytes) -> tuple[Version, ...]:
    """Return the versions of *path* in the sets of *window*, the newest first.

    Raises:
        NoSuchPathError: None of them has it.
    """
    span = window.span
    place = Places(reader, span).find(path)
    if place is None:
        raise NoSuchPathError("no backup set near the one you look at has this path")
    return versions_of(place, span, Wanted())[::-1]
