"""What repairing makes of each exhibit, and that the next backup heals the rest."""

import os
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tardis.admin import RepairPlan, check, plan_repair, repair
from tardis.model import IntegrityError, StoreBusyError
from tardis.store import Claim, Flushers, Level, Reading, flush, open_writer
from tardis.store.records import HEADER
from tests.facilities import counts
from tests.museum.conftest import Exhibit
from tests.museum.exhibits import EXHIBITS, file_of, flip, home, pack_of
from tests.museum.test_check import lost
from tests.server.talker import BOX, Kit
from tests.server.trees import Tree
from tests.store.fuse import CALLS, KILLED, Fuse

READ: Final = Reading(processes=1, anew=True)
BEYOND: Final = {
    "page of the catalog", "catalog of noise", "lost catalog", "index of the catalog",
    "row of a content gone", "row backwards", "old catalog",
}  # fmt: skip
"""What only recovering helps against."""

REBUILT: Final = {
    "header in a pack": 1,
    "header of a large file": 1,
    "row names another record": 1,
    "chain too long": 1,
}
"""How many contents are had from elsewhere; all others are marked."""

MARKED: Final[dict[str, list[tuple[bytes, tuple[int, ...]]]]] = {
    "bits in a pack": [(b"top/b", (1, 2))],
    "bits in a large file": [(b"top/big", (1, 2, 3))],
    "index of a large file": [(b"top/big", (1, 2, 3))],
    "short large file": [(b"top/big", (1, 2, 3))],
    "lost large file": [(b"top/big", (1, 2, 3))],
    "cut pack": [(b"top/d/new", (3,))],
    "lost pack": [
        (b"top/a", (1, 2, 3)), (b"top/b", (1, 2)), (b"top/d/c", (1, 2, 3)), (b"top/d/new", (3,)),
        (b"top/log", (2, 3)),
    ],
    "basis gone": [(b"top/log", (1, 2, 3))],
}  # fmt: skip


def mend(kit: Kit) -> tuple[int, int]:
    """Repair a store as it is planned; return how many contents were rebuilt and marked."""
    plan = plan_repair(kit.place(), BOX, READ)
    done = repair(kit.place(), BOX, plan, 1)
    assert (done.rebuilt, done.marked) == (plan.rebuilds, plan.marks), "as it was planned"
    return done.rebuilt, done.marked


@pytest.mark.parametrize("name", sorted(EXHIBITS.keys() - BEYOND))
def test_after_a_repair_all_that_is_left_is_told(
    exhibit: Exhibit, cellar: tuple[Path, Tree], name: str
) -> None:
    """Then the next backup heals what is still there, and every set restores as it was told."""
    kit, wanted = exhibit(EXHIBITS[name]), exhibit(lambda _: None)
    rebuilt, _ = mend(kit)
    assert rebuilt == REBUILT.get(name, 0)
    done = check(kit.place(), BOX, READ)
    assert done.is_whole, done.findings
    assert [(one.path, one.sets) for one in done.known] == MARKED.get(name, [])
    assert bool(done.at(Level.KNOWN)) == (name in MARKED)

    backup = kit.run(cellar[1])
    live = {path.removeprefix(b"top/") for path, sets in MARKED.get(name, []) if 3 in sets}
    assert set(backup.sent) == live, "just what is damaged and still there is sent again"
    assert kit.flat(4) == wanted.flat(3), "the new set is whole"
    done = check(kit.place(), BOX, READ)
    assert done.is_whole
    left = {one.path: one.sets for one in done.known}
    for number in (1, 2, 3):
        told = {path for path, sets in left.items() if number in sets}
        assert set(lost(kit, wanted, number)) == told
    assert kit.unsettled() == {} and not kit.run(cellar[1]).listed, "and then all is as ever"


@pytest.mark.parametrize("name", sorted(BEYOND))
def test_a_damaged_catalog_is_left_alone(exhibit: Exhibit, name: str) -> None:
    kit = exhibit(EXHIBITS[name])
    before = {path: path.read_bytes() for path in kit.base.rglob("*") if path.is_file()}
    plan = plan_repair(kit.place(), BOX, None)
    assert plan.left and not plan.has_work
    with pytest.raises(IntegrityError, match="catalog itself"):
        repair(kit.place(), BOX, plan, 1)
    assert {path: path.read_bytes() for path in kit.base.rglob("*") if path.is_file()} == before


def several(kit: Kit) -> None:
    """Break many things at once."""
    for name in (
        "header in a pack", "bits in a large file", "broken journal", "lost row of a manifest",
    ):  # fmt: skip
        EXHIBITS[name](kit)


@pytest.mark.guard(240)
def test_a_repair_may_end_at_any_step(exhibit: Exhibit, cellar: tuple[Path, Tree]) -> None:
    """Nothing that could be restored is lost by it, and the next repair goes on."""
    wanted = exhibit(lambda _: None)
    reached, stride = 0, counts(7, 1)
    while True:
        kit = exhibit(several)
        plan = plan_repair(kit.place(), BOX, READ)
        if not ends_at(kit, plan, 1 + reached * stride):
            break
        for number in (1, 2, 3):
            assert set(lost(kit, wanted, number)) <= {b"top/b", b"top/big"}
        assert kit.rows("PRAGMA integrity_check") == [("ok",)]
        mend_whatever_is_left(kit)
        done = check(kit.place(), BOX, READ)
        assert done.is_whole, done.findings
        kit.run(cellar[1])
        assert kit.flat(4) == wanted.flat(3)
        assert check(kit.place(), BOX, READ).known == []
        reached += 1
    assert reached * stride > 25


def mend_whatever_is_left(kit: Kit) -> None:
    plan = plan_repair(kit.place(), BOX, READ)
    repair(kit.place(), BOX, plan, 1)


def ends_at(kit: Kit, plan: RepairPlan, steps: int) -> bool:
    """Repair in a child that ends at step *steps*; tell whether that was reached."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            fuse = Fuse(steps)
            for name in (*CALLS, "link"):
                fuse.before(os, name)
            fuse.before(flush, "syncfs")
            fuse.statements()
            repair(kit.place(), BOX, plan, 1)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED


def test_a_store_in_use_is_not_repaired(exhibit: Exhibit) -> None:
    kit = exhibit(EXHIBITS["lost pack"])
    plan = plan_repair(kit.place(), BOX, None)
    writer = open_writer(kit.place(), BOX, Claim("a test"), Flushers())
    with closing(writer), pytest.raises(StoreBusyError):
        repair(kit.place(), BOX, plan, 1)
    assert kit.count("contents", "is_damaged") == 0


def test_what_has_become_whole_since_the_plan_is_not_marked(exhibit: Exhibit) -> None:
    """A disk that was not mounted, say."""
    kit = exhibit(lambda _: None)
    pack = home(kit) / "packs" / "1.pack"
    pack.rename(home(kit) / "away")
    plan = plan_repair(kit.place(), BOX, None)
    assert plan.marks == 6
    (home(kit) / "away").rename(pack)
    done = repair(kit.place(), BOX, plan, 1)
    assert (done.rebuilt, done.marked) == (0, 0)


def test_what_was_marked_and_came_back_loses_its_mark(exhibit: Exhibit) -> None:
    kit = exhibit(lambda _: None)
    pack = home(kit) / "packs" / "1.pack"
    pack.rename(home(kit) / "away")
    assert mend(kit) == (0, 6)
    (home(kit) / "away").rename(pack)
    plan = plan_repair(kit.place(), BOX, READ)
    assert repair(kit.place(), BOX, plan, 1).unmarked == 6
    assert check(kit.place(), BOX, READ).known == []


def test_a_record_that_nothing_names_serves(exhibit: Exhibit) -> None:
    """The same bytes in a pack that a killed run left are as good as any."""
    kit = exhibit(lambda _: None)
    _, pack, place = pack_of(kit, "b")
    data = pack.read_bytes()
    record = data[place : place + HEADER.size + 1200]
    (home(kit) / "packs" / "77.pack").write_bytes(b"noise".ljust(4096, b"\0") + record)
    flip(pack, place + HEADER.size + 5)
    assert mend(kit) == (1, 0)
    assert kit.rows("SELECT pack FROM contents WHERE id = 2") == [(3,)], "in a pack of its own"


def test_another_file_of_the_same_content_serves(exhibit: Exhibit) -> None:
    kit = exhibit(lambda _: None)
    path = file_of(kit, "big")
    path.with_name(f"{path.name}-4").write_bytes(path.read_bytes())
    flip(path, 150_000)
    assert mend(kit) == (1, 0)
    (old,) = (home(kit) / "quarantine").iterdir()
    assert old.name.startswith(path.name) and not path.exists()
    assert check(kit.place(), BOX, READ).is_whole


def test_bytes_that_do_not_prove_themselves_do_not_serve(exhibit: Exhibit) -> None:
    kit = exhibit(lambda _: None)
    path = file_of(kit, "big")
    flip(path, 150_000)
    path.with_name(f"{path.name}-4").write_bytes(path.read_bytes())
    assert mend(kit) == (0, 1)
    assert path.exists(), "what can still be read of it stays where restoring finds it"
