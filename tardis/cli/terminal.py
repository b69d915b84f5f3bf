"""What the terminal can show: its width, and whether it has colors."""

import os
import shutil
import sys

from tardis.config import Layer, Option, Settings, table
from tardis.model import ConfigError
from tardis.render import Palette, read_colors


def wants_colors(settings: Settings, row: Option[bool]) -> bool:
    """Tell whether standard output gets colors: a terminal only, and NO_COLOR counts.

    NO_COLOR is a wish for all programs; the switch *row* on the command line outranks it.
    """
    if not (settings[row] and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        return False
    return not os.environ.get("NO_COLOR") or settings.origin(row) is Layer.COMMAND


def palette_of(settings: Settings) -> Palette:
    """Return the colors of a listing; they are read, and refused, without a terminal too.

    Raises:
        ConfigError: TARDIS_LS_COLORS makes no sense.
    """
    try:
        codes = read_colors(settings[table.LS_COLORS])
    except ValueError as error:
        layer = settings.origin(table.LS_COLORS).value
        raise ConfigError(f"{layer}: TARDIS_LS_COLORS: {error}") from error
    return Palette(codes if wants_colors(settings, table.COLORS) else {})


def columns_of(settings: Settings) -> int:
    """Return the width of lines: as asked for, as the terminal's, or 0 where there is none."""
    given = settings[table.COLUMNS]
    if given is not None:
        return given
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
