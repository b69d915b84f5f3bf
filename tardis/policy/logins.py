"""How long a client has to wait after passwords that were wrong."""

from typing import Final, NamedTuple

FREE: Final = 2
"""Wrong passwords that cost no wait: people mistype."""

LONGEST: Final = 900.0
"""Seconds that are waited at the most, so that nobody is locked out for ever."""

FORGOTTEN: Final = 86_400.0
"""Seconds after the last wrong password when all of them are forgotten."""

MOST: Final = 10_000
"""Pairs of client and address that are remembered."""


class Failures(NamedTuple):
    """Wrong passwords for one client from one address, without a right one between.

    Attributes:
        times: How many.
        last: When the last one came, seconds since 1970.
    """

    times: int
    last: float


def wait_after(failures: Failures | None, now: float) -> float:
    """Return the seconds from *now* until the next password is looked at; 0: at once.

    Each wrong one doubles the wait: 1, 2, 4 ... `LONGEST` seconds.  A clock that went back
    makes nobody wait longer than that.
    """
    if failures is None or failures.times <= FREE:
        return 0.0
    wait = min(2.0 ** min(failures.times - FREE - 1, 30), LONGEST)
    return min(max(0.0, failures.last + wait - now), wait)


def one_more(failures: Failures | None, now: float) -> Failures:
    """Return what is remembered once another password was wrong."""
    if failures is None or now - failures.last > FORGOTTEN:
        return Failures(1, now)
    return Failures(failures.times + 1, now)


def remembered(known: dict[str, Failures], now: float) -> dict[str, Failures]:
    """Return those of *known* that still matter, the newest ones when they are too many."""
    fresh = {who: one for who, one in known.items() if now - one.last <= FORGOTTEN}
    if len(fresh) <= MOST:
        return fresh
    newest = sorted(fresh.items(), key=lambda item: item[1].last)[-MOST:]
    return dict(newest)
