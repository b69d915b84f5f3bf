"""Sets are removed by what was decided once the store was ours."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tardis.admin import lock, purge_after_backup, remove, rename
from tardis.model import BackupSet, StoreBusyError, UsageError
from tardis.policy import Fate, Schedule, plan_named
from tests.store.workshop import BOX, Workshop

DAY = 86_400 * 10**9


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    for number in range(1, 4):
        made.run({b"f": b"%d" % number})
    return made


def numbers(shop: Workshop) -> list[int]:
    return [number for (number,) in shop.rows("SELECT number FROM backup_sets")]


def test_what_is_condemned_goes_and_the_catalog_is_copied(shop: Workshop) -> None:
    seen: list[Sequence[BackupSet]] = []

    def judge(sets: Sequence[BackupSet]) -> list[Fate]:
        seen.append(sets)
        return plan_named(sets, {1, 2})

    assert remove(shop.place(), BOX, judge, copies=2).sets == 2
    assert numbers(shop) == [3] and len(seen) == 1
    copies = [one.name for one in shop.home.iterdir() if one.name.endswith(".gz")]
    assert len(copies) == 1 and re.fullmatch(r"tardis\.db\.\d{8}-\d{6}\.gz", copies[0])


def test_a_store_in_use_is_left_alone(shop: Workshop) -> None:
    with shop.running(), pytest.raises(StoreBusyError):
        remove(shop.place(), BOX, lambda sets: plan_named(sets, {1}), copies=1)
    assert 1 in numbers(shop)


def test_after_a_backup_the_schedule_decides(shop: Workshop) -> None:
    shop.execute("UPDATE backup_sets SET format = 'Daily-%d'")
    now = shop.rows("SELECT max(ended_ns) FROM backup_sets")[0][0]
    schedule = Schedule(("Daily-%d",), (30,))
    with shop.running() as writer:
        shop.complete(writer)
        writer.finish()
        assert purge_after_backup(writer, schedule, now + 29 * DAY).sets == 0
        assert purge_after_backup(writer, schedule, now + 31 * DAY).sets == 3
    assert numbers(shop) == [4]


def test_a_locked_set_stays(shop: Workshop) -> None:
    lock(shop.place(), BOX, [1, 2], is_locked=True)
    with pytest.raises(UsageError, match="locked"):
        remove(shop.place(), BOX, lambda sets: plan_named(sets, {1}), copies=0)
    lock(shop.place(), BOX, [1], is_locked=False)
    remove(shop.place(), BOX, lambda sets: plan_named(sets, {1}), copies=0)
    assert numbers(shop) == [2, 3]


def test_an_impossible_name_is_refused(shop: Workshop) -> None:
    with pytest.raises(UsageError):
        rename(shop.place(), BOX, 1, "a/b")
    rename(shop.place(), BOX, 1, "kept")
    assert shop.rows("SELECT name FROM backup_sets WHERE number = 1") == [("kept",)]
