"""One run per client at a time; a second is told who is busy, and nobody ever has to unlock."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.whole.trees import grow
from tests.whole.world import CLIENT, World, end, wait_until

BUSY = 11


def is_held(world: World) -> bool:
    """Tell whether somebody holds the writer's lock."""
    lock = world.base / CLIENT / "tardis.lock"
    if not lock.exists():
        return False
    done = subprocess.run(["flock", "--nonblock", lock, "true"], check=False, timeout=60)
    return done.returncode != 0


def hold(world: World, tree: Path) -> "subprocess.Popen[bytes]":
    """Start a run and stop it in its middle, so that it holds the store."""
    noise = tree / "much"
    if not noise.exists():
        noise.write_bytes(os.urandom(1 << 20) * 300)
    run = world.start_backup(tree)
    wait_until(lambda: is_held(world) or run.poll() is not None, "the run holds the store")
    os.killpg(run.pid, signal.SIGSTOP)
    assert is_held(world), "the run was over before it could be stopped"
    return run


@pytest.fixture
def tree(world: World) -> Path:
    made = grow(world.place / "tree", 50)
    world.backup(made)
    return made


@pytest.mark.guard(120)
def test_a_second_run_is_refused_at_once_with_who_and_since_when(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    second = grow(world.place / "second", 5)
    for words in ([tree], [second]):
        done = world.backup(*words, status=BUSY)
        assert re.search(r"\d\d:\d\d", done.err), f"not since when: {done.err}"
        assert re.search(r"process \d+|pid \d+", done.err), f"not who: {done.err}"
    assert is_held(world)
    os.killpg(holder.pid, signal.SIGCONT)
    assert world.finish(holder).status == 0
    world.backup(tree)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_restoring_and_listing_go_on_while_a_run_is_going_on(world: World, tree: Path) -> None:
    kept = world.keep(tree)
    holder = hold(world, tree)
    world.check(tree, kept, 1)
    assert len(world.sets()) >= 1
    os.killpg(holder.pid, signal.SIGCONT)
    assert world.finish(holder).status == 0


@pytest.mark.guard(120)
def test_after_the_holder_was_killed_the_next_run_just_works(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    end(holder)
    wait_until(lambda: not is_held(world), "the daemon notices that its client is gone")
    world.backup(tree)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_after_the_daemon_was_killed_the_next_run_just_works(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    world.stop_daemon(signal.SIGKILL)
    world.start_daemon()
    world.backup(tree)
    os.killpg(holder.pid, signal.SIGCONT)
    done = world.finish(holder)
    assert done.status not in (0, 70), str(done)
    world.check(tree, tree)


@pytest.mark.guard(180)
def test_force_takes_over_and_the_former_holder_is_told(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    world.backup("--force", tree)
    os.killpg(holder.pid, signal.SIGCONT)
    done = world.finish(holder)
    assert done.status not in (0, 70), str(done)
    assert "Traceback" not in done.err
    world.backup(tree)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_force_without_a_holder_is_a_usual_run(world: World, tree: Path) -> None:
    world.backup("--force", tree)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_a_local_run_and_the_daemon_are_never_two_writers(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    words = ["--local", "--database", world.base, "--client", CLIENT, tree]
    world.run("tardis", *words, status=BUSY)
    os.killpg(holder.pid, signal.SIGCONT)
    assert world.finish(holder).status == 0
    world.run("tardis", *words)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_another_client_is_not_held_up(world: World, tree: Path) -> None:
    holder = hold(world, tree)
    world.backup(tree / "dir0", client="other")
    os.killpg(holder.pid, signal.SIGCONT)
    assert world.finish(holder).status == 0
