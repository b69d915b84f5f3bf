"""What `tardisd --check-config` looks at beside the values themselves."""

import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from tardis.config import Layer, Settings, checking, table
from tardis.server import DaemonOptions
from tardis.store import read_schema

from .daemon_tls import daemon_tls
from .privileges import Identity, identity_of
from .probing import makeable, name_of, private, safe_from_others
from .service import is_background

_MORE_THAN_GROUP_READS: Final = 0o037
"""A daemon may belong to the group that its key is readable for."""


def probe_daemon(
    settings: Settings, path: str, options_of: Callable[[Settings], DaemonOptions]
) -> Iterator[checking.Finding]:
    """Look at what the settings of `tardisd` name.

    Args:
        settings: As far as they can be read.
        path: Of the configuration file; empty when there is none.
        options_of: What the daemon makes of settings; raises `ConfigError`.
    """
    yield from safe_from_others(path)
    if settings.origin(table.NOTIFY_WEBHOOK) is Layer.FILE and path:
        yield from private(table.NOTIFY_WEBHOOK, path, _MORE_THAN_GROUP_READS)
    yield from _lists(settings)
    found = checking.found_in(partial(options_of, settings))
    yield from found
    if not found:
        yield from checking.found_in(partial(read_schema, options_of(settings).place))
    yield from _connection(settings)
    yield from _stores(settings)
    if settings[table.LOG_FILE]:
        yield from makeable(table.LOG_FILE, settings[table.LOG_FILE])
    if is_background(settings):
        yield from makeable(table.PID_FILE, settings[table.PID_FILE])


def _lists(settings: Settings) -> Iterator[checking.Finding]:
    """Find lists that do not belong together, which may be without effect now."""
    names: tuple[str, ...] = settings[table.FORMATS]
    formats = len(names)
    periods = len(settings[table.KEEP_PERIODS])
    if periods != formats and not settings[table.AUTO_PURGE]:
        yield checking.Finding(
            f"Formats has {formats} entries and KeepPeriods {periods}: "
            "there must be one period for each format"
        )
    if len(set(names)) < formats:
        yield checking.Finding("Formats has the same entry twice: the second never names a set")


def _connection(settings: Settings) -> Iterator[checking.Finding]:
    yield from checking.found_in(partial(daemon_tls, settings))
    key = settings[table.TLS_KEY_FILE]
    if settings[table.SSL] and key:
        yield from private(table.TLS_KEY_FILE, key, _MORE_THAN_GROUP_READS)
    if settings[table.NOTIFY_PASSWORD_FILE]:
        secret = settings[table.NOTIFY_PASSWORD_FILE]
        yield from private(table.NOTIFY_PASSWORD_FILE, secret, _MORE_THAN_GROUP_READS)
    if settings[table.SOCKET]:
        yield from makeable(table.SOCKET, settings[table.SOCKET])


def _stores(settings: Settings) -> Iterator[checking.Finding]:
    """Find directories that are not there, or not the daemon's."""
    whose = (settings[table.USER], settings[table.GROUP]) if is_background(settings) else ("", "")
    wrong = checking.found_in(partial(identity_of, *whose))
    yield from wrong
    identity = identity_of("", "") if wrong else identity_of(*whose)
    for row in (table.BASE_DIR, table.DBDIR):
        place = settings[row]
        if place and not os.path.isdir(place):
            yield checking.Finding(f"{name_of(row)}: there is no directory {place}")
        elif place and not may_write(identity, place):
            yield checking.Finding(
                f"{name_of(row)}: {identity.name or f'user number {identity.user}'} "
                f"cannot write to {place}",
                f"chown {identity.user}:{identity.group} {place}",
            )


def may_write(identity: Identity, place: str) -> bool:
    """Tell whether *identity* may make files in a directory, by its mode."""
    if identity.is_ours or identity.user == 0:
        return os.access(place, os.W_OK | os.X_OK)
    found = os.stat(place)
    groups = {identity.group}
    if identity.name:
        groups |= set(os.getgrouplist(identity.name, identity.group))
    wanted = stat.S_IWOTH | stat.S_IXOTH
    if found.st_uid == identity.user:
        wanted = stat.S_IWUSR | stat.S_IXUSR
    elif found.st_gid in groups:
        wanted = stat.S_IWGRP | stat.S_IXGRP
    return found.st_mode & wanted == wanted
