"""From the settings of `tardis` to what is left out of all that it walks."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tardis.config import Layer, Option, Settings, read_section, table
from tardis.model import ConfigError, TardisError
from tardis.policy import Rule, RuleSet, Scope, cvs_rules
from tardis.scan import Exclusions, read_rules, real_path

from .user_store import user_base


def exclusions(settings: Settings) -> Exclusions:
    """Return what *settings* leave out; the stores are still to be found.

    Raises:
        ConfigError: A file with patterns that is asked for cannot be read.
    """
    return Exclusions(
        scope=Scope().with_rules(RuleSet(_rules(settings), _directories(settings))),
        inherited=_names(settings, table.EXCLUDE_FILE_NAME),
        local=_names(settings, table.LOCAL_EXCLUDE_FILE_NAME),
        skip=os.fsencode(settings[table.SKIP_FILE_NAME]),
        skips_caches=settings[table.SKIP_CACHES],
    )


def _rules(settings: Settings) -> Iterator[Rule]:
    """Yield the rules that hold everywhere."""
    patterns: tuple[str, ...] = settings[table.EXCLUDE]
    for pattern in patterns:
        yield Rule(pattern, _spoken(settings, table.EXCLUDE))
    files: tuple[str, ...] = settings[table.EXCLUDE_FILE]
    for path in files:
        yield from _file(settings, table.EXCLUDE_FILE, path, must_exist=True)
    if not settings[table.IGNORE_GLOBAL_EXCLUDES]:
        row = table.GLOBAL_EXCLUDES
        yield from _file(settings, row, settings[row], must_exist=settings.is_given(row))
    if settings[table.CVS_IGNORE]:
        yield from cvs_rules(_spoken(settings, table.CVS_IGNORE))


def _file(settings: Settings, row: Option[Any], path: str, must_exist: bool) -> list[Rule]:
    if not path:
        return []
    try:
        return read_rules(os.fsencode(os.path.expanduser(path)))
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not must_exist:
            return []
        reason = error.strerror or str(error)
        raise ConfigError(f"{_spoken(settings, row)}: cannot read {path}: {reason}") from error


def _directories(settings: Settings) -> Iterator[tuple[str, Rule]]:
    """Yield the directories that are left out by their paths, with their rules."""
    directories: tuple[str, ...] = settings[table.EXCLUDE_DIR]
    for text in filter(None, directories):
        plain = text
        if not os.path.lexists(text):
            plain = os.path.expanduser(os.path.expandvars(text))
        path = os.fsdecode(real_path(os.fsencode(plain)))
        yield path, Rule(f"{path.rstrip('/')}/", _spoken(settings, table.EXCLUDE_DIR))


def _names(settings: Settings, row: Option[str]) -> tuple[bytes, ...]:
    """Return the names of a kind of file; the usual one is known without its last letter, too."""
    name = settings[row]
    both = (name, name[:-1]) if name == row.default else (name,)
    return tuple(os.fsencode(one) for one in both if one)


def _spoken(settings: Settings, row: Option[Any]) -> str:
    """Return what the option is called where it was given."""
    is_key = settings.origin(row) is Layer.FILE and row.keys
    return row.keys[0] if is_key else row.spoken


def with_stores(wanted: Exclusions, settings: Settings) -> Exclusions:
    """Return *wanted*, which leaves out the places of this machine that hold backups, too.

    That is each store by itself; whatever else lies in the directory of the stores is saved.
    """
    found: set[tuple[int, int]] = set()
    for base in _bases(settings):
        for place in _stores(base, settings[table.DBNAME]):
            with suppress(OSError):
                status = os.stat(place)
                found.add((status.st_dev, status.st_ino))
    return replace(wanted, stores=frozenset(found))


def _bases(settings: Settings) -> Iterator[str]:
    """Yield the directories that could hold stores."""
    yield settings[table.LOCAL_DATABASE]
    yield user_base()
    yield table.BASE_DIR.default
    for row in (table.LOCAL_CONFIG, table.DAEMON_CONFIG_NAME):
        with suppress(OSError, TardisError), open(settings[row], "rb") as file:
            section = read_section(os.fsdecode(file.read()), settings[row])
            yield section.get(table.BASE_DIR.keys[0], "")


def _stores(base: str, db_name: str) -> list[str]:
    """Return the directories in *base* that hold a catalog, and the daemon's own beside them."""
    try:
        names = os.listdir(base) if base else []
    except OSError:
        return []
    places = (os.path.join(base, name) for name in names)
    found = [place for place in places if os.path.lexists(os.path.join(place, db_name))]
    return [*found, os.path.join(base, ".server")] if found else []
