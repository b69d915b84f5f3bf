"""The time slider: in which sets something differs at a path, and the way through them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tardis.history import Place, Places, Span
from tardis.model import BackupSet
from tardis.store import StoreReader

NEAR: Final = 250
"""Sets on either side of the present one that are looked through at once."""

_SETS: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Stop:
    """A set in which something differs from the set before that looked.

    Attributes:
        backup: The set.
        is_there: It has the path.
    """

    backup: BackupSet
    is_there: bool


@dataclass(frozen=True, slots=True)
class Slider:
    """Where one can go in time.

    Attributes:
        stops: The oldest first; the present set is always one of them.
        at: Place of the present set in them.
        older: A set before all that were looked through, None when there is none.
        newer: One behind them.
        before: The set that the present one is compared with: the newest older one that looked
            for the path; None when there is none.
    """

    stops: tuple[Stop, ...]
    at: int
    older: BackupSet | None = None
    newer: BackupSet | None = None
    before: BackupSet | None = None

    @property
    def back(self) -> Stop | None:
        """The stop before the present one."""
        return self.stops[self.at - 1] if self.at else None

    @property
    def forth(self) -> Stop | None:
        """The stop behind the present one."""
        return self.stops[self.at + 1] if self.at + 1 < len(self.stops) else None


@dataclass(slots=True)
class Window:
    """Sets around one of them, and the places they share.

    Attributes:
        sets: The oldest first.
        span: Of them.
        older: The newest set before all of them, None when there is none.
        newer: The oldest behind them.
    """

    sets: Sequence[BackupSet]
    older: BackupSet | None
    newer: BackupSet | None
    span: Span = field(init=False)

    def __post_init__(self) -> None:
        self.span = Span(self.sets)


def window_around(reader: StoreReader, number: int, near: int = NEAR) -> Window:
    """Return the sets around set *number*, which is there, *near* of them on either side."""
    paged = reader.paged()
    before = paged.sets_before(number + 1, near + 2)
    after = paged.sets_after(number, near + 1)
    return Window(
        [*reversed(before[: near + 1]), *after[:near]],
        before[near + 1] if len(before) > near + 1 else None,
        after[near] if len(after) > near else None,
    )


def slider_of(reader: StoreReader, window: Window, path: bytes, number: int) -> Slider:
    """Return how *path*, as of set *number*, can be followed through *window*."""
    span = window.span
    here = span.mask(number, number)
    place = Places(reader, span).find(path)
    looked = place.looked & span.complete if place is not None else span.complete
    marks = _turning_points(reader, span, place, looked) if place is not None else 0
    marks |= here
    present = place.present if place is not None else 0
    stops = tuple(
        Stop(one, bool(present & span.mask(one.number, one.number))) for one in span.each(marks)
    )
    at = next(at for at, stop in enumerate(stops) if stop.backup.number == number)
    earlier = looked & (here - 1)
    return Slider(stops, at, window.older, window.newer, span.newest(earlier) if earlier else None)


def _turning_points(reader: StoreReader, span: Span, place: Place, looked: int) -> int:
    """Return the sets, of those that *looked*, that differ at *place* from the one before.

    Whatever begins, begins in the set that opened its row; what ended is missed by the next
    set that looked.  Of sets that are gone, the next one shows it.  A directory's own times
    and modes do not count.
    """
    marks, folders = 0, 0
    for mask, entry in place.rows:
        if entry.is_directory:
            folders |= mask
        else:
            marks |= _edges(mask & looked, looked)
    marks |= _edges(folders & looked, looked)
    for directory, mask in place.directories.items():
        marks |= _edges(mask & looked, looked)
        first, last = span.oldest(mask).number, span.newest(mask).number
        came, went = reader.paged().turns(directory, first, last)
        for number in came:
            marks |= _next(looked & span.mask(number, _SETS))
        for number in went:
            marks |= _next(looked & span.mask(number + 1, _SETS))
    return marks


def _edges(mask: int, looked: int) -> int:
    """Return the sets, of those that *looked*, in which *mask* begins, or is missed first."""
    found, before, left = 0, False, looked
    while left:
        one = _next(left)
        if bool(mask & one) != before:
            found |= one
            before = not before
        left &= left - 1
    return found


def _next(mask: int) -> int:
    """Return the oldest set of a mask alone."""
    return mask & -mask
