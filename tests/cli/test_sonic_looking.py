"""The verbs of sonic that show what sets hold."""

import json

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.server.talker import BOX, Kit, make_kit
from tests.server.trees import Tree

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    made = make_kit(tmp_path_factory.mktemp("sonic") / "base")
    tree = Tree()
    tree.mkdir(b"d")
    tree.write(b"d/notes.txt", b"one\n")
    tree.write(b"d/big", b"x" * 3000)
    made.run(tree, wish={"name": "first"})
    tree.write(b"d/notes.txt", b"two\n")
    tree.write(b"new.txt", b"new\n")
    made.run(tree, wish={"name": "second"})
    tree.write(b"new.txt", b"newer\n")
    made.run(tree, wish={"name": "third"})
    return made


def sonic(kit: Kit, verb: str, *words: str) -> int:
    return run(command, [verb, "-D", str(kit.base), "-C", BOX, *words])


def test_info_tells_every_figure_of_a_set(kit: Kit, capsys: Capture) -> None:
    assert sonic(kit, "info", "--backup", "second") == 0
    said = capsys.readouterr().out
    for line in ("Backupset         : second (2)", "Completed         : yes",
                 "New Files         : 2 whole, 0 as deltas", "Purgeable Files   : 1",
                 "Purgeable Size    : 4 B"):  # fmt: skip
        assert f"{line}\n" in said
    assert sonic(kit, "info") == 0
    assert capsys.readouterr().out.count("Backupset") == 3
    assert sonic(kit, "info", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["purgeable_files"] for one in told] == [1, 1, 0]
    assert sonic(kit, "info", "--backup", "fourth") == 13


def test_files_lists_what_a_set_brought(kit: Kit, capsys: Capture) -> None:
    assert sonic(kit, "files", "--backup", "second", "--status", "--previous") == 0
    assert capsys.readouterr().out.splitlines() == [
        "top:",
        "    [New]   new.txt",
        "top/d:",
        "    [Full]  notes.txt (before: first)",
    ]
    assert sonic(kit, "files", "-b", "first", "--fullpath", "--dirs") == 0
    assert capsys.readouterr().out.split() == ["top/d/", "top/d/big", "top/d/notes.txt"]
    assert sonic(kit, "files", "-b", "3", "-l", "-H", "-i", "-L", "-c") == 0
    (heading, line) = capsys.readouterr().out.splitlines()
    assert heading == "top:" and "-rw-r--r--" in line and "   6 B" in line
    assert line.endswith("new.txt") and len(max(line.split(), key=len)) == 64


def test_files_as_json(kit: Kit, capsys: Capture) -> None:
    assert sonic(kit, "files", "-b", "second", "--json") == 0
    told = {one["path"]: one for one in json.loads(capsys.readouterr().out)}
    assert set(told) == {"top/new.txt", "top/d/notes.txt"}
    assert told["top/new.txt"]["is_new"] and told["top/d/notes.txt"]["older"] == "first"
    assert told["top/d/notes.txt"]["size"] == 4


def test_find_looks_over_all_sets(kit: Kit, capsys: Capture) -> None:
    assert sonic(kit, "find", "*.txt") == 0
    found = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-2:] for line in found] == [
        ["top/new.txt", "(second)"],
        ["top/new.txt", "(third)"],
        ["top/d/notes.txt", "(first)"],
        ["top/d/notes.txt", "(second .. third)"],
    ]
    assert sonic(kit, "find", "--larger", "2K") == 0
    assert "top/d/big  (first .. third)" in capsys.readouterr().out
    assert sonic(kit, "find", "*/d/*", "--smaller", "100", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in told] == ["top/d/notes.txt"] * 2
    assert told[1]["first_set"] == "second" and told[1]["last_set"] == "third"
    assert sonic(kit, "find", "nothing") == 0
    assert capsys.readouterr().out == ""


def test_find_by_time(kit: Kit, capsys: Capture) -> None:
    assert sonic(kit, "find", "*.txt", "--newer", "1 hour ago") == 0
    assert capsys.readouterr().out == ""
    assert sonic(kit, "find", "*.txt", "--older", "1 hour ago") == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_find_wants_to_know_what(kit: Kit) -> None:
    assert sonic(kit, "find") == 2
    assert sonic(kit, "find", "x", "--larger", "much") == 4
