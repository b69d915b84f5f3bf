"""The Debian package in a fresh system, and the settings for small machines: only at length."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole.world import ROOT

pytestmark = [pytest.mark.long, pytest.mark.guard(120)]


def told(*words: str | Path) -> str:
    done = subprocess.run(
        list(map(str, words)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.debootstrap
def test_a_stranger_installs_the_package_and_follows_the_quick_start(tmp_path: Path) -> None:
    said = told("tools/try-deb", "--work", tmp_path)
    assert said.endswith("tools/try-deb: all of it holds\n")
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_the_settings_for_small_machines_keep_every_process_small(tmp_path: Path) -> None:
    said = told(sys.executable, "benchmarks/lowmem.py", "--work", tmp_path, "--files", "80000")
    assert "MiB of 96: ok" in said
    assert list(tmp_path.iterdir()) == []
