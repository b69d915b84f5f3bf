"""What `tardisremote --check-config` looks at beside the values themselves."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Final

from tardis.config import Settings, checking, table

from .daemon_tls import tls_files
from .privileges import identity_of
from .probing import makeable, name_of, private, readable, safe_from_others
from .service import is_background

_MORE_THAN_GROUP_READS: Final = 0o037
"""A daemon may belong to the group that its secrets are readable for."""


def probe_remote(settings: Settings, path: str) -> Iterator[checking.Finding]:
    """Look at what the settings of `tardisremote` name.

    Args:
        settings: As far as they can be read.
        path: Of the configuration file; empty when there is none.
    """
    yield from safe_from_others(path)
    if settings[table.SSL]:
        wrong = checking.found_in(partial(tls_files, settings))
        yield from wrong
        if not wrong:
            certificate, key = tls_files(settings)
            yield from readable(table.CERT_FILE, certificate)
            yield from private(table.TLS_KEY_FILE, key, _MORE_THAN_GROUP_READS)
    if settings[table.METRICS_TOKEN_FILE]:
        token = settings[table.METRICS_TOKEN_FILE]
        yield from private(table.METRICS_TOKEN_FILE, token, _MORE_THAN_GROUP_READS)
    for row in (table.REMOTE_BASE, table.DBDIR):
        place = settings[row]
        if place and not os.path.isdir(place):
            yield checking.Finding(f"{name_of(row)}: there is no directory {place}")
    if settings[table.LOG_FILE]:
        yield from makeable(table.LOG_FILE, settings[table.LOG_FILE])
    if is_background(settings):
        yield from checking.found_in(
            partial(identity_of, settings[table.USER], settings[table.GROUP])
        )
        yield from makeable(table.REMOTE_PID_FILE, settings[table.REMOTE_PID_FILE])
