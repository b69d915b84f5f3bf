"""tardisd: the daemon that keeps the backups."""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from tardis import __version__
from tardis.admin import purge_after_backup, upgrade
from tardis.cli.daemon_log import Log
from tardis.cli.main import run
from tardis.cli.memory import spend_memory_for_speed
from tardis.cli.settings import load
from tardis.cli.version import shows_version
from tardis.config import Settings, table
from tardis.model import ConfigError
from tardis.net import Listener, Transport
from tardis.policy import DeltaRules, Schedule
from tardis.server import Daemon, DaemonOptions
from tardis.store import Place, Pruned, StoreWriter, read_schema


def command(argv: Sequence[str]) -> int:
    """Serve until told to stop, or one visit in single mode; return 0."""
    if shows_version("tardisd", argv):
        return 0
    settings = load("tardisd", argv).settings
    spend_memory_for_speed()
    os.umask(settings[table.UMASK])
    options = daemon_options(settings)
    read_schema(options.place)
    with Log(settings[table.LOG_FILE], settings[table.SERVER_VERBOSE]) as log:
        daemon = Daemon(options, log, log_details=settings[table.EXCEPTIONS])
        listener = Listener(
            settings[table.SOCKET] or addresses(settings),
            handler(daemon, settings),
            is_single=settings[table.SINGLE],
            reuse_address=settings[table.REUSE_ADDR],
        )
        stop_on_signals(daemon, listener)
        log.info(f"tardisd {__version__} serves {options.place.base} on {listener.addresses}")
        listener.serve()
        log.info("tardisd stopped")
    return 0


def daemon_options(settings: Settings) -> DaemonOptions:
    """Return what the server needs to know of *settings*."""
    formats, priorities = settings[table.FORMATS], settings[table.PRIORITIES]
    full_formats = settings[table.FORCE_FULL] if settings.is_given(table.FORCE_FULL) else ()
    _require_each(len(formats), len(priorities), "Priorities", "priority")
    schedule = Schedule(formats, settings[table.KEEP_PERIODS], settings[table.KEEP_NAMED])
    if settings[table.AUTO_PURGE]:
        _require_each(len(formats), len(schedule.days), "KeepPeriods", "period")
    if full_formats:
        _require_each(len(formats), len(full_formats), "ForceFull", "answer")
    place = Place(
        base=settings[table.BASE_DIR],
        db_name=settings[table.DBNAME],
        db_dir=settings[table.DBDIR],
        journal=settings[table.JOURNAL],
        skip_name=settings[table.SERVER_SKIP_FILE_NAME],
        schema=settings[table.SCHEMA] if settings.is_given(table.SCHEMA) else "",
    )
    is_local = bool(settings[table.SOCKET]) and settings[table.SINGLE]
    return DaemonOptions(
        place=place,
        program=f"tardisd {__version__}",
        formats=formats,
        priorities=priorities,
        full_formats=full_formats,
        allow_new_hosts=settings[table.ALLOW_NEW_HOSTS],
        require_password=settings[table.REQUIRE_PASSWORD],
        allow_open=settings[table.ALLOW_OPEN],
        is_private=is_local and os.geteuid() != 0,
        is_local=is_local,
        save_config=settings[table.SAVE_CONFIG],
        db_backups=settings[table.DB_BACKUPS],
        timeout=settings[table.TIMEOUT],
        verbose=settings[table.SERVER_VERBOSE],
        purge=purger(schedule) if settings[table.AUTO_PURGE] else None,
        upgrade=upgrade if settings[table.ALLOW_SCHEMA_UPGRADES] else None,
        deltas=DeltaRules(
            settings[table.MAX_DELTA_CHAIN],
            settings[table.MAX_CHANGE_PERCENT],
            settings[table.SAVE_FULL],
        ),
    )


def _require_each(formats: int, found: int, key: str, what: str) -> None:
    if found != formats:
        raise ConfigError(
            f"Formats has {formats} entries and {key} {found}: "
            f"there must be one {what} for each format"
        )


def purger(schedule: Schedule) -> Callable[[StoreWriter], Pruned]:
    """Return what removes the sets that *schedule* no longer keeps, by this machine's clock."""
    return lambda writer: purge_after_backup(writer, schedule, time.time_ns())


def addresses(settings: Settings) -> list[tuple[str, int]]:
    """Return the (host, port) pairs to listen on."""
    return [(host, settings[table.PORT]) for host in settings[table.BIND]]


def handler(daemon: Daemon, settings: Settings) -> Callable[[Transport], None]:
    """Return what serves a visit; with Profile it prints where the time went."""
    if not settings[table.PROFILE]:
        return daemon.visit
    profiling = importlib.import_module("tardis.cli.profiling")
    measured: Callable[[Transport], None] = profiling.profiled(daemon.visit)
    return measured


def stop_on_signals(daemon: Daemon, listener: Listener) -> None:
    """Let SIGTERM and SIGINT end visits after their sealed group, then the daemon."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        daemon.stop()
        listener.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
