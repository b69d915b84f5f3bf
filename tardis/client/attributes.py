"""Extended attributes and ACLs of a range that is about to be listed."""

import stat
from typing import Final, NamedTuple

from tardis.model import SourceError
from tardis.protocol import listing
from tardis.scan import HEADER, FlagReader, FolderReader, Range

from .run import Run

_REGULAR, _FOLDER = stat.S_IFREG, stat.S_IFDIR
_CLAIM: Final = 12
"""Where the claim stands among the fields of a row."""

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


def _flags_of_folder(flags: FlagReader, row: bytes, inside: bytes, folder: int) -> int:
    """Return the flags of a directory; one that is not entered is not opened for them either.

    It may be a place where something is mounted as soon as somebody opens it.
    """
    name = row[HEADER:]
    if listing.ENTRY.unpack_from(row)[_CLAIM] == listing.NOT_ENTERED:
        return flags.of_file(name, folder)
    return flags.of_folder(inside + name)


def _read(run: Run, found: Range, reader: FolderReader, most: int) -> Attributes:
    items: list[tuple[int, bytes]] = []
    problems: list[tuple[int, SourceError]] = []
    racy: list[int] = []
    size = 0
    read, inside, folder = run.attributes.read, reader.inside, reader.descriptor
    flags, kind_of = run.attributes.flags, listing.kind_of
    if flags is not None and not flags.has_flags(folder):
        flags = None
    for position, row in enumerate(found.rows):
        name, kind, told = row[HEADER:], kind_of(row), 0
        if flags is not None and kind == _REGULAR:
            told = flags.of_file(name, folder)
        elif flags is not None and kind == _FOLDER:
            told = _flags_of_folder(flags, row, inside, folder)
        try:
            packed = read(inside + name, told)
        except SourceError as error:
            problems.append((position, error))
            continue
        if packed:
            items.append((position, packed))
            size += len(packed)
            if size > most:
                break
        if kind != _REGULAR and reader.is_fresh(*listing.ENTRY.unpack_from(row)[_TIMES]):
            racy.append(position)
    return Attributes(tuple(items), tuple(racy), tuple(problems), size)
