"""What `tardis --check-config` looks at beside the values themselves."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Final

from tardis.config import Layer, Settings, checking, table
from tardis.render import escape_name

from .backup_excludes import exclusions
from .backup_line import server_of
from .backup_options import expand, uncompressed_types
from .log_files import STREAMS
from .probing import makeable, private, runnable, safe_from_others

_URLS: Final = ("http:", "https:", "ftp:")


def probe_client(settings: Settings, path: str) -> Iterator[checking.Finding]:
    """Look at what the settings of `tardis` name.

    Args:
        settings: As far as they can be read.
        path: Of the configuration file; empty when there is none.
    """
    yield from safe_from_others(path)
    for check in (server_of, exclusions, uncompressed_types):
        yield from checking.found_in(partial(check, settings))
    yield from _sources(settings)
    yield from _secrets(settings, path)
    for name in settings[table.LOG]:
        if name not in STREAMS:
            yield from makeable(table.LOG, name)
    if settings[table.LOCAL]:
        yield from runnable(table.LOCAL_SERVER_CMD, settings[table.LOCAL_SERVER_CMD])


def _sources(settings: Settings) -> Iterator[checking.Finding]:
    """Find directories that are not there."""
    if not settings.is_given(table.DIRECTORIES):
        return
    directories: tuple[str, ...] = settings[table.DIRECTORIES]
    yield from checking.found_in(partial(expand, directories))
    for text in directories:
        for path in expand([text]):
            if not os.path.lexists(path):
                yield checking.Finding(
                    f"{table.DIRECTORIES.keys[0]}: there is no {escape_name(path)}"
                )


def _secrets(settings: Settings, path: str) -> Iterator[checking.Finding]:
    """Find secrets that others can read, and ways to one that lead nowhere."""
    secret = settings[table.PASSWORD]
    is_written = settings.origin(table.PASSWORD) is Layer.FILE
    if is_written and secret is not None and secret.reveal() and path:
        yield from private(table.PASSWORD, path)
    if settings.origin(table.NOTIFY_WEBHOOK) is Layer.FILE and path:
        yield from private(table.NOTIFY_WEBHOOK, path)
    place = settings[table.PASSWORD_FILE]
    if place and not place.startswith(_URLS):
        yield from private(table.PASSWORD_FILE, place.removeprefix("file://"))
    yield from runnable(table.PASSWORD_PROG, settings[table.PASSWORD_PROG])
    for row in (table.KEYS, table.NOTIFY_PASSWORD_FILE):
        if settings[row]:
            yield from private(row, settings[row])
