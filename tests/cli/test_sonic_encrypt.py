"""sonic encrypt: the plan is shown, the person is asked, and what was done is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tardis.model import CLASSIC
from tests.cli.test_sonic_keys import ONE, STORE, USAGE, WRONG, Box
from tests.store.workshop import Workshop

PROBLEMS = 3
TOOL = Path(__file__).parents[2] / "tools" / "encryptDB.py"
GO = ("--noconfirm", "--password", ONE)


@pytest.fixture
def box(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Box:
    """A classic store in clear with one set and a password."""
    monkeypatch.setenv("TARDIS_KDF", "low")
    shop = Workshop(tmp_path / "base", scheme=CLASSIC).create()
    shop.run({b"a": b"one", b"b": b"two"})
    made = Box(tmp_path / "base", capsys)
    assert made.sonic("setpass", "--password", ONE) == 0
    return made


def test_it_is_shown_and_done_and_then_there_is_nothing_to_do(box: Box) -> None:
    assert box.sonic("encrypt", "--all", "--dry-run", "--password", ONE) == 0
    assert box.out == "names are in clear\n2 contents are in clear, 6 B\n"
    assert box.sonic("encrypt", "--all", *GO) == 0
    assert "2 contents were sealed" in box.out and "nothing is read without" in box.out
    assert box.sonic("encrypt", "--all", *GO) == 0
    assert box.out == "names are sealed\nall contents are sealed\n0 contents were sealed\n"
    assert box.sonic("keys", "--list") == 0
    assert "PBKDF2" in box.out
    assert box.sonic("check", "--read-data") == 0
    assert box.sonic("files", "--password", ONE) == 0


def test_a_modern_store_is_encrypted_as_a_whole(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TARDIS_KDF", "low")
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"a": b"one", b"b": b"two"})
    made = Box(tmp_path / "base", capsys)
    assert made.sonic("encrypt", "--all", *GO) == STORE
    assert "no password" in made.err and "setpass" in made.err
    known = ["--password", ONE, "--keys", str(tmp_path / "keys")]
    assert made.sonic("setpass", *known) == 0
    assert made.sonic("encrypt", "--all", "--dry-run", *known) == 0
    assert "2 contents are in clear, 6 B\n" in made.out and "of room are needed" in made.out
    assert made.sonic("encrypt", "--names", "--noconfirm", *known) == STORE
    assert "as a whole" in made.err and "--all" in made.err
    assert made.sonic("list") == 0
    assert made.sonic("encrypt", "--all", "--noconfirm", *known) == 0
    assert "2 contents were sealed" in made.out and "nothing is read without" in made.out
    assert made.sonic("encrypt", "--all", "--noconfirm", *known) == 0
    assert made.out == "names are sealed\nall contents are sealed\n0 contents were sealed\n"
    assert made.sonic("check", "--read-data", *known) == 0
    assert made.sonic("files", *known) == 0


def test_programs_read_what_was_done(box: Box) -> None:
    assert box.sonic("encrypt", "--names", "--json", *GO) == 0
    told = json.loads(box.out)
    plan = {"names": True, "contents": 2, "size_bytes": 6, "damaged": 0}
    assert told["plan"] == {**plan, "room_bytes": 0, "is_unfinished": False}
    assert told["done"]["names"] and told["done"]["left"] == 2
    assert box.sonic("encrypt", "--files", *GO) == 0
    assert "2 contents were sealed" in box.out


def test_nothing_is_done_that_nobody_has_agreed_to(box: Box) -> None:
    assert box.sonic("encrypt", "--password", ONE) == USAGE
    assert "--all" in box.err
    assert box.sonic("encrypt", "--all", "--password", ONE) == USAGE
    assert "--noconfirm" in box.err
    assert box.sonic("encrypt", "--all", "--noconfirm", "--password", ONE + "x") == WRONG
    assert box.sonic("encrypt", "--files", *GO) == STORE
    assert "names come first" in box.err


def test_what_is_damaged_is_told_by_the_status(box: Box, tmp_path: Path) -> None:
    box.sonic("encrypt", "--names", *GO)
    shop = Workshop(tmp_path / "base", scheme=CLASSIC)
    shop.execute("UPDATE contents SET is_damaged = 1 WHERE size = 3 AND id = 1")
    assert box.sonic("encrypt", "--all", *GO) == PROBLEMS
    assert "1 of them are damaged" in box.out and "1 contents are still in clear" in box.out


def test_the_tool_has_the_older_name(box: Box) -> None:
    words = [sys.executable, str(TOOL), *box.where, "--all", *GO]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 contents were sealed" in done.stdout
    done = subprocess.run(
        [*words, "--nonsense"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == USAGE and "nonsense" in done.stderr
