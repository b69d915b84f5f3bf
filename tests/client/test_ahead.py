import os
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.client import JobOptions, explain, preview
from tardis.client.ahead import weigh
from tardis.model import NoSourceError, Weight
from tardis.policy import Rule, RuleSet, Scope
from tardis.scan import Exclusions


def options(*roots: Path, patterns: tuple[str, ...] = ()) -> JobOptions:
    scope = Scope().with_rules(RuleSet(Rule(one, "here") for one in patterns))
    paths = {os.fsencode(root): os.fsencode(root) for root in roots}
    return JobOptions("c", paths, exclusions=Exclusions(scope, skip=b".skip"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    for path, size in (("a/x", 10), ("a/in/y.o", 20), ("b/z", 40), ("b/out/w", 80), ("s/v", 160)):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(bytes(size))
    (tree / "s/.skip").touch()
    return tree


def test_a_preview_weighs_what_would_be_saved_and_what_would_not(tree: Path) -> None:
    (tree / "link").symlink_to("a/x")
    found = preview(options(tree, patterns=("*.o", "out/")))
    assert found.saved == Weight(2, 50)
    (top,) = found.trees
    assert [(os.path.basename(one.path), one.weight.size_bytes) for one in top.largest] == [
        (b"b", 40), (b"a", 10), (b"s", 0),
    ]  # fmt: skip
    told = {one.reason: (one.entries, one.weight) for one in found.left_out}
    assert told == {
        "it holds .skip": (1, Weight(2, 160)),
        "here: out/": (1, Weight(1, 80)),
        "here: *.o": (1, Weight(1, 20)),
    }
    assert found.largest_left_out[0][0] == os.fsencode(tree / "s")


def test_single_files_and_missing_roots_are_told(tree: Path) -> None:
    found = preview(options(tree / "a/x", tree / "none", tree / "s"))
    assert found.saved == Weight(1, 10)
    assert [one.reason for one in found.problems] == [
        "not backed up: No such file or directory",
        "not backed up: it holds .skip",
    ]
    with pytest.raises(NoSourceError):
        preview(options(tree / "none"))


def test_what_cannot_be_looked_at_weighs_nothing(tree: Path) -> None:
    assert weigh(os.fsencode(tree / "none")) == Weight()
    assert weigh(b"/proc") == Weight()
    os.mkfifo(tree / "fifo")
    assert weigh(os.fsencode(tree / "fifo")) == Weight()
    assert weigh(os.fsencode(tree)) == Weight(6, 310)


def test_a_path_is_explained_by_the_root_that_reaches_it(tree: Path) -> None:
    wanted = options(tree, tree / "a/in", tree / "s", patterns=("in", "*.o"))
    asked = ["a/x", "a/in", "a/in/y.o", "s/v", "s", "no", "../other"]
    found = explain(wanted, [os.fsencode(tree / path) for path in asked])
    assert [(one.is_saved, one.reason) for one in found] == [
        (True, ""),
        (True, ""),
        (False, "here: *.o"),
        (False, "it holds .skip"),
        (True, "without what it holds: it holds .skip"),
        (False, "No such file or directory"),
        (False, "No such file or directory"),
    ]
    outside = explain(wanted, [b"/elsewhere"])
    assert not outside[0].is_saved
    assert "none of the directories" in outside[0].reason


def test_without_any_root_nothing_is_saved_and_the_reason_is_that_of_the_root(tree: Path) -> None:
    (found,) = explain(options(tree / "s"), [os.fsencode(tree / "s/v")])
    assert (found.is_saved, found.reason) == (False, "not backed up: it holds .skip")
    crossing = replace(options(tree), crosses_devices=True)
    assert explain(crossing, [os.fsencode(tree)])[0].is_saved
