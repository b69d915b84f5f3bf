"""The final name of a set: as wished, or by the server's formats, lineage by lineage."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.server.closing import naming
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree

NOW = datetime.now()
MONTHLY, WEEKLY = NOW.strftime("Monthly-%Y-%m"), NOW.strftime("Weekly-%Y-%V")
DAILY = NOW.strftime("Daily-%Y-%m-%d")


def names(kit: Kit) -> list[tuple[str, str | None, int]]:
    return kit.rows("SELECT name, format, priority FROM backup_sets ORDER BY number")


def test_automatic_names_go_from_lasting_to_passing(kit: Kit, tree: Tree) -> None:
    closed = [kit.run(tree).closed for _ in range(4)]
    assert [one and one.name for one in closed[:3]] == [MONTHLY, WEEKLY, DAILY]
    assert [one and one.priority for one in closed] == [40, 20, 10, 0]
    found = names(kit)
    assert found[0] == (MONTHLY, "Monthly-%Y-%m", 40)
    assert found[3][0].startswith("Backup_") and found[3][1] is None


def test_another_lineage_has_its_own_names(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    other = {"lineage": b"job:web", "label": "web"}
    closed = [kit.run(tree, wish=other).closed for _ in range(2)]
    assert [one and one.name for one in closed] == [f"{MONTHLY}-web", WEEKLY]
    nameless = kit.run(tree, wish={"lineage": b"roots:x"}).closed
    assert nameless is not None and nameless.name == f"{MONTHLY}-3"
    assert kit.rows("SELECT key, label FROM lineages ORDER BY id")[1] == (b"job:web", "web")


def test_a_wished_name_is_kept_and_cannot_be_had_twice(kit: Kit, tree: Tree) -> None:
    kit.run(tree, wish={"name": "before upgrade", "priority": 5})
    assert names(kit) == [("before upgrade", None, 5)]
    with pytest.raises(StoreError, match="already"):
        kit.run(tree, wish={"name": "before upgrade"})
    assert kit.sets() == [(1, 1)]
    closed = kit.run(tree, wish={"name": "another"}).closed
    assert closed is not None and (closed.name, closed.priority) == ("another", 0)


def test_a_wished_format_names_one_set_and_gives_its_own_priority(kit: Kit, tree: Tree) -> None:
    first, second = (kit.run(tree, wish={"format": "Hourly-%Y"}).closed for _ in range(2))
    assert first is not None and second is not None
    assert (first.name, first.priority) == (NOW.strftime("Hourly-%Y"), 0)
    assert second.name.startswith("Backup_")
    third = kit.run(tree, wish={"format": "Yearly-%Y", "priority": 50}).closed
    assert third is not None and third.priority == 50


def test_a_wished_priority_goes_with_an_automatic_name(kit: Kit, tree: Tree) -> None:
    closed = kit.run(tree, wish={"priority": 3}).closed
    assert closed is not None and (closed.name, closed.priority) == (MONTHLY, 3)


def test_an_incomplete_set_has_a_provisional_name(kit: Kit, tree: Tree) -> None:
    def stop(step: str) -> None:
        raise InterruptedError

    for _ in range(2):
        with pytest.raises(InterruptedError):
            kit.run(tree, hook=stop)
    ((name, form, priority),) = names(kit)
    assert name.startswith("Backup_") and form is None and priority == 0


def test_a_set_that_gets_no_name_keeps_its_own(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", formats=(), priorities=())
    closed = kit.run(Tree()).closed
    assert closed is not None and closed.name.startswith("Backup_")
    choose = naming(replace(kit.options, formats=("%Y",), priorities=(1,)), ("", "", 9), "")
    with kit.reader() as reader:
        (this,) = reader.sets()
    assert choose({}, this) == (this.name, None, 9)  # a name of digits would mean a number
