"""Which parts of a store are read next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Part, choose_parts

PARTS = [
    Part("a", 100, 100, 50.0),
    Part("b", 100, 100, 20.0),
    Part("c", 100),
    Part("d", 100, 90, 80.0),
]


def names(parts: list[Part]) -> str:
    return "".join(one.name for one in parts)


@pytest.mark.parametrize(
    ("percent", "began", "wanted"),
    [
        (100, 0.0, "cd"),
        (100, 30.0, "bcd"),
        (100, 60.0, "abcd"),
        (25, 60.0, "c"),
        (50, 0.0, "cd"),
        (75, 0.0, "bcd"),
        (51, 0.0, "bcd"),
        (1, 0.0, "c"),
    ],
)
def test_what_was_never_read_comes_first_then_the_oldest(
    percent: int, began: float, wanted: str
) -> None:
    assert names(choose_parts(PARTS, percent, began)) == wanted


def test_nothing_is_chosen_of_nothing() -> None:
    assert choose_parts([], 100, 1.0) == choose_parts([], 10, 1.0) == []


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=30),
    st.integers(1, 99),
)
def test_some_runs_of_a_share_read_everything(sizes: list[int], percent: int) -> None:
    """As many as it takes shares to make a whole, whatever the sizes are."""
    parts = {f"{at}": Part(f"{at}", size) for at, size in enumerate(sizes)}
    total = sum(sizes)
    for run in range(1, -(-100 // percent) + 1):
        chosen = choose_parts(list(parts.values()), percent, 0.0)
        assert sum(one.size for one in chosen) >= total * percent / 100
        for one in chosen:
            parts[one.name] = Part(one.name, one.size, one.size, float(run))
    assert all(one.is_known for one in parts.values())
