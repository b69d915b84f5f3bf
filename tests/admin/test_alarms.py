"""What the server finds wrong by itself."""

import os
from pathlib import Path

import pytest

from tardis.admin import Limits, alarms_of
from tests.server.talker import BOX, Kit, Talker, make_kit
from tests.server.trees import Tree

DAY = 86_400
NS = 10**9


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = make_kit(tmp_path / "base")
    tree = Tree()
    tree.write(b"a", b"alpha")
    made.run(tree)
    return made


def ended(kit: Kit) -> int:
    return int(kit.rows("SELECT ended_ns FROM backup_sets")[0][0])


def test_a_client_is_stale_when_its_newest_complete_set_is_too_old(kit: Kit) -> None:
    now, limits = ended(kit), Limits(stale_after=DAY)
    assert alarms_of(kit.place(), limits, now + DAY * NS)[f"stale:{BOX}"] is None
    found = alarms_of(kit.place(), limits, now + 2 * DAY * NS)[f"stale:{BOX}"]
    assert found is not None
    assert "2d old" in found
    assert alarms_of(kit.place(), Limits(), now + 99 * DAY * NS)[f"stale:{BOX}"] is None


def test_a_client_that_never_completed_a_set_is_stale_by_its_own_age(kit: Kit) -> None:
    with Talker(kit.connect()) as talker:
        talker.open("other")
    kit.join()
    mark = kit.base / "other" / ".tardis-skip"
    os.utime(mark, ns=(0, 10 * DAY * NS))
    limits = Limits(stale_after=DAY)
    assert alarms_of(kit.place(), limits, 11 * DAY * NS)["stale:other"] is None
    found = alarms_of(kit.place(), limits, 13 * DAY * NS)["stale:other"]
    assert found == "no set was completed since the client was made, 3d ago"


def test_a_disk_with_too_little_room_is_told_of(kit: Kit) -> None:
    assert alarms_of(kit.place(), Limits(free_bytes=1), 0)["space"] is None
    found = alarms_of(kit.place(), Limits(free_bytes=1 << 60), 0)["space"]
    assert found is not None
    assert str(kit.base) in found
    assert alarms_of(kit.place(), Limits(free_bytes=0), 0)["space"] is None


def test_a_run_that_looks_like_mass_encryption_is_told_of_until_it_is_acknowledged(
    kit: Kit,
) -> None:
    topic = f"alarm:{BOX}"
    assert alarms_of(kit.place(), Limits(), 0)[topic] is None
    kit.execute("UPDATE backup_sets SET alarm = 1")
    assert "mass encryption" in (alarms_of(kit.place(), Limits(), 0)[topic] or "")


def test_a_store_that_cannot_be_read_is_not_looked_at(kit: Kit) -> None:
    (kit.base / BOX / "tardis.db").write_bytes(b"no catalog" * 1000)
    assert set(alarms_of(kit.place(), Limits(), 0)) == {"space"}
