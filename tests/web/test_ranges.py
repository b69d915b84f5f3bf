"""Range headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.web.ranges import Part, Unsatisfiable, wanted_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", Part(0, 10)),
        ("bytes=3-4", Part(3, 5)),
        ("bytes= 3-4 ", Part(3, 5)),
        ("bytes=9-9", Part(9, 10)),
        ("bytes=-3", Part(7, 10)),
        ("bytes=-30", Part(0, 10)),
        ("bytes=003-0004", Part(3, 5)),
        ("bytes=4-3", None),
        ("bytes=1-2,3-4", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=\u0661-", None),
        ("", None),
    ],
)
def test_what_is_wanted(header: str, part: Part | None) -> None:
    assert wanted_part(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", f"bytes={10**50}-"])
def test_nothing_of_it_is_there(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_part(header, 10)


def test_of_nothing_there_is_no_part() -> None:
    for header in ("bytes=0-", "bytes=-1"):
        with pytest.raises(Unsatisfiable):
            wanted_part(header, 0)


@given(st.integers(0, 10**60), st.integers(0, 10**60), st.integers(0, 10**6))
def test_a_part_never_leaves_the_content(first: int, last: int, size: int) -> None:
    try:
        part = wanted_part(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert part == Part(first, min(last + 1, size))
