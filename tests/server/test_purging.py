"""The daemon removes old sets after a backup when it was told to, and never spoils the backup."""

from pathlib import Path

import pytest

from tardis.admin import purge_after_backup
from tardis.model import StoreError
from tardis.policy import Schedule
from tardis.store import Pruned, StoreWriter
from tests.server.talker import make_kit
from tests.server.trees import Tree

DAY = 86_400 * 10**9


def test_what_the_schedule_no_longer_keeps_goes_after_the_backup(tmp_path: Path) -> None:
    later = 0

    def purge(writer: StoreWriter) -> Pruned:
        newest = writer.ask.sets()[-1].ended_ns or 0
        return purge_after_backup(writer, Schedule(kit.options.formats, (0, 0, 2)), newest + later)

    kit = make_kit(tmp_path / "base", purge=purge)
    tree = Tree()
    for number in range(4):
        tree.write(b"f", b"%d" % number * 500)
        closed = kit.run(tree).closed
        assert closed is not None
    kit.join()
    assert len(kit.sets()) == 4
    later = 3 * DAY
    tree.write(b"f", b"last")
    kit.run(tree)
    kit.join()
    assert [number for number, _ in kit.sets()] == [1, 2, 5]  # the daily one and the nameless one
    assert kit.flat(5) == tree.flat()
    assert any("removed 2 old sets" in line for line in kit.log)


def test_a_purge_that_fails_is_logged_and_the_backup_stands(tmp_path: Path) -> None:
    def purge(_writer: StoreWriter) -> Pruned:
        raise StoreError("the disk is tired")

    kit = make_kit(tmp_path / "base", purge=purge)
    assert kit.run(Tree()).closed is not None
    kit.join()
    assert len(kit.sets()) == 1
    assert any("old sets were not removed: the disk is tired" in line for line in kit.log)


def test_without_being_told_nothing_goes(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base")
    assert kit.options.purge is None
    with pytest.raises(StopIteration):
        next(line for line in kit.log if "removed" in line)
