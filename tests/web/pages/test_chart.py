from typing import Any

import pytest

from tardis.store import SetColumn
from tardis.web.pages.chart import HEIGHT, MOST, WIDTH, chart_of, mark_of, told


def column(first: int = 1, **more: Any) -> SetColumn:
    usual = SetColumn(first, first, 1, 0, 0, 100, 10, 5, 10**9, 0, 0, 0, f"set {first}")
    return usual._replace(**more)


def test_a_chart_of_nothing_is_empty() -> None:
    found = chart_of([], [])
    assert (found.slots, found.panels) == ((), ())


@pytest.mark.parametrize("count", [1, 8, 50, MOST])
def test_all_bars_lie_in_the_drawing_and_beside_each_other(count: int) -> None:
    made = chart_of([column(at, size_bytes=at * 7) for at in range(1, count + 1)], [])
    assert len(made.slots) == count and len(made.panels) == 4
    for panel in made.panels:
        ends = 0.0
        for bar in panel.bars:
            assert bar.x >= ends and 0 <= bar.y <= HEIGHT and 0 <= bar.height <= HEIGHT
            assert bar.y + bar.height == pytest.approx(HEIGHT, abs=0.02)
            ends = bar.x + bar.width
        assert ends <= WIDTH


def test_the_highest_bar_fills_the_drawing_and_nothing_is_no_bar() -> None:
    made = chart_of([column(1, size_bytes=50), column(2, size_bytes=0), column(3)], [])
    assert [bar.height for bar in made.panels[0].bars] == [HEIGHT / 2, 0, HEIGHT]
    assert made.panels[0].most == "100 B"


def test_little_that_is_new_shows_beside_much() -> None:
    made = chart_of([column(1, new_bytes=10_000), column(2, new_bytes=100)], [])
    assert made.panels[1].bars[1].height == HEIGHT / 10
    tiny = chart_of([column(1, new_bytes=10**12), column(2, new_bytes=1)], [])
    assert tiny.panels[1].bars[1].height > 1


def test_the_worst_of_a_column_marks_it() -> None:
    assert mark_of(column(), []) == "good"
    assert mark_of(column(incomplete=1), []) == "incomplete"
    assert mark_of(column(5, incomplete=1), [(4, 6)]) == "damaged"
    assert mark_of(column(5), [(1, 4), (6, 1 << 62)]) == "good"
    assert mark_of(column(5, last=6), [(6, 6)]) == "damaged"
    assert mark_of(column(5, alarmed=1), [(4, 6)]) == "alarm"


def test_a_column_says_what_it_is_about() -> None:
    one = told(column(3, churn=1), "Monday", "Monday", "good")
    assert one == "set 3, Monday; 100 B; 10 B new; 1 file changed; took 0:00:01"
    many = told(column(3, sets=1200, locked=2), "Monday", "Friday", "damaged")
    assert many.startswith("1,200 sets, Monday to Friday; ")
    assert many.endswith("; damaged; locked")
