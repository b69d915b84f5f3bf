"""A client keeps what it may; a run that wants more fails, and takes nothing with it."""

import random
from pathlib import Path
from typing import Any

import pytest

from tardis.model import SMALL, QuotaError
from tardis.store import Grant, write_grant
from tests.server.talker import BOX, Backup, Kit, Talker, make_kit
from tests.server.trees import Tree


def allow(kit: Kit, **quota: int) -> None:
    write_grant(kit.place(), BOX, Grant(None, **quota))


def filled(files: int, size: int, seed: int = 0) -> Tree:
    tree, chance = Tree(), random.Random(seed)
    tree.mkdir(b"d")
    for number in range(files):
        tree.write(b"d/%d" % number, chance.randbytes(size))
    return tree


def refused(kit: Kit, tree: Tree, **how: Any) -> QuotaError:
    """Back *tree* up until the daemon says no."""
    with Talker(kit.connect()) as talker:
        backup = Backup(talker, tree, wish={"is_creating": False}, **how)
        try:
            backup.run()
        except QuotaError as error:
            found = error
        else:
            raise AssertionError("the run was not refused")
    kit.join()
    return found


@pytest.mark.parametrize(("files", "size"), [(40, 5000), (2, SMALL * 3)])
def test_a_run_over_the_quota_fails_and_what_it_brought_goes(
    kit: Kit, files: int, size: int
) -> None:
    first = filled(3, 1000)
    kit.run(first)
    allow(kit, quota_bytes=100_000)
    error = refused(kit, filled(files, size, seed=1))
    assert str(error) == "box may keep 97.7 KB here, and this run would pass that"
    assert error.exit_status == 17 and "quota" in error.hint
    assert kit.sets() == [(1, 1), (2, 0)] and kit.flat(1) == first.flat()
    assert kit.count("entries", "first_set = 2") == 0
    assert kit.rows("SELECT count(*) FROM contents") == [(3,)]
    assert not list(kit.base.joinpath(BOX).glob("[0-9a-f][0-9a-f]/*"))
    assert kit.rows("PRAGMA foreign_key_check") == []
    kit.run(first)
    assert kit.sets() == [(1, 1), (2, 1)] and kit.flat(2) == first.flat()


def test_what_the_failed_run_has_closed_is_found_again(kit: Kit) -> None:
    tree = filled(30, 1000)
    kit.run(tree)
    allow(kit, quota_bytes=60_000)
    other = filled(30, 1000)
    for number in range(0, 30, 2):
        other.write(b"d/%d" % number, random.Random(number).randbytes(5000))
    other.remove(b"d/29")
    refused(kit, other)
    again = kit.run(tree)
    assert again.sent == []  # by digest at most
    assert kit.flat(2) == tree.flat() and kit.flat(1) == tree.flat()
    allow(kit, quota_bytes=0)
    kit.run(other)
    assert kit.flat(3) == other.flat()


def test_versions_of_files_are_counted_too(kit: Kit) -> None:
    kit.run(filled(3, 10))
    allow(kit, quota_files=10)
    error = refused(kit, filled(20, 10, seed=4))
    assert str(error) == "box may keep 10 versions of files here, and this run would pass that"
    closed = kit.run(filled(3, 11, seed=5)).closed
    assert closed is not None and closed.new_files == 3 and closed.notes == ()
    assert kit.count("entries") <= 8


def test_a_client_near_its_quota_is_told(kit: Kit) -> None:
    kit.run(filled(1, 10))
    allow(kit, quota_bytes=10_000)
    closed = kit.run(filled(1, 9200)).closed
    assert closed is not None
    assert closed.notes == ("94 % of the 9.8 KB that box may keep here are used",)
    assert any("94 %" in line for line in kit.log)


def test_an_unchanged_run_passes_even_over_the_quota(kit: Kit) -> None:
    tree = filled(3, 1000)
    kit.run(tree)
    allow(kit, quota_bytes=100, quota_files=1)
    assert kit.run(tree).closed is not None
    assert kit.sets() == [(1, 1), (2, 1)]


def test_who_serves_the_machine_itself_has_no_quota(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", is_local=True)
    kit.run(filled(1, 10))
    allow(kit, quota_bytes=10)
    kit.run(filled(3, 1000))
    assert kit.sets() == [(1, 1), (2, 1)]
    kit.close()
