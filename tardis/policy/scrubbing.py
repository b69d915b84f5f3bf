"""Which parts of a store one check reads, when that is not all or an earlier one was cut off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_ALL: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a store that is read as a whole.

    Attributes:
        name: Of it.
        size: Bytes in it now.
        read_size: Bytes that were in it when it was read whole and good; None if it never was.
        read_at: When that was, seconds since 1970.
    """

    name: str
    size: int
    read_size: int | None = None
    read_at: float = 0.0

    @property
    def is_known(self) -> bool:
        """Tell whether all that is in it now was good when it was read."""
        return self.read_size == self.size


def choose_parts(parts: Sequence[Part], percent: int, round_began: float) -> list[Part]:
    """Return the parts to read, in their order.

    Args:
        parts: Of the store, all of them.
        percent: 100 reads what was not read since *round_began*.  Less reads that share of
            all bytes, what was never read first, then what was read longest ago.
        round_began: When the round began that an earlier check has left unfinished; or now.
    """
    if percent >= _ALL:
        return [one for one in parts if not (one.is_known and one.read_at >= round_began)]
    wanted = sum(one.size for one in parts) * percent / _ALL
    chosen = set()
    for one in sorted(parts, key=lambda one: (one.is_known, one.read_at, one.name)):
        if wanted <= 0:
            break
        wanted -= one.size
        chosen.add(one.name)
    return [one for one in parts if one.name in chosen]
