"""A client adds and never takes away, unless the administrator lets it."""

from pathlib import Path

import pytest

from tests.whole.trees import edit, grow
from tests.whole.world import World


@pytest.fixture
def guarded(tmp_path: Path) -> World:
    """A world whose daemon grants no more than it does by itself."""
    return World(tmp_path, rights="add, list, restore")


@pytest.fixture
def tree(guarded: World) -> Path:
    return grow(guarded.place / "tree", 20)


def sonic(world: World, verb: str, *words: str) -> str:
    return world.run("sonic", verb, "--database", world.base, "--client", "machine", *words).out


def test_a_refused_purge_leaves_a_complete_set_and_a_trace(guarded: World, tree: Path) -> None:
    guarded.start_daemon()
    try:
        for _ in range(2):
            guarded.backup(tree)
            edit(tree, 2)
        done = guarded.backup(
            "--purge", "--keep-days", "0", "--purge-priority", "99", tree, status=16
        )
        assert "is complete, but old sets were not removed" in done.err
        assert "--grant purge" in done.err and guarded.complete() == [1, 2, 3]
        assert "denied: it has no right to remove old sets" in guarded.log.read_text()
        guarded.check(tree, tree)
        for refused in (["--name", "mine"], ["--priority", "50"], ["--daily"]):
            done = guarded.backup(*refused, tree, status=16)
            assert "may not" in done.err and len(done.err.splitlines()) == 3
        assert guarded.rows("SELECT count(*) FROM backup_sets") == [(3,)]
        sonic(guarded, "rights", "--grant", "purge")
        done = guarded.backup("-v", "--purge", "--keep-days", "0", "--purge-priority", "99", tree)
        assert guarded.complete() == [4] and "3 old sets removed" in done.err + done.out
        guarded.check(tree, tree)
    finally:
        guarded.close()


def test_who_may_write_the_store_is_asked_for_nothing(guarded: World, tree: Path) -> None:
    guarded.way = "local"
    guarded.backup("--name", "first", tree)
    guarded.backup("--name", "second", "--priority", "7", tree)
    guarded.backup("--purge", "--keep-days", "0", tree)
    assert guarded.complete() == [3]
    guarded.close()
