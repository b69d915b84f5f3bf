"""Settings of the server that can be stored for one client, where they outrank all others."""

import difflib
from collections.abc import Mapping
from typing import Any, Final

from tardis.model import ConfigError, UsageError

from .option import Layer, Option, Settings
from .rows_server import (
    AUTO_PURGE,
    DISABLED,
    FORCE_FULL,
    FORMATS,
    KEEP_NAMED,
    KEEP_PERIODS,
    MAX_CHANGE_PERCENT,
    MAX_DELTA_CHAIN,
    PRIORITIES,
    SAVE_CONFIG,
    SAVE_FULL,
    VACUUM_INTERVAL,
)

OVERRIDABLE: Final[tuple[Option[Any], ...]] = (
    FORMATS,
    PRIORITIES,
    KEEP_PERIODS,
    KEEP_NAMED,
    FORCE_FULL,
    AUTO_PURGE,
    SAVE_FULL,
    MAX_DELTA_CHAIN,
    MAX_CHANGE_PERCENT,
    SAVE_CONFIG,
    VACUUM_INTERVAL,
    DISABLED,
)
"""The rows whose values may be stored for a client."""


def find_overridable(key: str) -> Option[Any]:
    """Return the row that *key*, a name in configuration files in any case of letters, means.

    Raises:
        UsageError: It is none that can be stored; the hint tells which are.
    """
    by_key = {name.lower(): row for row in OVERRIDABLE for name in row.keys}
    found = by_key.get(key.lower())
    if found is not None:
        return found
    close = difflib.get_close_matches(key.lower(), by_key, n=1)
    known = ", ".join(row.keys[0] for row in OVERRIDABLE)
    raise UsageError(
        f"{key} is no setting that can be stored for a client",
        hint=f"did you mean {by_key[close[0]].keys[0]}?" if close else f"there are {known}",
    )


def read_override(row: Option[Any], text: str) -> object:
    """Return the value that *text* stands for.

    Raises:
        ConfigError: It is none; the message names layer and key.
    """
    try:
        return row.parse(text)
    except ValueError as error:
        raise ConfigError(f"{Layer.STORED.value}: {row.keys[0]}: {error}") from error


def overlaid(settings: Settings, stored: Mapping[str, str]) -> Settings:
    """Return *settings* with what is *stored* for a client in its place, as far as they have it.

    Raises:
        ConfigError: A stored text cannot be read.
    """
    rows = {row.keys[0]: row for row in OVERRIDABLE if row in settings}
    values = {
        row: read_override(row, stored[key]) for key, row in rows.items() if key in stored
    }  # a key of another version is passed over
    return settings.changed(values, Layer.STORED)
