"""Backup sets as a table and as JSON."""

import json
import time
from datetime import UTC, datetime

from tardis.render import set_json, set_lines
from tests.history.memory_reader import backup_set

SETS = [
    backup_set(1, name="Monthly-2026-11", priority=40, is_full=True, new_files=7),
    backup_set(
        2, name="evil\x1b[2J", received_bytes=1536, delta_files=3, command_line=b"tardis \n"
    ),
    backup_set(3, name="Backup_x", is_complete=False, ended_ns=None),
]


def test_the_newest_complete_set_is_marked_and_nothing_drives_the_terminal() -> None:
    lines = list(set_lines(SETS, time.gmtime, current="Newest"))
    heading = "Name Id Comp Pri Full Start Runtime Files Delta Size"
    assert lines[0].split() == heading.split()
    assert lines[1].split()[:6] == ["Monthly-2026-11", "1", "Comp", "40", "Full", "01"]
    assert "01 Jan, 1970 01:00:00 AM  0:01:30" in lines[1]
    assert lines[2].startswith("evil\\x1b[2J") and lines[2].endswith("1.5 KB  Newest")
    assert "Incomp" in lines[3] and not lines[3].endswith("Newest")
    assert all(line.isprintable() for line in lines)


def test_long_shows_the_command_line() -> None:
    lines = list(set_lines(SETS, time.gmtime, is_long=True))
    assert lines[3] == "    tardis \\x0a"
    assert len(lines) == 5


def test_a_year_of_times_is_what_the_clock_says() -> None:
    sets = [backup_set(at, started_ns=at * 10**9) for at in range(0, 366 * 86400, 40_001)]
    _, *lines = set_lines(sets, time.gmtime)
    for one, line in zip(sets, lines, strict=True):
        moment = datetime.fromtimestamp(one.started_ns // 10**9, UTC)
        assert f"  {moment:%d %b, %Y %I:%M:%S %p}  " in line


def test_no_sets_are_a_heading() -> None:
    assert len(list(set_lines([], time.gmtime))) == 1


def test_json_says_everything_exactly() -> None:
    shown = json.loads(set_json(SETS))
    assert [one["number"] for one in shown] == [1, 2, 3]
    assert [one["is_current"] for one in shown] == [False, True, False]
    assert shown[1]["name"] == "evil\x1b[2J"
    assert shown[1]["command_line"] == "tardis \n"
    assert json.loads(set_json([])) == []
