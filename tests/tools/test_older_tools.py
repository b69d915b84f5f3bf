"""The tools of older releases, called as they were."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.cli.tardis import command as back_up
from tardis.store import opening
from tests.render.codes import read_pdf

ROOT = Path(__file__).parents[2]
ONE = "plinth-otter-vacuum-gable"
WRONG, PROBLEMS = 12, 3


class Box:
    """An encrypted store, and the tools beside it."""

    def __init__(self, place: Path) -> None:
        self.where = ["-D", str(place / "base"), "-C", "box"]
        self.password = place / "pw"
        self.password.write_text(ONE)

    def tool(self, name: str, *words: str, status: int = 0, given: str = "") -> str:
        """Run a tool of ours; return what it printed."""
        done = subprocess.run(
            [sys.executable, ROOT / "tools" / name, *self.where, *words],
            capture_output=True, text=True, check=False, timeout=60, input=given,
            env={**os.environ, "TARDIS_DEFAULTS": "/nonexistent"},
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Box(tmp_path)
    words = ["--password-file", str(made.password), "--kdf", "low"]
    assert run(command, ["create", *made.where, *words]) == 0
    return made


def test_the_login_is_made_anew(box: Box) -> None:
    keys = Path(box.where[1], "box", "tardis.db.keys")
    before = keys.read_bytes()
    box.tool("setSRP.py", "-p", "wrong", status=WRONG)
    assert keys.read_bytes() == before
    box.tool("setSRP.py", "--password-url", f"file:{box.password}")
    assert keys.read_bytes() != before
    assert run(command, ["list", *box.where, "--password", ONE]) == 0


def test_names_go_both_ways(box: Box) -> None:
    given = ("--password-file", str(box.password), "-q")
    sealed = box.tool("decryptName.py", *given, "--encrypt", "/home/me", "a b").splitlines()
    assert len(sealed) == 2 and "home" not in sealed[0]
    assert box.tool("decryptName.py", *given, "--", *sealed) == "/home/me\na b\n"
    assert box.tool("decryptName.py", *given, given="\n".join(sealed)) == "/home/me\na b\n"
    shown = box.tool("decryptName.py", *given[:2], "--", sealed[1])
    assert shown == f"{sealed[1]} => a b\n"
    told = json.loads(
        box.tool("decryptName.py", *given, "--json", "--", "-podd", sealed[1], status=PROBLEMS)
    )
    assert told["names"] == {"-podd": None, sealed[1]: "a b"}


def test_the_key_is_printed(box: Box, tmp_path: Path) -> None:
    page = tmp_path / "key.pdf"
    box.tool("mkKeyBackup.py", "-o", str(page))
    [key] = read_pdf(page.read_bytes())
    kept = tmp_path / "key"
    kept.write_text(key)
    words = ["list", *box.where, "--password", ONE, "--keys", str(kept)]
    assert run(command, words) == 0
    box.tool("mkKeyBackup.py", f"--output={tmp_path}/again.txt", "--keys", str(kept))
    assert (tmp_path / "again.txt").read_text().startswith("Recovery sheet of box")


def test_fingerprints_are_made_anew(box: Box, tmp_path: Path) -> None:
    base, tree = tmp_path / "clear", tmp_path / "tree"
    (tree / "d").mkdir(parents=True)
    (tree / "d" / "f").write_text("x")
    words = ["--local", "--database", str(base), "--client", "box", "--racy-window", "0", str(tree)]
    assert run(back_up, ["--create", *words]) == 0
    box.where[1] = str(base)
    told = json.loads(box.tool("setDirHashes.py", "--json"))
    assert told["client"] == "box" and told["directories"] == 2
    assert "2 directories" in box.tool("setDirHashes.py")
