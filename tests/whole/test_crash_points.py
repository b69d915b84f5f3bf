"""The daemon dies, or the disk lets it down, at a chosen system call: the next run just works.

strace counts the calls of one kind and thread and strikes at the n-th, so that every durable
step is reached in turn; random instants are in `test_crash`.
"""

import os
import random
import re
import signal
from pathlib import Path

import pytest

from tests.facilities import LONG
from tests.whole.trees import churn, grow
from tests.whole.world import World, wait_until

CALLS = (
    "syncfs", "fsync", "fdatasync", "writev", "write", "pwrite64", "ftruncate", "rename", "mkdir",
    "unlink", "flock", "fallocate",
)  # fmt: skip
POINTS = tuple(range(1, 41)) if LONG else (2,)
CLASSIC = {call: POINTS for call in CALLS} if LONG else {
    "rename": (2,), "write": (40,),
}  # fmt: skip
"""Where a daemon that writes a classic store is struck: at a few points, unless all are wanted."""

STRUCK = [("modern", call, POINTS) for call in CALLS] + [
    ("classic", call, points) for call, points in CLASSIC.items()
]
FAILING = ("syncfs", "fdatasync", "fsync", "writev", "pwrite64", "ftruncate", "rename", "mkdir")
ERRORS = ("EIO", "ENOSPC")
FAILURES = [
    (call, error)
    for at, call in enumerate(FAILING)
    for error in (ERRORS if LONG else ERRORS[at % 2 : at % 2 + 1])
]
"""What fails and how: with either error in turn, unless all are wanted."""


def strike(what: str) -> list[str]:
    """Return the words that let strace strike the program behind them."""
    call = what.partition(":")[0]
    quiet = ["-f", "-D", "-qqq", "-I", "1", "-o", "/dev/null"]
    return ["strace", *quiet, "-e", f"trace={call}", "-e", f"inject={what}"]


def die_in_a_run(world: World, tree: Path, client: str, what: str) -> bool:
    """Back up while the daemon is struck; tell whether it died, and start another."""
    world.start_daemon(before=strike(what))
    daemon = world.daemon
    assert daemon is not None
    done = world.backup(tree, client=client, status=None)
    assert "Traceback" not in done.err, str(done)
    died = daemon.poll() is not None
    if not died and done.status != 0:
        wait_until(lambda: daemon.poll() is not None, "a daemon that fails a run has died")
        died = True
    if died:
        world.daemon = None
    else:
        world.stop_daemon()
    world.start_daemon()
    return died


@pytest.mark.strace
@pytest.mark.guard(300)
@pytest.mark.parametrize(("scheme", "call", "points"), STRUCK, ids=lambda part: str(part)[:9])
def test_a_daemon_killed_in_any_durable_step_harms_nothing(
    bare: World, scheme: str, call: str, points: tuple[int, ...]
) -> None:
    rng = random.Random(call)
    bare.creating = ("--scheme", scheme)
    for point in points:
        what = f"{call}:signal=SIGKILL:when={point}"
        client = f"client{point}"
        tree = grow(bare.place / client, 60, point)
        large = rng.randbytes(300_000)
        (tree / "large").write_bytes(large)
        is_reached = die_in_a_run(bare, tree, client, what)
        bare.backup(tree, client=client)
        first = bare.complete(client)[-1]
        kept = bare.keep(tree)
        bare.check(tree, kept, first, client=client)
        bare.stop_daemon()
        churn(tree, point)
        (tree / "large").write_bytes(large + rng.randbytes(3000))  # a delta
        is_reached = die_in_a_run(bare, tree, client, what) or is_reached
        bare.check(tree, kept, first, client=client)
        bare.backup(tree, client=client)
        bare.check(tree, kept, first, client=client)
        bare.check(tree, tree, client=client)
        assert bare.rows("PRAGMA integrity_check", client=client) == [("ok",)]
        bare.stop_daemon()
        if not is_reached:
            return


def lift(world: World) -> None:
    """Let strace go away, and the daemon go on undisturbed."""
    assert world.daemon is not None
    status = Path(f"/proc/{world.daemon.pid}/status")

    def tracer() -> int:
        found = re.search(r"TracerPid:\s+(\d+)", status.read_text())
        return int(found[1]) if found else 0

    os.kill(tracer(), signal.SIGINT)
    wait_until(lambda: tracer() == 0, "the tracer is gone", 20)


@pytest.mark.strace
@pytest.mark.guard(300)
@pytest.mark.parametrize(("call", "error"), FAILURES)
def test_a_call_that_fails_once_fails_the_run_and_nothing_else(
    bare: World, call: str, error: str
) -> None:
    """A flush that failed once is never tried again and believed: the next run writes anew."""
    rng = random.Random(call)
    bare.base.mkdir()
    for point in POINTS:
        client = f"client{point}"
        tree = grow(bare.place / client, 60, point)
        bare.start_daemon()
        bare.backup(tree, client=client)
        bare.stop_daemon()
        kept = bare.keep(tree)
        churn(tree, point)
        (tree / "large").write_bytes(rng.randbytes(300_000))
        bare.start_daemon(before=strike(f"{call}:error={error}:when={point}"))
        done = bare.backup(tree, client=client, status=None)
        assert done.status in ((0, 10, 18) if error == "ENOSPC" else (0, 10)), str(done)
        assert "Traceback" not in done.err, str(done)
        # Flushing the journal once it is cut off is the last step of a commit: if that alone
        # fails, the set is there, and only a power cut could still take it back.
        if done.status == 0 or bare.complete(client) != [1]:
            bare.check(tree, tree, client=client)
        bare.check(tree, kept, 1, client=client)
        lift(bare)
        bare.backup(tree, client=client)  # by the same daemon
        bare.check(tree, tree, client=client)
        bare.check(tree, kept, 1, client=client)
        bare.stop_daemon()
