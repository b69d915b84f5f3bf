"""The final name of a set: as wished, or by the server's formats, lineage by lineage."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.protocol.messages import CloseSet, SetClosed, Verdicts
from tardis.server.closing import naming
from tests.server.talker import Kit, Talker, make_kit
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


def full(kit: Kit) -> list[int]:
    return [one for (one,) in kit.rows("SELECT is_full FROM backup_sets ORDER BY number")]


def test_the_sets_of_a_format_may_all_be_full(tmp_path: Path) -> None:
    """Which format a set gets is told before it is complete."""
    kit = make_kit(tmp_path / "base", full_formats=(True, False, True))
    for _ in range(4):
        kit.run(Tree())
    assert [form for _, form, _ in names(kit)][:3] == list(kit.options.formats)
    assert full(kit) == [1, 0, 1, 0]


@pytest.mark.parametrize("wish", [{"name": "mine"}, {"format": "Hourly-%H"}])
def test_a_set_that_no_format_names_is_full_only_when_asked(
    tmp_path: Path, wish: dict[str, str]
) -> None:
    kit = make_kit(tmp_path / "base", full_formats=(True, True, True))
    kit.run(Tree(), wish=wish)
    assert full(kit) == [0]


def test_a_set_that_is_forced_to_be_full_has_no_deltas(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base", full_formats=(False, False, True))
    tree = Tree()
    for count in range(3):
        tree.write(b"file", b"%d" % count + bytes(range(256)) * 1000)
        talker = Talker(kit.connect())
        talker.open(is_creating=not count)
        talker.begin(tree)
        talker.list(tree, b"")
        verdicts = talker.expect(Verdicts)
        assert len(verdicts.deltas) == (count == 1)
        talker.upload(0, 0, tree[b"file"].data)
        talker.say(CloseSet(1, 1, 0, 0))
        talker.expect(SetClosed)
        talker.close()
        kit.join()
    assert full(kit) == [0, 0, 1]
