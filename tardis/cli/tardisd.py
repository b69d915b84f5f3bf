"""tardisd: the daemon that keeps the backups."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from tardis import __version__
from tardis.admin import purge_after_backup, purge_by_wish, upgrade
from tardis.cli.check_config import asks_for_check, check_config
from tardis.cli.daemon_hooks import after_set
from tardis.cli.daemon_service import DaemonService
from tardis.cli.daemon_tls import certificate_made
from tardis.cli.main import run
from tardis.cli.memory import spend_memory_for_speed
from tardis.cli.notify import Notifier
from tardis.cli.settings import load
from tardis.cli.tardisd_probe import probe_daemon
from tardis.cli.version import shows_version
from tardis.config import Settings, overlaid, table
from tardis.model import ConfigError
from tardis.policy import DeltaRules, Schedule
from tardis.server import DaemonOptions
from tardis.store import Place, Pruned, StoreWriter, read_schema

THRIFT: Final = 4
"""What a writer's bounds are divided by on small machines: its groups, and what it caches."""


def command(argv: Sequence[str]) -> int:
    """Serve until told to stop, or one visit in single mode; return 0."""
    if shows_version("tardisd", argv):
        return 0
    if asks_for_check(argv):
        probe = partial(probe_daemon, options_of=daemon_options)
        return check_config("tardisd", argv, os.environ, probe)
    settings = load("tardisd", argv).settings
    if settings[table.MAKE_CERTIFICATE]:
        return certificate_made(settings)
    spend_memory_for_speed(is_low=settings[table.LOW_MEMORY])
    os.umask(settings[table.UMASK])
    read_schema(daemon_options(settings).place)
    words = again(settings, argv)
    service = DaemonService(
        settings,
        lambda: load("tardisd", words).settings,
        daemon_options,
        Notifier(os.environ),
    )
    return service.run()


def again(settings: Settings, argv: Sequence[str]) -> list[str]:
    """Return the command line for another reading, from whatever directory."""
    path = settings[table.DAEMON_CONFIG]
    is_whole = os.path.isabs(path)
    return [*argv] if is_whole else [*argv, "--config", os.path.abspath(path)]


def daemon_options(settings: Settings) -> DaemonOptions:
    """Return what the server needs to know of *settings*."""
    schedule = schedule_of(settings)
    place = Place(
        base=settings[table.BASE_DIR],
        db_name=settings[table.DBNAME],
        db_dir=settings[table.DBDIR],
        journal=settings[table.JOURNAL],
        skip_name=settings[table.SERVER_SKIP_FILE_NAME],
        schema=settings[table.SCHEMA] if settings.is_given(table.SCHEMA) else "",
        thrift=THRIFT if settings[table.LOW_MEMORY] else 1,
    )
    min_free = settings[table.MIN_FREE_SPACE]
    is_local = bool(settings[table.SOCKET]) and settings[table.SINGLE]
    return DaemonOptions(
        place=place,
        program=f"tardisd {__version__}",
        formats=schedule.formats,
        priorities=settings[table.PRIORITIES],
        full_formats=settings[table.FORCE_FULL] if settings.is_given(table.FORCE_FULL) else (),
        allow_new_hosts=settings[table.ALLOW_NEW_HOSTS],
        require_password=settings[table.REQUIRE_PASSWORD],
        allow_open=settings[table.ALLOW_OPEN],
        is_private=is_local and os.geteuid() != 0,
        is_local=is_local,
        save_config=settings[table.SAVE_CONFIG],
        db_backups=settings[table.DB_BACKUPS],
        timeout=settings[table.TIMEOUT],
        verbose=settings[table.SERVER_VERBOSE],
        purge=purger(schedule, settings[table.MIN_FREE_SPACE])
        if settings[table.AUTO_PURGE]
        else None,
        purge_by_wish=lambda writer, wish: purge_by_wish(writer, schedule, wish, time.time_ns()),
        upgrade=upgrade if settings[table.ALLOW_SCHEMA_UPGRADES] else None,
        rights=settings[table.RIGHTS],
        after_set=after_set(settings),
        min_free=min_free,
        max_backups=settings[table.MAX_BACKUPS] if settings[table.THREADS] else 1,
        vacuum_interval=settings[table.VACUUM_INTERVAL],
        is_disabled=settings[table.DISABLED],
        of_client=overriding(settings),
        deltas=DeltaRules(
            settings[table.MAX_DELTA_CHAIN],
            settings[table.MAX_CHANGE_PERCENT],
            settings[table.SAVE_FULL],
        ),
        links_basis=settings[table.LINK_BASIS],
    )


def schedule_of(settings: Settings) -> Schedule:
    """Return how long sets are kept.

    Raises:
        ConfigError: Formats, priorities and periods do not belong together.
    """
    formats, priorities = settings[table.FORMATS], settings[table.PRIORITIES]
    full_formats = settings[table.FORCE_FULL] if settings.is_given(table.FORCE_FULL) else ()
    _require_each(len(formats), len(priorities), "Priorities", "priority")
    schedule = Schedule(formats, settings[table.KEEP_PERIODS], settings[table.KEEP_NAMED])
    if settings[table.AUTO_PURGE]:
        _require_each(len(formats), len(schedule.days), "KeepPeriods", "period")
    if full_formats:
        _require_each(len(formats), len(full_formats), "ForceFull", "answer")
    return schedule


def _require_each(formats: int, found: int, key: str, what: str) -> None:
    if found != formats:
        raise ConfigError(
            f"Formats has {formats} entries and {key} {found}: "
            f"there must be one {what} for each format"
        )


def overriding(settings: Settings) -> Callable[[Mapping[str, str]], DaemonOptions] | None:
    """Return what makes the options of a client for which settings are stored."""
    if not settings[table.ALLOW_CLIENT_OVERRIDES]:
        return None
    return lambda stored: daemon_options(overlaid(settings, stored))


def purger(schedule: Schedule, min_free: int) -> Callable[[StoreWriter], Pruned]:
    """Return what removes the sets that *schedule* no longer keeps, by this machine's clock.

    Where fewer than *min_free* bytes are free, further ones go early.
    """
    return lambda writer: purge_after_backup(writer, schedule, time.time_ns(), min_free)


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
