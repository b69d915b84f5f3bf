"""Sizes, counts and durations for people."""

import pytest

from tardis.render import counted, human_size, human_time


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (1536, "1.5 KB"), (1024**2 - 1, "1.0 MB"),
     (1024**2, "1.0 MB"), (10 * 1024**3, "10.0 GB"), (1024**4, "1.0 TB"), (1024**5, "1.0 PB"),
     (5000 * 1024**5, "5000.0 PB"), (-2048, "-2.0 KB")],
)  # fmt: skip
def test_a_size_is_shown_in_the_unit_that_keeps_it_short(size: int, text: str) -> None:
    assert human_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.6, "0:01:00"), (3725, "1:02:05"), (360000, "100:00:00")],
)
def test_a_duration_is_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert human_time(seconds) == text


def test_counting_in_words() -> None:
    assert [counted(1, "entry"), counted(2, "entry"), counted(0, "file")] == [
        "1 entry",
        "2 entries",
        "0 files",
    ]
