"""The administrator's hook: for complete sets only, without the lock, never harming one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.model import HookError, Outcome
from tests.server.talker import BOX, make_kit
from tests.server.trees import Tree


def test_it_is_told_of_a_set_that_is_complete_and_the_store_is_free(
    tmp_path: Path, tree: Tree
) -> None:
    seen: list[Outcome] = []
    free: list[int] = []

    def hook(outcome: Outcome, is_over: Callable[[], bool]) -> None:
        seen.append(outcome)
        lock = tmp_path / "base" / BOX / "tardis.lock"
        done = subprocess.run(["flock", "--nonblock", lock, "true"], check=False, timeout=60)
        free.append(done.returncode)
        assert not is_over()

    kit = make_kit(tmp_path / "base", after_set=hook)
    kit.run(tree, wish={"label": "web"})
    (one,) = seen
    assert (one.client, one.job, one.set_number, one.status) == (BOX, "web", 1, 0)
    assert one.set_name == kit.rows("SELECT name FROM backup_sets")[0][0]
    assert (one.new_files, one.report.entries) == (3, 5)
    assert free == [0]


def test_a_run_that_was_cut_off_is_none_of_its_business(tmp_path: Path, tree: Tree) -> None:
    seen: list[Outcome] = []
    kit = make_kit(tmp_path / "base", after_set=lambda outcome, is_over: seen.append(outcome))

    def cut(step: str) -> None:
        if step == "closing":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        kit.run(tree, hook=cut)
    assert seen == []


def test_its_failure_goes_to_the_log_and_the_set_stays(tmp_path: Path, tree: Tree) -> None:
    def hook(outcome: Outcome, is_over: Callable[[], bool]) -> None:
        raise HookError("AfterSetCommand ended with status 1")

    kit = make_kit(tmp_path / "base", after_set=hook)
    kit.run(tree)
    assert kit.sets() == [(1, 1)]
    assert "AfterSetCommand ended with status 1" in kit.log[-1]
    assert kit.log[-1].startswith(f"{BOX}: after ")
