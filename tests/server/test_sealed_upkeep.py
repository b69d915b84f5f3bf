"""Chains of sealed deltas are looked after without a key: recovered, copied, repaired, purged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import check, plan_repair, repair
from tardis.store import Place, Reading, Rebuild, replicate_store
from tests.server.test_sealed_deltas import (
    LARGE_EDIT,
    SMALL_EDIT,
    Changing,
    file_of,
    purge,
    rows,
    spoil,
)
from tests.server.vault import CLIENT_NAME, Vault

ALL = Reading(100, 0, 1)


@pytest.fixture
def changing(tmp_path: Path) -> Changing:
    """Three versions: whole, a delta in a pack, a delta that is a file."""
    made = Changing(Vault(tmp_path / "base"), tmp_path / "tree-of-mine")
    made.run()
    made.run(SMALL_EDIT)
    made.run(LARGE_EDIT)
    assert [made.content(number).chain for number in (1, 2, 3)] == [0, 1, 2]
    return made


def test_they_are_found_again_without_a_catalog(changing: Changing) -> None:
    home = changing.vault.base / CLIENT_NAME
    before = [changing.content(number) for number in (1, 2, 3)]
    for path in [home / "tardis.db", home / "tardis.db.keys", *home.glob("*.gz")]:
        path.unlink()
    with closing(Rebuild(changing.vault.place, CLIENT_NAME)) as work:
        work.put(work.build())
    changing.check()
    after = [changing.content(number) for number in (1, 2, 3)]
    assert [one[1:6] for one in after] == [one[1:6] for one in before]
    changing.run(SMALL_EDIT)
    changing.check()


def test_they_are_copied_and_proved(changing: Changing, tmp_path: Path) -> None:
    (tmp_path / "copy" / CLIENT_NAME).mkdir(parents=True)
    other = Place(str(tmp_path / "copy"))
    done = replicate_store(changing.vault.place, other, CLIENT_NAME)
    assert (done.proved, done.damaged) == (3, 0)
    changing.vault.place = other
    changing.check()


def test_damage_below_marks_what_stands_on_it_and_the_live_file_heals_it(
    changing: Changing,
) -> None:
    path = file_of(changing.vault, changing.content(1))
    spoil(path, 1_000_000)
    plan = plan_repair(changing.vault.place, CLIENT_NAME, ALL)
    assert (plan.rebuilds, plan.marks) == (0, 3)
    repair(changing.vault.place, CLIENT_NAME, plan, 1)
    assert changing.vault.run(changing.top).files_new == 1
    changing.check(1, 2)
    found = check(changing.vault.place, CLIENT_NAME, ALL)
    assert found.is_whole
    assert changing.run(SMALL_EDIT).files_delta == 0  # something is damaged still


def test_a_purge_moves_them_with_their_packs(changing: Changing) -> None:
    for number in range(12):
        (changing.top / f"small-{number}").write_bytes(b"%d" % number * 90_000)
    changing.vault.run(changing.top)
    for number in range(12):
        (changing.top / f"small-{number}").unlink()
    changing.vault.run(changing.top)
    before = changing.content(2)
    assert purge(changing.vault, 4).packs > 0
    assert changing.content(2) != before
    changing.check(4)
    assert changing.run(SMALL_EDIT).files_delta == 1
    assert check(changing.vault.place, CLIENT_NAME, ALL).is_whole


def test_the_journal_and_the_manifests_tell_of_them(changing: Changing) -> None:
    journal = (changing.vault.base / CLIENT_NAME / "tardis.journal").read_text()
    for number in (2, 3):
        content, basis = changing.content(number), changing.content(number - 1)
        assert f"{content.digest[:8].hex()}:{basis.digest[:8].hex()}:" in journal
    with closing(sqlite3.connect(changing.vault.base / CLIENT_NAME / "tardis.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert rows(changing.vault, "SELECT DISTINCT cipher FROM contents") == [(1,)]
