"""A run tells how much it changed, and whether that looks like mass encryption."""

import random

from tardis.model import ACKNOWLEDGED, ALARMED, SMALL
from tardis.store import SetChange, change_set
from tests.server.talker import BOX, Kit
from tests.server.trees import Tree

TEXT = b"a line of an ordinary file, again and again\n" * 40


def counts(kit: Kit, number: int) -> tuple[int, ...]:
    columns = "changed_files, gone_files, sampled_files, dense_files, alarm"
    (row,) = kit.rows(f"SELECT {columns} FROM backup_sets WHERE number = ?", number)
    return row


def grown(files: int = 40) -> Tree:
    tree = Tree()
    tree.mkdir(b"d")
    for number in range(files):
        tree.write(b"d/%d" % number, TEXT + b"%d" % number)
    return tree


def test_a_first_backup_is_not_looked_at(kit: Kit) -> None:
    kit.run(grown())
    assert counts(kit, 1) == (0, 0, 0, 0, 0)


def test_ordinary_work_is_counted_and_nothing_more(kit: Kit) -> None:
    tree = grown()
    kit.run(tree)
    for number in range(30):
        tree.write(b"d/%d" % number, TEXT + b"another %d" % number)
    tree.write(b"d/new", TEXT + b"new")
    tree.remove(b"d/39")
    closed = kit.run(tree).closed
    assert counts(kit, 2) == (30, 1, 31, 0, 0)
    assert closed is not None and closed.notes == ()
    kit.run(tree)
    assert counts(kit, 3) == (0, 0, 0, 0, 0)


def test_files_encrypted_in_place_raise_an_alarm(kit: Kit) -> None:
    tree, chance = grown(), random.Random(1)
    kit.run(tree)
    for number in range(40):
        tree.write(b"d/%d" % number, chance.randbytes(2000))
    closed = kit.run(tree).closed
    assert counts(kit, 2) == (40, 0, 40, 40, ALARMED)
    assert closed is not None and "looks encrypted" in closed.notes[0]
    assert any("looks encrypted" in line for line in kit.log)
    change_set(kit.place(), BOX, 2, SetChange(alarm=ACKNOWLEDGED))
    kit.run(tree)
    assert counts(kit, 3)[-1] == 0 and counts(kit, 2)[-1] == ACKNOWLEDGED


def test_files_encrypted_under_other_names_raise_one_too(kit: Kit) -> None:
    tree, chance = grown(), random.Random(2)
    kit.run(tree)
    for number in range(40):
        tree.remove(b"d/%d" % number)
        tree.write(b"d/%d.locked" % number, chance.randbytes(2000))
    kit.run(tree)
    assert counts(kit, 2) == (0, 40, 40, 40, ALARMED)


def test_large_files_are_looked_at_once(kit: Kit) -> None:
    tree, chance = Tree(), random.Random(3)
    tree.write(b"a", b"x" * (SMALL + 1))
    tree.write(b"b", b"y" * (SMALL + 1))
    kit.run(tree)
    tree.write(b"a", chance.randbytes(3 << 20))
    tree.write(b"b", b"z" * (3 << 20))
    kit.run(tree)
    assert counts(kit, 2) == (2, 0, 2, 1, 0)


def test_of_very_many_contents_only_some_are_looked_at(kit: Kit) -> None:
    tree = grown(10)
    kit.run(tree)
    for number in range(1400):
        tree.write(b"d/n%d" % number, TEXT + b"%d" % number)
    kit.run(tree)
    assert counts(kit, 2)[2] == 1000 + 390 // 16  # ten of them are known
