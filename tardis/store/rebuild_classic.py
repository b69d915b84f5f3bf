"""What lies in a classic store, found out by looking at every manifest and every ``.meta``.

See `rebuild_scan`.  A manifest is known by its set and the n of its name; of one set the
later has the higher n.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tardis.crypto import MD5_SIZE
from tardis.model import IntegrityError
from tardis.streams import Codec

from .layout import Layout
from .meta import SUFFIX, read_meta
from .rebuild_scan import Found, Manifest, Scan, mark_of, value_of
from .records import HAS_HOLES, SEALED, Kind

_MANIFEST: Final = re.compile(r"(\d{1,18})-(\d{1,9})")
_META: Final = re.compile(rf"([0-9a-f]{{{2 * MD5_SIZE}}})(?:-(\d{{1,9}}))?{re.escape(SUFFIX)}")
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_BATCH: Final = 2000
_BLOCK: Final = 512
"""Bytes that `st_blocks` counts in."""

_ZLIB: Final = 1


def scan_classic(layout: Layout, keep: Callable[[list[Found]], object]) -> Scan:
    """Look at every manifest and every ``.meta``; see `rebuild_scan.scan_store`.

    Raises:
        OSError: A directory of the store cannot be listed.
    """
    scan, batch = Scan(), list[Found]()
    for number, place in sorted(_manifest_names(layout)):
        stored = os.path.getsize(layout.manifest(number, place))
        one = Manifest(number, place, stored, number, 0, "")
        try:
            value = read_classic(layout, one)
        except IntegrityError:
            scan.unreadable += 1
        else:
            facts = (number, place, stored, value[1], value[2])
            scan.manifests.append(Manifest(*facts, *mark_of(value)))
    for path, place in _metas(layout):
        found = _found(path, place)
        if found is not None:
            scan.files += 1
            scan.sealed += found[3]
            batch.append(found)
        if len(batch) >= _BATCH:
            keep(batch)
            batch = []
    keep(batch)
    return scan


def read_classic(layout: Layout, one: Manifest) -> tuple[Any, ...]:
    """Return the value of a manifest that is a file.

    Raises:
        IntegrityError: It is damaged, or was written by a newer program.
    """
    path = layout.manifest(one.pack, one.place)
    try:
        payload = Path(path).read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
    return value_of(_ZLIB, payload, None)


def _manifest_names(layout: Layout) -> Iterator[tuple[int, int]]:
    if os.path.isdir(layout.manifests):
        for match in map(_MANIFEST.fullmatch, os.listdir(layout.manifests)):
            if match:
                yield int(match[1]), int(match[2])


def _metas(layout: Layout) -> Iterator[tuple[str, int]]:
    """Yield path and n of every ``.meta`` beside a content's file."""
    for outer in _folders(layout.directory):
        for inner in _folders(outer):
            for name in sorted(os.listdir(inner)):
                match = _META.fullmatch(name)
                if match and match[1].startswith(os.path.basename(outer)):
                    yield os.path.join(inner, name), int(match[2] or 0)


def _folders(path: str) -> list[str]:
    names = sorted(filter(_FOLDER.fullmatch, os.listdir(path)))
    return [one for one in (os.path.join(path, name) for name in names) if os.path.isdir(one)]


def _found(path: str, place: int) -> Found | None:
    """Return what a ``.meta`` says, None where it or the file beside it is no good."""
    name = path.removesuffix(SUFFIX)
    try:
        told = read_meta(name)
        status = os.stat(name)
    except (OSError, IntegrityError):
        return None
    if status.st_size != told.stored:
        return None
    is_raw = told.codec == Codec.NONE and not told.basis and not told.check
    has_holes = is_raw and status.st_blocks * _BLOCK < told.stored
    flags = HAS_HOLES if has_holes else 0  # nothing else tells
    kind, cipher = Kind.DELTA if told.basis else Kind.DATA, SEALED if told.check else 0
    where = (told.basis or None, flags, None, place)
    return (told.digest, kind, told.codec, cipher, told.size, told.stored, *where)
