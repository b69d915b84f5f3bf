"""How long sets are kept: what tardisd goes by, told to tardisremote by tardisd's configuration."""

from collections.abc import Callable, Mapping

from tardis.config import Settings, overlaid, table
from tardis.policy import Schedule
from tardis.web import Keeping

from .settings import load


def keeping_of(settings: Settings) -> Callable[[Mapping[str, str]], Keeping]:
    """Return what tells how long the sets are kept of a client for which settings are stored.

    The file is read each time: it may have changed, and hardly anybody asks.  Where it is not
    there nothing is guessed, and the function raises ConfigError.

    Args:
        settings: Of tardisremote.
    """
    path = settings[table.KEEPING_CONFIG]

    def keeping(stored: Mapping[str, str]) -> Keeping:
        daemon = load("tardisd", ["--config", path]).settings
        if daemon[table.ALLOW_CLIENT_OVERRIDES]:
            daemon = overlaid(daemon, stored)
        periods = (daemon[table.KEEP_PERIODS], daemon[table.KEEP_NAMED])
        return Keeping(Schedule(daemon[table.FORMATS], *periods), daemon[table.MIN_FREE_SPACE])

    return keeping
