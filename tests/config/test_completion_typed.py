"""Completion as a person meets it: a shell at a terminal, some letters, Tab."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.facilities import need

PLACE = Path(__file__).parents[2] / "completions"
PATIENCE = 60

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"source {PLACE}/tardis.bash"),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"bindkey -e; fpath=({PLACE} $fpath); autoload -Uz compinit; compinit -u -D",
    ),
    "fish": (["fish", "--no-config", "-i"], f"source {PLACE}/tardis.fish"),
}
"""How each is started, and how it learns our completions."""

TAB, HOME = "\t", "\x01"


def read_until(terminal: int, pattern: str, told: str = "") -> re.Match[str]:
    """Return where *pattern* stands in what the terminal shows from now on."""
    limit = time.monotonic() + PATIENCE
    while not (found := re.search(pattern, told)):
        assert time.monotonic() < limit, told
        told += os.read(terminal, 4096).decode(errors="replace")
    return found


def typed(name: str, line: str, cwd: Path) -> list[str]:
    """Return the words of the line that *line* and Tab have become in the shell *name*."""
    if name != "bash":
        need(name)
    words, prepare = SHELLS[name]
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("4H", 50, 500, 0, 0))
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    shell = subprocess.Popen(
        ["setsid", "--ctty", *words],
        stdin=inside, stdout=inside, stderr=inside, cwd=cwd, env=environ,
    )  # fmt: skip
    os.close(inside)
    try:
        os.write(terminal, f"{prepare}; printf '%s%s\\n' REA DY\n".encode())
        read_until(terminal, "READY")
        # The line is not run: another command before it shows what it has become.
        os.write(terminal, f"{line}{TAB}{HOME}printf '<%s>' \n".encode())
        program = line.split(maxsplit=1)[0]
        # A shell may show the words one by one; the prompt that comes next ends them.
        shown = read_until(terminal, rf"<{program}>(<[^>]*>)+[^<]")[0]
        return re.findall("<([^>]*)>", shown)
    finally:
        shell.kill()
        shell.wait(PATIENCE)
        with suppress(OSError):
            os.close(terminal)


@pytest.mark.parametrize("name", SHELLS)
def test_tab_completes_options_commands_values_and_files(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    (tmp_path / "folder").mkdir()
    assert typed(name, "tardis --stale", tmp_path)[1].rstrip("=") == "--stale-after"
    assert typed(name, "sonic repl", tmp_path) == ["sonic", "replicate"]
    assert typed(name, "tardis --snapshot b", tmp_path) == ["tardis", "--snapshot", "btrfs"]
    assert typed(name, "tardis --password-file no", tmp_path) == [
        "tardis",
        "--password-file",
        "notes",
    ]


@pytest.mark.parametrize("name", SHELLS)
def test_tab_behind_what_nobody_knows_adds_nothing(name: str, tmp_path: Path) -> None:
    assert typed(name, "sonic xyz", tmp_path) == ["sonic", "xyz"]
