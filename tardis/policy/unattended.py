"""What a run that nobody watches decides: to wait, to try again, and how it ended in all."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tardis.model import DONE, PROBLEMS

LONGEST_WAIT: Final = 3600.0
"""Seconds that are waited at the most before trying again."""


class Supply(NamedTuple):
    """A power supply as Linux tells of it in ``/sys/class/power_supply``.

    Attributes:
        type: ``Mains``, ``Battery``, ``USB``, ...
        online: ``1`` while it feeds the machine; empty where it does not say.
        status: Of a battery, as ``Discharging``.
        scope: ``Device`` for that of a mouse or a pen, else ``System`` or empty.
    """

    type: str
    online: str = ""
    status: str = ""
    scope: str = ""


def runs_on_battery(supplies: Iterable[Supply]) -> bool:
    """Tell whether this machine lives on its battery now; one without a battery never does.

    What feeds it counts first: a battery that is full, or not charged any more, may call
    itself discharging for a moment.
    """
    own = [one for one in supplies if one.scope != "Device"]
    if any(one.type != "Battery" and one.online == "1" for one in own):
        return False
    return any(one.type == "Battery" and one.status == "Discharging" for one in own)


def waits(retries: int, first: float) -> Iterator[float]:
    """Yield the seconds to wait before each further attempt: twice as long each time."""
    wait = first
    for _ in range(retries):
        yield min(wait, LONGEST_WAIT)
        wait *= 2


def worst(statuses: Iterable[int]) -> int:
    """Return the exit status of several runs: of the worst one.

    0 is best, then 3, which is a good set with problems; of all others the highest counts.
    """
    return max(statuses, key=_badness, default=DONE)


def _badness(status: int) -> tuple[bool, bool, int]:
    return status != DONE, status not in (DONE, PROBLEMS), status
