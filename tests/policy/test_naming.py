"""Names of clients and sets."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import UsageError
from tardis.policy import check_client_name, check_set_name, final_name, provisional_name

NOW = datetime(2026, 11, 20, 10, 5, 7)
FORMATS = ("Monthly-%Y-%m", "Weekly-%Y-%U", "Daily-%Y-%m-%d")
PRIORITIES = (40, 20, 10)
MONTHLY, WEEKLY, DAILY = "Monthly-2026-11", "Weekly-2026-46", "Daily-2026-11-20"


@pytest.mark.parametrize("name", ["a", "my.host", "host name", "büro", "-x", "a" * 255])
def test_a_plain_client_name_is_taken_as_it_is(name: str) -> None:
    assert check_client_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".server", "a/b", "../x", "/abs", "a\0b", "a\nb", "a\x1bb", "\x7f", "\x85",
     "a" * 256, "ü" * 128, "\udcff", "a\u2028b"],
)  # fmt: skip
def test_a_client_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_client_name(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("name", ["before upgrade", "Daily-2026-11-20", "1.0", "x" * 200])
def test_a_plain_set_name_is_taken_as_it_is(name: str) -> None:
    assert check_set_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "Current", "current", "CURRENT", "12", "a/b", "50%", "a\tb", "\n", "x" * 201, ".",
     "..", "\udc80"],
)  # fmt: skip
def test_a_set_name_that_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_set_name(name)
    assert str(caught.value).isprintable()


@given(st.text(max_size=300))
def test_whatever_passes_is_one_component_of_a_path(name: str) -> None:
    try:
        check_client_name(name)
    except UsageError:
        return
    assert name not in ("", ".", "..")
    assert "/" not in name and "\0" not in name
    assert len(name.encode()) <= 255


def test_a_provisional_name_tells_the_time_and_is_free() -> None:
    first = "Backup_2026-11-20_10:05:07"
    assert provisional_name(NOW, set()) == first
    assert provisional_name(NOW, {first}) == f"{first}-2"
    assert provisional_name(NOW, {first, f"{first}-2", "x"}) == f"{first}-3"


@pytest.mark.parametrize(
    ("taken", "named"),
    [
        ({}, (MONTHLY, FORMATS[0], 40)),
        ({MONTHLY: 1}, (WEEKLY, FORMATS[1], 20)),
        ({MONTHLY: 1, WEEKLY: 1}, (DAILY, FORMATS[2], 10)),
        ({MONTHLY: 1, WEEKLY: 1, DAILY: 1}, None),
        ({MONTHLY: 2}, (f"{MONTHLY}-home", FORMATS[0], 40)),
        ({MONTHLY: 2, f"{MONTHLY}-home": 1}, (WEEKLY, FORMATS[1], 20)),
        ({MONTHLY: 2, f"{MONTHLY}-home": 3}, (WEEKLY, FORMATS[1], 20)),
    ],
)
def test_the_first_format_whose_name_is_free_names_a_set(
    taken: dict[str, int], named: tuple[str, str, int] | None
) -> None:
    assert final_name(FORMATS, PRIORITIES, NOW, taken, 1, "home") == named


def test_a_lineage_without_a_label_is_told_by_its_number() -> None:
    found = final_name(FORMATS, PRIORITIES, NOW, {MONTHLY: 2}, 1, "")
    assert found == (f"{MONTHLY}-1", FORMATS[0], 40)


def test_a_format_without_a_priority_gives_none() -> None:
    assert final_name(("x-%Y",), (), NOW, {}, 1, "") == ("x-2026", "x-%Y", 0)


def test_a_format_that_makes_no_name_is_passed_over() -> None:
    formats = ("%Y", "a/%Y", "Current", "ok-%Y")
    assert final_name(formats, (1, 2, 3, 4), NOW, {}, 1, "") == ("ok-2026", "ok-%Y", 4)
