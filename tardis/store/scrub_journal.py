"""What a journal would say of a catalog, for one that was lost or spoilt."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from tardis.model import BackupSet, IntegrityError, StoredContent

from .catalog import mending, reading
from .catalog.connection import Connection
from .journal import classic_line, content_line, header_line
from .layout import Layout
from .records import HEADER, parse_header

_SECOND_NS: Final = 10**9


def journal_lines(db: Connection, layout: Layout) -> Iterator[str]:
    """Yield a header for each set that is left, and a line for each content, by set."""
    waiting = reading.sets(db)
    for number, content, basis in mending.iter_contents(db):
        while waiting and waiting[0].number <= number:
            yield _header(waiting.pop(0))
        size = content.size if basis is None else _delta_size(layout, content)
        below = () if basis is None else (basis,)
        where = (content.digest, content.codec, content.pack, content.place)
        told = (*where, size, content.stored, *below)
        yield (classic_line if layout.is_classic else content_line)(told, content.cipher)
    for one in waiting:
        yield _header(one)


def _header(backup: BackupSet) -> str:
    moment = time.localtime(backup.started_ns // _SECOND_NS)
    date = time.strftime("%Y-%m-%d %H:%M:%S", moment)
    return header_line(backup.number, backup.name, backup.session, date, backup.client_version)


def _delta_size(layout: Layout, content: StoredContent) -> int:
    """Return a delta's own plain size, or what it makes where its header cannot be read."""
    is_packed = content.pack is not None
    path = layout.large(content.digest, content.place)
    if content.pack is not None:
        path = layout.pack(content.pack)
    with suppress(OSError, IntegrityError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return parse_header(
                os.pread(descriptor, HEADER.size, content.place if is_packed else 0)
            ).size
        finally:
            os.close(descriptor)
    return content.size
