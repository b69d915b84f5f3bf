"""Who starts a daemon waits until it stands, and learns why it does not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tardis.model import ConfigError
from tests.whole.world import wait_until

HEAD = """
import os, sys, time
from pathlib import Path
from tardis.cli.background import start_in_background
from tardis.model import ConfigError
told = Path(sys.argv[1])
"""


def start(place: Path, body: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run *body*, which begins something in the background; return it and the file it wrote."""
    told = place / "told"
    done = subprocess.run(
        [sys.executable, "-c", HEAD + body, str(told)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if "once" in body:
        wait_until(lambda: told.exists() and told.read_text().endswith("."), "it has served")
    return done, told.read_text() if told.exists() else ""


def test_it_returns_once_it_stands_and_what_stands_owns_nothing_of_the_caller(
    tmp_path: Path,
) -> None:
    done, told = start(
        tmp_path,
        """
def serve(stands):  # once
    stands()
    print("nobody hears that")
    links = [os.readlink(f"/proc/self/fd/{one}") for one in range(3)]
    is_leader = os.getpid() in (os.getsid(0), os.getpgrp())
    told.write_text(f"{os.getcwd()} {set(links)} {is_leader} {os.getppid()}.")
sys.exit(start_in_background(serve))
""",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    cwd, links, is_leader, _ = told.split()
    assert (cwd, links, is_leader) == ("/", "{'/dev/null'}", "False")


def test_the_caller_does_not_return_before(tmp_path: Path) -> None:
    done, _ = start(
        tmp_path,
        """
def serve(stands):
    time.sleep(0.2)
    told.write_text("standing")
    stands()
start_in_background(serve)
print(told.read_text())
""",
    )
    assert done.stdout == "standing\n"


def test_what_does_not_stand_says_why_and_its_status_is_the_callers(tmp_path: Path) -> None:
    done, _ = start(
        tmp_path,
        """
def serve(stands):
    raise ConfigError("nothing will do", hint="Try another.")
sys.exit(start_in_background(serve))
""",
    )
    assert done.returncode == ConfigError.exit_status
    assert "error: nothing will do\n" in done.stderr and "hint: Try another." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("deed", "status", "words"),
    [("raise ValueError('odd')", 70, "ValueError: odd"), ("os.kill(os.getpid(), 9)", 70, "")],
)
def test_a_bug_or_a_kill_before_it_stands_is_no_success(
    tmp_path: Path, deed: str, status: int, words: str
) -> None:
    body = f"\ndef serve(stands):\n    {deed}\nsys.exit(start_in_background(serve))\n"
    done, _ = start(tmp_path, body)
    assert done.returncode == status
    assert words in done.stderr


def test_an_error_later_on_reaches_nobody_who_has_left(tmp_path: Path) -> None:
    done, told = start(
        tmp_path,
        """
def serve(stands):  # once
    stands()
    told.write_text("served.")
    raise ConfigError("too late")
sys.exit(start_in_background(serve))
""",
    )
    assert (done.returncode, done.stderr, told) == (0, "", "served.")
