"""Reading symbolic links of a range that is about to be listed."""

import errno
from typing import Final, NamedTuple

from tardis.model import SourceError
from tardis.protocol import listing
from tardis.scan import GONE, HEADER, FolderReader, Range, range_of

from .run import Run

_CTIME: Final = 6
"""Where ctime stands among the fields of a row."""

_GONE: Final = GONE | {errno.EINVAL}
"""What tells that there is no link of that name any more."""


class Targets(NamedTuple):
    """A range with the targets of its links.

    Attributes:
        found: The range, without links that are gone by now.
        items: (position, target) of each link, ascending.
        racy: Positions of links that changed only now.
        is_whole: No link had to be taken out.
    """

    found: Range
    items: tuple[tuple[int, bytes], ...]
    racy: tuple[int, ...]
    is_whole: bool


def read_links(run: Run, found: Range) -> Targets:
    """Return where the links of *found* point now."""
    if not found.links:
        return Targets(found, (), (), True)
    try:
        reader = run.open_folder(found.path, found.directory)
    except SourceError as error:
        for position in found.links:
            _pass_over(run, found, position, error)
        return _without(found, frozenset(found.links))
    try:
        return _read(run, found, reader)
    finally:
        reader.close()


def _read(run: Run, found: Range, reader: FolderReader) -> Targets:
    items: list[tuple[int, bytes]] = []
    gone: set[int] = set()
    racy: list[int] = []
    for position in found.links:
        row = found.rows[position]
        try:
            items.append((position, reader.read_link(row[HEADER:])))
        except SourceError as error:
            gone.add(position)
            _pass_over(run, found, position, error)
            continue
        if reader.is_racy(listing.ENTRY.unpack_from(row)[_CTIME]):
            racy.append(position)
    if not gone:
        return Targets(found, tuple(items), tuple(racy), True)
    whole = [at for at in range(len(found.rows)) if at not in gone]
    moved = {before: now for now, before in enumerate(whole)}
    return Targets(
        _without(found, frozenset(gone)).found,
        tuple((moved[at], target) for at, target in items),
        tuple(moved[at] for at in racy),
        False,
    )


def _without(found: Range, gone: frozenset[int]) -> Targets:
    rows = [row for at, row in enumerate(found.rows) if at not in gone]
    less = range_of(found.directory, found.path, (found.start, found.end), rows)
    return Targets(less, (), (), False)


def _pass_over(run: Run, found: Range, position: int, error: SourceError) -> None:
    """Count a link that cannot be told any more."""
    run.report.entries -= 1
    path = found.path + b"/" + found.rows[position][HEADER:]
    if error.errno in _GONE:
        run.report.vanished += 1
        run.remark(path, "vanished")
    else:
        run.blame(path, error.errno, error.reason)
