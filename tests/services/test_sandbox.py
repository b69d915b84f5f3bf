"""What the unit forbids is nothing that the daemon does."""

import os
import re
import signal
import subprocess

import pytest

from tests.whole.trees import grow
from tests.whole.world import ROOT, World

AS_ROOT_ONLY = {"fchown"}
"""SQLite gives a journal to the owner of its database, where it is root."""


def members(name: str) -> set[str]:
    """Return the system calls of one of systemd's groups."""
    words = ["systemd-analyze", "syscall-filter", name]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    found: set[str] = set()
    for line in done.stdout.splitlines()[1:]:
        one = line.strip()
        if one.startswith("@"):
            found |= members(one)
        elif one and not one.startswith("#"):
            found.add(one)
    return found


def allowed() -> set[str]:
    """Return what tardisd.service allows."""
    found = members("@default")
    for line in re.findall(
        r"^SystemCallFilter=(.*)$", (ROOT / "init/tardisd.service").read_text(), re.M
    ):
        for group in line.removeprefix("~").split():
            found = found - members(group) if line.startswith("~") else found | members(group)
    return found


@pytest.mark.long
@pytest.mark.systemd
@pytest.mark.strace
def test_no_system_call_of_the_daemon_is_forbidden_by_its_unit(bare: World) -> None:
    trace = bare.place / "trace"
    options = ["--autopurge", "--vacuum-interval", "1", "--umask", "027"]
    bare.start_daemon(*options, before=["strace", "-f", "-o", str(trace)])
    tree = grow(bare.place / "tree", 30)
    (tree / "large").write_bytes(os.urandom(1 << 20))
    bare.backup(tree)
    with (tree / "large").open("r+b") as file:
        file.write(b"changed")
    bare.backup("--compress-data", "zstd", tree)
    assert bare.daemon is not None
    os.killpg(bare.daemon.pid, signal.SIGTERM)
    bare.daemon.wait(60)
    bare.daemon = None
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace.read_text(errors="replace"), re.M))
    assert {"openat", "accept4"} <= used
    assert used - allowed() - AS_ROOT_ONLY == set()
