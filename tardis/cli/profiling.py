"""Where the time of a visit goes; imported only when Profile is set."""

import cProfile
import pstats
import sys
from collections.abc import Callable

from tardis.net import Transport

SHOWN = 40
"""Functions that are listed, those first in which most time is spent."""


def profiled(visit: Callable[[Transport], None]) -> Callable[[Transport], None]:
    """Return *visit* with a report of its functions on standard output behind it."""

    def measured(transport: Transport) -> None:
        profile = cProfile.Profile()
        profile.runcall(visit, transport)
        pstats.Stats(profile, stream=sys.stdout).sort_stats("cumulative").print_stats(SHOWN)

    return measured
