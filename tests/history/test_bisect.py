"""The first version that fails."""

from hypothesis import given
from hypothesis import strategies as st

from tardis.history import Verdict, first_failing


@given(st.integers(1, 300), st.integers(0, 300))
def test_the_first_failing_one_is_found_in_few_steps(count: int, first: int) -> None:
    asked: list[int] = []

    def passes(at: int) -> bool:
        asked.append(at)
        return at < first

    found = first_failing(count, passes)
    if first >= count:
        assert found == Verdict(None, count - 1)
    else:
        assert found == Verdict(first, first - 1 if first else None)
    assert len(asked) == len(set(asked)) <= count.bit_length() + 2


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 40))
def test_what_cannot_be_judged_is_never_called_passing_or_failing(
    known: list[bool], first: int
) -> None:
    found = first_failing(len(known), lambda at: at < first if known[at] else None)
    if found.fails is not None:
        assert known[found.fails] and found.fails >= first
        assert not any(known[at] for at in found.untold)
        last = -1 if found.passes is None else found.passes
        assert list(found.untold) == list(range(last + 1, found.fails))
    else:
        assert all(not known[at] for at in range(first, len(known)))
    if found.passes is not None:
        assert known[found.passes] and found.passes < first


def test_nothing_that_can_be_judged_is_no_answer() -> None:
    assert first_failing(3, lambda _: None) == Verdict(None, None)
