"""Which set is meant."""

from datetime import UTC, datetime, timedelta

import pytest

from tardis.history import (
    backwards,
    find_set,
    find_set_at,
    moment_of,
    newest_of_lineages,
)
from tardis.history.timeline import moment_ns, newest_complete
from tardis.model import NoSuchSetError, UsageError
from tests.history.memory_reader import backup_set

SETS = [
    backup_set(1, name="Monthly-2026-10"),
    backup_set(2, name="Daily-2026-11-19"),
    backup_set(3, name="7"),
    backup_set(7, name="Daily-2026-11-20"),
    backup_set(8, name="Backup_x", is_complete=False),
]
BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("", 7), ("Current", 7), ("current", 7), ("Newest", 7), ("Daily-2026-11-19", 2), ("7", 3),
     ("2", 2), ("8", 8), ("Backup_x", 8)],
)  # fmt: skip
def test_names_come_before_numbers_and_numbers_before_current(wanted: str, number: int) -> None:
    assert find_set(SETS, wanted, current="Newest").number == number


def test_a_tag_is_a_further_name() -> None:
    tags = {"released": 1, "99": 2, "Current": 2, "gone": 50, "7": 3, "8": 1}
    found = {word: find_set(SETS, word, tags=tags).number for word in ("released", "99", "7", "8")}
    assert found == {"released": 1, "99": 2, "7": 3, "8": 1}
    assert find_set(SETS, "newest", tags={"newest": 1}, current="newest").number == 1
    with pytest.raises(NoSuchSetError) as caught:
        find_set(SETS, "released!", tags=tags)
    assert "released" in caught.value.hint
    with pytest.raises(NoSuchSetError):
        find_set(SETS, "gone", tags=tags)


def test_a_word_that_means_two_sets_means_none() -> None:
    with pytest.raises(UsageError) as caught:
        find_set(SETS, "Backup_x", tags={"Backup_x": 2})
    assert str(caught.value) == "'Backup_x' is the name of set 8 and a tag of set 2"
    assert "8 or 2" in caught.value.hint


@pytest.mark.parametrize("wanted", ["Daily-2026-11-21", "99", "zzz", "-1", "²", "1\x1b[2J"])
def test_an_unknown_set_is_refused_with_a_hint(wanted: str) -> None:
    with pytest.raises(NoSuchSetError) as caught:
        find_set(SETS, wanted)
    assert str(caught.value).isprintable()
    assert caught.value.hint


def test_names_that_are_close_are_told() -> None:
    with pytest.raises(NoSuchSetError) as caught:
        find_set(SETS, "daily-2026-11-20")
    assert "Daily-2026-11-20" in caught.value.hint


def test_a_set_whose_name_is_current_is_found_by_it_all_the_same() -> None:
    sets = [backup_set(1, name="current"), backup_set(2)]
    assert find_set(sets, "current").number == 1
    assert find_set(sets, "Current").number == 2


def test_there_is_nothing_before_the_first_complete_set() -> None:
    for sets in ([], SETS[-1:]):
        assert newest_complete(sets) is None
        with pytest.raises(NoSuchSetError, match="no complete backup set yet"):
            find_set(sets)


@pytest.mark.parametrize(("hours", "number"), [(1, 1), (2, 2), (2.5, 2), (6.9, 3), (7, 7), (99, 7)])
def test_a_moment_means_the_newest_complete_set_that_had_begun(hours: float, number: int) -> None:
    assert find_set_at(SETS, BEGAN + timedelta(hours=hours)).number == number


def test_a_moment_before_all_sets_is_refused_with_the_oldest() -> None:
    with pytest.raises(NoSuchSetError) as caught:
        find_set_at(SETS, BEGAN)
    assert caught.value.hint == "the oldest is Monthly-2026-10 of 1970-01-01 01:00:00"
    with pytest.raises(NoSuchSetError) as caught:
        find_set_at([], BEGAN)
    assert caught.value.hint == "make a backup first"


def test_going_backwards_leaves_incomplete_sets_out() -> None:
    assert [one.number for one in backwards(SETS)] == [7, 3, 2, 1]


def test_moments_are_exact() -> None:
    moment = datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment_ns(moment) % 10**9 == 999_999_000
    assert moment_of(moment_ns(moment), moment) == moment.replace(microsecond=0)


def test_the_newest_set_of_each_lineage_counts_on_its_own() -> None:
    sets = [
        backup_set(1)._replace(lineage=1),
        backup_set(2)._replace(lineage=2),
        backup_set(3)._replace(lineage=1),
        backup_set(4, is_complete=False)._replace(lineage=2),
    ]
    assert [one.number for one in newest_of_lineages(sets, sets[2])] == [3, 2]
    assert [one.number for one in newest_of_lineages(sets, sets[1])] == [2, 1]
