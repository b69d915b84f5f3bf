"""The first of some versions that fails, found by looking at few of them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a search found; places count from 0, the oldest.

    Attributes:
        fails: First one that fails; None when even the newest passes.
        passes: Newest one before it that passes; None when the oldest fails already.
        untold: Between the two, those that could not be judged.
    """

    fails: int | None
    passes: int | None
    untold: tuple[int, ...] = ()


def first_failing(count: int, judge: Callable[[int], bool | None]) -> Verdict:
    """Return the first of *count* versions, at least one, that fails.

    From some version on all are taken to fail, as after damage; then about log2(count)
    of them are judged.

    Args:
        count: How many there are.
        judge: Says of a place whether it passes; None when it cannot be judged.
    """
    said: dict[int, bool | None] = {}

    def passes(at: int) -> bool | None:
        if at not in said:
            said[at] = judge(at)
        return said[at]

    bad = next((at for at in reversed(range(count)) if passes(at) is not None), None)
    if bad is None or passes(bad):
        return Verdict(None, bad)
    good = next(at for at in range(bad + 1) if passes(at) is not None)
    if not passes(good):
        return Verdict(good, None, tuple(range(good)))
    while between := [at for at in range(good + 1, bad) if said.get(at, True) is not None]:
        middle = between[len(between) // 2]
        answer = passes(middle)
        if answer is not None:
            good, bad = (middle, bad) if answer else (good, middle)
    return Verdict(bad, good, tuple(range(good + 1, bad)))
