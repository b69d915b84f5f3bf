"""How much one address may ask: a bucket that fills at a steady rate, and each request empties."""

import threading
from collections.abc import Callable
from typing import Final

MOST_ADDRESSES: Final = 10_000
"""Addresses that are remembered; those that were quiet longest are forgotten."""


class Buckets:
    """For any thread.

    Args:
        rate: Requests in a second, in the long run; 0 for any number.
        burst: Requests at once after a rest.
        clock: Seconds that never go back.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._turn = threading.Lock()
        self._known: dict[str, tuple[float, float]] = {}

    def wait(self, address: str, cost: float) -> float:
        """Take *cost* requests of *address*; return the seconds to wait where it has too few.

        Nothing is taken then; 0 means that the request may be answered.
        """
        if not self._rate:
            return 0.0
        with self._turn:
            now = self._clock()
            left, since = self._known.pop(address, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._rate)
            is_enough = left >= min(cost, self._burst)
            self._known[address] = (left - cost if is_enough else left, now)
            if len(self._known) > MOST_ADDRESSES:
                del self._known[next(iter(self._known))]
            return 0.0 if is_enough else (cost - left) / self._rate
