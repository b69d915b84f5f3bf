"""What every user of the machine can see of a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tardis.cli.hiding import hide

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from tardis.cli.settings import load
load(sys.argv[2], sys.argv[3:], {})
sys.stdout.buffer.write(open("/proc/self/cmdline", "rb").read())
"""


def shown(*words: str) -> list[str]:
    """Return the arguments of a program as ``ps`` shows them once it has read its options."""
    command = [sys.executable, "-c", PROGRAM, str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stdout.decode().split("\0")[5:-1]


@pytest.mark.parametrize(
    "words",
    [
        ["--password", "sesame-äöü"],
        ["--password=sesame"],
        ["-P", "sesame"],
        ["-Psesame"],
        ["--password-prog", "echo sesame"],
        ["--password-file", "http://me:sesame@host/"],
    ],
)
def test_a_secret_is_gone_from_the_arguments(words: list[str]) -> None:
    found = shown("tardis", *words, "--name", "visible")
    assert "sesame" not in " ".join(found)
    assert found[-2:] == ["--name", "visible"]
    assert [len(one.encode()) for one in found] == [len(one.encode()) for one in words] + [6, 7]


def test_what_is_no_secret_stays() -> None:
    assert shown("tardis", "--password", "--name", "visible") == ["--password", "--name", "visible"]


def test_a_kernel_that_does_not_let_us_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tardis.cli.hiding._MEMORY", "/nonexistent")
    hide(["sesame"])
    monkeypatch.setattr("tardis.cli.hiding._STATUS", "/dev/null")
    hide(["sesame"])
    hide([])
