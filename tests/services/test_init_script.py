"""An init script, as init runs it: it starts, tells, reloads, stops, in any state of things."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.whole.trees import grow
from tests.whole.world import PATIENCE, ROOT, World, free_port, wait_until


@dataclass
class Script:
    """init/tardisd with places of its own."""

    world: World

    def __post_init__(self) -> None:
        place = self.world.place
        self.world.port = free_port()
        self.world.base.mkdir()
        self.pid_file = place / "pid"
        config = place / "cfg"
        config.write_text(
            f"[Tardis]\nBaseDir = {self.world.base}\nBind = 127.0.0.1\nPort = {self.world.port}\n"
            f"AllowNewHosts = True\nVerbose = 1\nLogFile = {self.world.log}\n"
        )
        self.defaults = place / "defaults"
        self.defaults.write_text(
            f"DAEMON={self.world.bin / 'tardisd'}\nDAEMON_USER=\nPIDFILE={self.pid_file}\n"
            f'DAEMON_OPTIONS="--config {config}"\n'
        )

    def __call__(self, verb: str, status: int = 0) -> str:
        """Run one verb; return what it said."""
        done = subprocess.run(
            [str(ROOT / "init" / "tardisd"), *verb.split()],
            env={**self.world.environment(), "DEFAULTS": str(self.defaults)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text())


@pytest.fixture
def script(bare: World) -> Iterator[Script]:
    made = Script(bare)
    yield made
    made("stop")


def test_a_daemon_through_its_whole_life(script: Script) -> None:
    assert script("status", 3) == "tardisd does not run\n"
    assert "does not run" in script("reload", 7)
    assert script("stop") == "tardisd does not run\n"
    assert script("try-restart") == ""
    assert script("start") == "tardisd started\n"
    first = script.pid
    tree = grow(script.world.place / "tree", 5)
    script.world.backup(tree)
    script.world.check(tree, tree)
    assert script("start") == f"tardisd runs already, as process {first}\n"
    assert script("status") == f"tardisd runs, as process {first}\n"
    script("reload")
    wait_until(lambda: "was read again" in script.world.log.read_text(), "it has reloaded")
    assert script.pid == first
    script("restart")
    assert script.pid != first
    script("stop")
    assert not script.pid_file.exists()


def test_what_a_dead_daemon_has_left_is_no_daemon(script: Script) -> None:
    script("start")
    pid = script.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "has left" in script("status", 1) if not alive(pid) else False, "it dies")
    script("start")
    assert script.pid != pid
    script("stop")
    script.pid_file.write_text(f"{os.getpid()}\n")  # a number that another program has by now
    script("status", 1)
    script.pid_file.write_text("rubbish\n")
    script("status", 1)
    script.pid_file.unlink()


def alive(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def test_what_cannot_start_says_so(script: Script) -> None:
    with script.defaults.open("a") as file:
        file.write('DAEMON_OPTIONS="--config /no/such/file"\n')
    assert "there is no file /no/such/file" in script("start", 1)
    assert "usage" in script("dance", 2)
