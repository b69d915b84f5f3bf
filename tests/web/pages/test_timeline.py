from datetime import UTC, datetime
from pathlib import Path

import pytest

from tardis.model import ALARMED
from tardis.store import StoreReader
from tardis.web.pages import timeline
from tardis.web.pages.chart import MOST
from tardis.web.pages.timeline import PAGE, Range, range_of_days, timeline_of
from tests.facilities import counts
from tests.store.crowd import cost, crowded
from tests.store.workshop import Workshop
from tests.web.pages.story import DAY, FIRST


def test_a_story_is_shown_whole(reader: StoreReader) -> None:
    found = timeline_of(reader, None)
    assert found.shown == Range(1, 8) and found.total == 8 and not found.further
    assert [line.backup.number for line in found.lines] == list(range(8, 0, -1))
    assert [line.tags for line in found.lines if line.tags] == [("wedding",)]
    assert found.lines[6].marks == ("complete", "locked")
    assert found.lines[0].took_ns == 8 * 10**9
    assert found.lines[0].churn == 0 and found.lines[7].churn > 5
    assert len(found.columns) == 8 and found.ways == {}


def test_a_store_without_sets_has_an_empty_timeline(tmp_path: Path) -> None:
    with Workshop(tmp_path / "base").create().reader() as reader:
        found = timeline_of(reader, None)
    assert (found.total, found.lines, found.columns, found.ways) == (0, (), (), {})


def test_how_a_set_is_stands_beside_it(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=3)
    shop.execute("UPDATE backup_sets SET alarm = ?, problems = 2 WHERE number = 2", ALARMED)
    shop.execute("UPDATE backup_sets SET is_complete = 0, ended_ns = NULL WHERE number = 3")
    shop.execute("UPDATE contents SET is_damaged = 1")
    with shop.reader() as reader:
        found = timeline_of(reader, None)
    assert [line.marks for line in found.lines] == [
        ("damaged", "incomplete"),
        ("alarm", "damaged", "complete", "problems"),
        ("damaged", "complete"),
    ]
    assert found.lines[0].took_ns is None
    assert [slot.mark for slot in found.chart.slots] == ["damaged", "alarm", "damaged"]


@pytest.mark.parametrize(
    "shown, ways",
    [
        (Range(40, 59), {"older": (20, 39), "newer": (60, 79), "wider": (30, 69)}),
        (Range(1, 10), {"newer": (11, 20), "wider": (1, 15)}),
        (Range(90, 100), {"older": (79, 89), "wider": (85, 100)}),
    ],
)
def test_there_is_a_way_to_other_ranges(
    tmp_path: Path, shown: Range, ways: dict[str, tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "USUAL", 30)
    with crowded(tmp_path / "base", sets=100).reader() as reader:
        found = timeline_of(reader, shown)
    wanted = {way: Range(*ends) for way, ends in ways.items()}
    assert found.ways == wanted | {"all": Range(1, 100), "newest": Range(71, 100)}


def test_the_table_goes_on_where_it_ended(tmp_path: Path) -> None:
    with crowded(tmp_path / "base", sets=PAGE + 7).reader() as reader:
        first = timeline_of(reader, None)
        assert (len(first.lines), first.further) == (PAGE, 8)
        rest = timeline_of(reader, None, first.further)
        assert [line.backup.number for line in rest.lines] == list(range(7, 0, -1))
        assert rest.further == 0 and rest.shown == first.shown
        below = timeline_of(reader, Range(3, 20), 9)
        assert [line.backup.number for line in below.lines] == list(range(8, 2, -1))


@pytest.mark.parametrize(
    "days, shown",
    [
        ((2, 4), Range(2, 4)),
        ((7, None), Range(7, 8)),
        ((None, 1), Range(1, 1)),
        ((1, 1), Range(1, 1)),
        ((20, 30), Range(0, 0)),
    ],
)
def test_a_range_of_days_is_one_of_sets(
    reader: StoreReader, days: tuple[int | None, int | None], shown: Range
) -> None:
    begins = [
        datetime.fromtimestamp(FIRST + day * DAY, UTC).replace(hour=0, minute=0, second=0)
        if day
        else None
        for day in days
    ]
    assert range_of_days(reader, *begins) == shown


def test_without_days_there_is_no_range(reader: StoreReader) -> None:
    assert range_of_days(reader, None, None) is None


def test_many_sets_make_few_columns_and_few_rows(tmp_path: Path) -> None:
    small = crowded(tmp_path / "small", sets=500)
    large = crowded(tmp_path / "large", sets=counts(3_000, 10_000))
    with small.reader() as one, large.reader() as other:
        whole = timeline_of(other, Range(1, 1 << 40))
        assert len(whole.columns) <= MOST and len(whole.lines) == PAGE
        usual = cost(one, lambda: timeline_of(one, None))
        # What grows is counting the sets, one step of an index for each.
        assert cost(other, lambda: timeline_of(other, None)) < usual + counts(3_000, 10_000) / 20
