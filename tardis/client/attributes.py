"""Extended attributes and ACLs of a range that is about to be listed."""

import stat
from collections.abc import Callable
from typing import Final, NamedTuple

from tardis.model import SourceError
from tardis.protocol import listing
from tardis.scan import HEADER, FolderReader, Range

from .run import Run

_TIMES: Final = slice(6, 8)
"""Where ctime stands among the fields of a row."""


class Attributes(NamedTuple):
    """What a range has.

    Attributes:
        items: (position, packed attributes) of the entries that have any, ascending.
        racy: Positions of what changed only now and is no regular file: attributes that
            are set within one tick of the clock move ctime no further.
        problems: (position, what is wrong) of those that could not be read.
        size: Bytes of all items.
    """

    items: tuple[tuple[int, bytes], ...] = ()
    racy: tuple[int, ...] = ()
    problems: tuple[tuple[int, SourceError], ...] = ()
    size: int = 0


def read_attributes(run: Run, found: Range, most: int) -> Attributes:
    """Return the attributes of the entries of *found*; stop beyond *most* bytes of them."""
    if not run.attributes.level or not found.rows:
        return Attributes()
    try:
        reader = run.open_folder(found.path, found.directory)
    except SourceError:
        return Attributes()  # whoever reads its files says so
    try:
        return _read(run, found, reader, most)
    finally:
        reader.close()


def _read(run: Run, found: Range, reader: FolderReader, most: int) -> Attributes:
    items: list[tuple[int, bytes]] = []
    problems: list[tuple[int, SourceError]] = []
    racy: list[int] = []
    size = 0
    read, inside, flags_of = run.attributes.read, reader.inside, _flags_in(run, reader)
    for position, row in enumerate(found.rows):
        name = row[HEADER:]
        try:
            packed = read(inside + name, flags_of(row, name))
        except SourceError as error:
            problems.append((position, error))
            continue
        if packed:
            items.append((position, packed))
            size += len(packed)
            if size > most:
                break
        if not listing.is_regular(row) and reader.is_fresh(*listing.ENTRY.unpack_from(row)[_TIMES]):
            racy.append(position)
    return Attributes(tuple(items), tuple(racy), tuple(problems), size)


def _flags_in(run: Run, reader: FolderReader) -> Callable[[bytes, bytes], int]:
    """Return what tells the flags of (row, name) in a directory; other kinds have none."""
    flags, folder, inside = run.attributes.flags, reader.descriptor, reader.inside
    if flags is None or not flags.has_flags(folder):
        return lambda row, name: 0

    def flags_of(row: bytes, name: bytes) -> int:
        kind = listing.kind_of(row)
        if kind == stat.S_IFREG:
            return flags.of_file(name, folder)
        return flags.of_folder(inside + name) if kind == stat.S_IFDIR else 0

    return flags_of
