"""A year of daily runs by an injected clock: what survives is what should, byte for byte."""

import random
import sys
import time
from datetime import UTC
from pathlib import Path

import pytest

from tardis.admin import purge_after_backup
from tardis.policy import Schedule, plan_by_schedule
from tardis.render import fate_lines
from tardis.store import Pruned, StoreWriter
from tests.facilities import counts
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree

DAY = 86_400
START = 1_767_261_600  # 1 January 2026, 10:00 UTC
STEP = counts(8, 1)
"""Days between two runs."""


class Clock:
    """Stands for the server's clock."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now * 10**9


def live(tree: Tree, chance: random.Random, day: int) -> None:
    """Change a few files, as a day of work does."""
    for _ in range(4):
        name = b"d/%d" % chance.randrange(20)
        if chance.random() < 0.2 and name in tree:
            tree.remove(name)
        else:
            tree.write(name, b"day %d " % day * chance.randrange(1, 400))


def kept_of(kit: Kit, days: dict[int, int], today: int) -> set[int]:
    """Return the sets that should be left, told by names and ages alone."""
    periods = {"Monthly": 10**6, "Weekly": 180, "Daily": 30}
    kept = {max(days)}
    for number, name in kit.rows("SELECT number, name FROM backup_sets"):
        age = today - days[number]
        if age <= periods.get(name.partition("-")[0], 30):
            kept.add(number)
    return kept


@pytest.mark.guard(900)
def test_a_year_of_daily_runs_leaves_what_the_schedule_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time_ns", clock)
    schedule = Schedule(("Monthly-%Y-%m", "Weekly-%Y-%V", "Daily-%Y-%m-%d"), (0, 180, 30))

    def purge(writer: StoreWriter) -> Pruned:
        return purge_after_backup(writer, schedule, clock())

    kit = make_kit(tmp_path / "base", purge=purge, db_backups=0)
    tree, chance = Tree(), random.Random(2026)
    tree.mkdir(b"d")
    held: dict[int, dict[bytes, tuple[object, ...]]] = {}
    days: dict[int, int] = {}
    for day in range(0, 365, STEP):
        clock.now = START + day * DAY
        live(tree, chance, day)
        backup = kit.run(tree)
        assert backup.opened is not None
        held[backup.opened.number], days[backup.opened.number] = tree.flat(), day
    left = [number for number, _ in kit.sets()]
    assert set(left) == kept_of(kit, days, day)
    assert len(left) < len(held) * (0.5 if STEP == 1 else 0.8)
    for number in left:
        assert kit.flat(number) == held[number], f"set {number}"
    with kit.reader() as reader:
        fates = plan_by_schedule(reader.sets(), schedule, clock())
    table = list(fate_lines(fates, UTC, shows_all=True))
    assert len(table) == len(left) + 1 and all("keep" in line for line in table[1:])
    sys.stdout.write("\n".join(table))
    reasons = {fate.backup.name.partition("-")[0]: fate.reason for fate in fates[:-1]}
    assert reasons["Monthly"] == "kept for ever" and "of 180 days old" in reasons["Weekly"]
    assert kit.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_clock_that_jumps_ahead_removes_nothing_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time_ns", clock)
    kit = make_kit(tmp_path / "base")
    tree = Tree()
    for moment in (START, START + 3650 * DAY, START + DAY, START + DAY):
        clock.now = moment
        tree.write(b"f", b"%d" % moment)
        kit.run(tree)
    names = [name for (name,) in kit.rows("SELECT name FROM backup_sets ORDER BY number")]
    assert len(set(names)) == 4
    schedule = Schedule(kit.options.formats, (1, 1, 1))
    with kit.reader() as reader:
        fates = plan_by_schedule(reader.sets(), schedule, clock())
    assert not any(fate.goes for fate in fates)
    assert fates[1].reason == "newer than the clock"
