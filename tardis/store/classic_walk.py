"""What lies in a classic store by its names alone: contents and what stands beside, manifests."""

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tardis.crypto import MD5_SIZE

from .catalog import pruning
from .catalog.connection import Connection
from .flush import sync_file
from .layout import Layout
from .meta import BASIS, SIGNATURE, SUFFIX

BESIDE: Final = (SUFFIX, SIGNATURE, BASIS)
"""Ends of the names of what may stand beside a content."""

_CONTENT: Final = re.compile(
    rf"([0-9a-f]{{{2 * MD5_SIZE}}})(?:-(\d{{1,9}}))?(?:{'|'.join(map(re.escape, BESIDE))})?"
)
_MANIFEST: Final = re.compile(r"(\d{1,18})-(\d{1,9})")
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_STRONG: Final = bytes(32)
"""In place of the second half of a digest, which no name tells."""


class Named(NamedTuple):
    """A file of a classic store.

    Attributes:
        name: MD5, or HMAC-MD5, of a content and 32 zero bytes; of a manifest its set's number.
        place: The n of its name.
    """

    path: str
    name: bytes
    place: int


def iter_contents(layout: Layout) -> Iterator[Named]:
    """Yield every file of a content, and those beside, also where that is gone."""
    for outer in _folders(layout.directory):
        for inner in _folders(outer):
            for name in sorted(os.listdir(inner)):
                match = _CONTENT.fullmatch(name)
                if match:
                    path = os.path.join(inner, name)
                    yield Named(path, bytes.fromhex(match[1]) + _STRONG, int(match[2] or 0))


def iter_manifests(layout: Layout) -> Iterator[Named]:
    """Yield every manifest."""
    if os.path.isdir(layout.manifests):
        for name in sorted(os.listdir(layout.manifests)):
            match = _MANIFEST.fullmatch(name)
            if match:
                path = os.path.join(layout.manifests, name)
                yield Named(path, int(match[1]).to_bytes(8, "big"), int(match[2]))


def named_as(path: str) -> tuple[bytes, int]:
    """Return (digest or set's number, n) of the file *path*, as `pruning.names_file` wants them."""
    name, _, place = os.path.basename(path).partition("-")
    if len(name) == 2 * MD5_SIZE:
        return bytes.fromhex(name) + _STRONG, int(place or 0)
    return int(name).to_bytes(8, "big"), int(place)


def remove_unnamed(db: Connection, layout: Layout) -> int:
    """Remove every content and manifest that no row names; return how many that were."""
    count = 0
    for one in [*iter_contents(layout), *iter_manifests(layout)]:
        if not pruning.names_file(db, one.name, one.place):
            os.unlink(one.path)
            sync_file(os.path.dirname(one.path))
            count += not one.path.endswith(BESIDE)
    return count


def _folders(path: str) -> list[str]:
    names = sorted(filter(_FOLDER.fullmatch, os.listdir(path)))
    return [one for one in (os.path.join(path, name) for name in names) if os.path.isdir(one)]
