"""The daemon's look round: once per episode, also across a restart."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.cli.daemon_watch import Watch
from tardis.cli.settings import load
from tardis.net import memory_pair
from tests.server.talker import BOX, Kit, make_kit
from tests.server.trees import Tree


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = make_kit(tmp_path / "base")
    tree = Tree()
    tree.write(b"a", b"alpha")
    made.run(tree)
    return made


def watch(kit: Kit, *lines: str, status: int = 0) -> tuple[Watch, Callable[[], list[str]]]:
    out, config = kit.base.parent / "heard", kit.base.parent / "tardisd.cfg"
    say = 'echo "$TARDIS_NOTICE_EVENT $TARDIS_NOTICE_OVER $TARDIS_NOTICE_CLIENT"'
    command = f"NotifyCommand = {say} >> {out}; exit {status}"
    config.write_text("\n".join(["[Tardis]", command, "AlarmFreeSpace = 0", *lines]))
    settings = load("tardisd", ["--config", str(config)]).settings

    def heard() -> list[str]:
        words = out.read_text().splitlines() if out.exists() else []
        out.unlink(missing_ok=True)
        return words

    return Watch(settings, kit.place(), kit._note), heard


def test_a_stale_client_is_told_once_and_its_recovery_once(kit: Kit) -> None:
    kit.execute("UPDATE backup_sets SET ended_ns = 1")
    one, heard = watch(kit, "StaleAfter = 1d")
    one.look()
    assert heard() == [f"stale 0 {BOX}"]
    one.look()
    again, heard = watch(kit, "StaleAfter = 1d")  # as after a restart
    again.look()
    assert heard() == []
    kit.execute("UPDATE backup_sets SET ended_ns = ?", time.time_ns())
    again.look()
    again.look()
    assert heard() == [f"stale 1 {BOX}"]


def test_a_full_disk_is_told_of_by_either_limit(kit: Kit) -> None:
    one, heard = watch(kit, "MinFreeSpace = 900000T")
    one.look()
    assert heard() == ["space 0 "]
    one, heard = watch(kit)
    one.look()
    assert heard() == ["space 1 "]


def test_a_notice_that_does_not_go_is_logged_and_told_next_time(kit: Kit) -> None:
    kit.execute("UPDATE backup_sets SET ended_ns = 1")
    one, heard = watch(kit, "StaleAfter = 1d", status=1)
    one.look()
    assert heard()
    assert kit.log[-1] == "a notice did not go: NotifyCommand ended with status 1"
    one, heard = watch(kit, "StaleAfter = 1d")
    one.look()
    assert heard() == [f"stale 0 {BOX}"]


def test_it_looks_after_each_visit_and_ends_with_the_daemon(kit: Kit) -> None:
    one, heard = watch(kit, "AlarmEvery = 1w", "StaleAfter = 1d")
    with one:
        visit = one.over(lambda transport: kit.execute("UPDATE backup_sets SET ended_ns = 1"))
        visit(memory_pair()[0])
        limit, found = time.monotonic() + 30, list[str]()
        while not found and time.monotonic() < limit:
            time.sleep(0.01)
            found = heard()
    assert found == [f"stale 0 {BOX}"]
    kit.close()
