"""What Linux tells of the power supplies of this machine."""

import os
from typing import Final

from tardis.policy import Supply

POWER_SUPPLIES: Final = "/sys/class/power_supply"


def read_supplies(folder: str = POWER_SUPPLIES) -> list[Supply]:
    """Return the power supplies, in no order; empty where the kernel tells of none."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [_supply(os.path.join(folder, name)) for name in names]


def _supply(place: str) -> Supply:
    return Supply(*(_word(os.path.join(place, name)) for name in Supply._fields))


def _word(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
