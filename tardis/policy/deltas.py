"""Delta or whole: what a changed file is asked for, and how its new content is kept."""

from dataclasses import dataclass
from typing import Final

from tardis.model import SMALL

LONGEST: Final = 100
"""Deltas on top of each other at the most, whatever the administrator allows."""

LEAST: Final = 64 << 10
"""Plain bytes below which files are sent and kept whole."""

WORTH_PERCENT: Final = 66
"""A delta of more than this part of its content is not kept as one."""

GAIN_PERCENT: Final = 25
"""How much more must go than is written, for a content to be taken off its chain."""

_GROWTH: Final = 4
_MORE: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class DeltaRules:
    """What the administrator decides.

    Attributes:
        max_chain: Deltas on top of each other; what would be one more is kept whole.
        max_change_percent: A file may grow or shrink by this part; else it is sent whole.
        saves_full: All is kept whole, whatever was sent.
    """

    max_chain: int = 5
    max_change_percent: int = 50
    saves_full: bool = False


def wants_delta(rules: DeltaRules, size: int, basis_size: int) -> bool:
    """Tell whether a file of *size* bytes is to be sent as a delta against *basis_size* bytes."""
    if min(size, basis_size) < LEAST:
        return False
    return abs(size - basis_size) * 100 <= rules.max_change_percent * basis_size


def wants_sealed_delta(rules: DeltaRules, size: int, basis_size: int, chain: int) -> bool:
    """Tell whether a delta is wanted that nobody but the client can put together.

    What would have to be kept whole must come whole, so all is decided beforehand.

    Args:
        rules: The administrator's.
        size: Plain bytes of the file.
        basis_size: Plain bytes of what it was before.
        chain: Deltas that this stands on.
    """
    if min(size, basis_size) <= SMALL or rules.saves_full:
        return False
    is_short = chain < min(rules.max_chain, LONGEST)
    return is_short and wants_delta(rules, size, basis_size)


def may_make(basis_size: int, size: int) -> bool:
    """Tell whether a delta against *basis_size* bytes may make a content of *size* bytes.

    A file may have grown since a delta of it was wanted.  The limit bounds the work that a
    few bytes of delta can ask for.
    """
    return size <= _GROWTH * basis_size + _MORE


def keeps_whole(rules: DeltaRules, chain: int, size: int, delta_size: int) -> bool:
    """Tell whether what came as a delta is put together and kept whole.

    Args:
        rules: The administrator's.
        chain: Deltas below the new one.
        size: Plain bytes of the content.
        delta_size: Plain bytes of the delta.
    """
    is_large = delta_size * 100 > WORTH_PERCENT * size
    return rules.saves_full or chain >= min(rules.max_chain, LONGEST) or is_large


def flattens(whole: int, dead: int) -> bool:
    """Tell whether a content that stands on bases nobody needs is to be kept whole.

    Args:
        whole: Bytes it would take.
        dead: Bytes that would go: its delta, and the bases that are there for it alone.
    """
    return dead * 100 >= whole * (100 + GAIN_PERCENT)
