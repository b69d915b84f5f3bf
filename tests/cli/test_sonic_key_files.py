"""Key files by sonic: extracted, removed from the store after proof, inserted, and told as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import sonic_key_files
from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.store import opening
from tests.render.codes import read_text

ONE, TWO = "plinth-otter-vacuum-gable", "xK9$wq!7Zr#2pL"
USAGE, STORE, WRONG = 2, 10, 12


class Box:
    """An encrypted client, and what sonic says of it."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.where = ["-D", str(place / "base"), "-C", "box"]
        self.file = str(place / "box.keys")
        self._capsys = capsys
        self.out = self.err = ""

    def sonic(self, verb: str, *words: str) -> int:
        status = run(command, [verb, *self.where, *words])
        self.out, self.err = self._capsys.readouterr()
        return status

    def said(self, verb: str, *words: str) -> Any:
        assert self.sonic(verb, *words, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def box(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    monkeypatch.setenv("TARDIS_KDF", "low")
    made = Box(tmp_path, capsys)
    assert made.said("create", "--password", ONE) == {
        "client": "box", "scheme": "modern", "is_sealed": True, "has_password": True,
    }  # fmt: skip
    return made


def test_keys_go_to_a_file_and_come_back(box: Box) -> None:
    given = ("--password", ONE)
    told = box.said("keys", "--extract", box.file)
    assert told == {
        "client": "box", "file": box.file, "extracted": ["main"], "removed": False,
    }  # fmt: skip
    told = box.said("keys", "--extract", "--keys", box.file, "--delete", "--noconfirm", *given)
    assert told["removed"]
    [slot] = box.said("keys", "--list")["slots"]
    assert slot["label"] == "main" and not slot["is_in_store"]
    assert box.sonic("keys", "--list") == 0 and "in a key file" in box.out
    assert box.sonic("list", *given) == STORE and "kept in a key file" in box.err
    assert box.sonic("list", *given, "--keys", box.file) == 0
    assert box.sonic("keys", "--insert", box.file, *given) == 0
    assert "the store has the keys: main" in box.out
    told = box.said("keys", "--insert", box.file, "--delete", "--noconfirm", *given)
    assert told["inserted"] == ["main"] and told["left"] == [] and told["removed"]
    assert box.sonic("list", *given) == 0
    assert box.sonic("list", *given, "--keys", box.file) == WRONG
    assert "belongs to another backup" in box.err


def test_nothing_is_removed_without_a_yes(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("keys", "--extract", box.file, "--delete", "--password", ONE)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert box.sonic(*words) == USAGE
    assert "no terminal to ask" in box.err
    asked: list[str] = []

    def answers(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(sonic_key_files, "confirm", answers)
    assert box.sonic(*words) == 0
    assert "no longer" not in box.out and "Without that file nothing" in asked[0]
    assert box.sonic("list", "--password", ONE) == 0


def test_delete_alone_removes_nothing(box: Box) -> None:
    for words in (["--delete"], ["--delete", "--list"], ["--delete", "--remove", "main"]):
        assert box.sonic("keys", *words, "--keys", box.file) == USAGE
        assert "--delete goes with" in box.err


def test_a_file_must_be_named(box: Box) -> None:
    for verb in ("--extract", "--insert"):
        assert box.sonic("keys", verb, "--password", ONE) == USAGE
        assert "needs a key file" in box.err


def test_a_wrong_password_removes_nothing(box: Box) -> None:
    words = ("--extract", box.file, "--delete", "--noconfirm", "--password", TWO)
    assert box.sonic("keys", *words) == WRONG
    assert box.sonic("list", "--password", ONE) == 0


def test_every_password_verb_speaks_json(box: Box) -> None:
    box.where[-1] = "other"
    assert box.sonic("create") == 0 and box.out == ""
    assert box.said("setpass", "--password", ONE) == {"client": "other", "set": "main"}
    told = box.said("chpass", "--password", ONE, "--newpassword", TWO)
    assert told == {"client": "other", "changed": "main"}
    told = box.said("keys", "--add", "b", "--password", TWO, "--newpassword", ONE)
    assert told == {"client": "other", "added": "b"}
    assert [one["label"] for one in box.said("keys", "--list")["slots"]] == ["main", "b"]
    assert box.said("keys", "--remove", "b") == {"client": "other", "removed": "b"}


def test_a_password_is_set_and_changed_with_a_key_file(box: Box) -> None:
    box.where[-1] = "other"
    assert box.sonic("create", "--password", ONE, "--keys", box.file) == 0
    assert not box.said("keys", "--list")["slots"][0]["is_in_store"]
    words = ("chpass", "--password", ONE, "--newpassword", TWO)
    assert box.sonic(*words) == STORE
    assert box.sonic(*words, "--keys", box.file) == 0
    assert box.sonic("list", "--password", TWO, "--keys", box.file) == 0
    assert box.sonic("list", "--password", ONE, "--keys", box.file) == WRONG


def test_keys_are_rotated_after_a_look_at_what_ends(box: Box) -> None:
    assert box.sonic("keys", "--add", "b", "--password", ONE, "--newpassword", TWO) == 0
    assert box.sonic("rotate-keys", "--dry-run") == 0
    assert "these passwords end, and can be added again: b" in box.out
    assert len(box.said("keys", "--list")["slots"]) == 2
    told = box.said("rotate-keys", "--noconfirm", "--password", ONE)
    assert told == {"client": "box", "ends": ["b"], "rotated": True}
    told = box.said("keys", "--list")
    assert told["rotations"] == 1 and len(told["slots"]) == 1
    words = ("--password", ONE, "--newpassword", TWO, "--noconfirm")
    assert box.sonic("rotate-keys", *words) == 0 and "the keys are rotated" in box.out
    assert box.sonic("list", "--password", ONE) == WRONG
    assert box.sonic("list", "--password", TWO) == 0
    assert box.sonic("rotate-keys", "--password", ONE, "--noconfirm") == WRONG
    box.where[-1] = "clear"
    assert box.sonic("create") == 0
    assert box.sonic("rotate-keys", "--noconfirm") == STORE
    assert "kept in clear" in box.err


def test_a_sheet_is_written_once_and_its_code_opens_the_backup(box: Box, tmp_path: Path) -> None:
    path = tmp_path / "sheet.txt"
    told = box.said("keys", "--sheet", str(path), "--password", ONE)
    assert told == {"client": "box", "sheet": str(path), "label": "recovery"}
    assert path.stat().st_mode & 0o777 == 0o600
    code, key = read_text(path.read_text())
    typed = code.lower().replace("-", " ")
    assert box.sonic("list", "--password", typed, "--slot", "recovery") == 0
    other = "x" if typed[-1] != "x" else "y"
    assert box.sonic("list", "--password", typed[:-1] + other, "--slot", "recovery") == USAGE
    assert "mistyped" in box.err and typed[:-1] not in box.err
    assert box.sonic("keys", "--sheet", str(path), "--password", ONE) == USAGE
    assert "File exists" in box.err and box.sonic("list", "--password", code) == WRONG
    assert box.sonic("keys", "--sheet", str(path) + ".doc", "--password", ONE) == USAGE
    assert box.sonic("keys", "--remove", "recovery") == 0
    scanned = tmp_path / "sheet.keys"
    scanned.write_text(key)
    given = ("--slot", "recovery", "--password", code)
    assert box.sonic("list", *given, "--keys", str(scanned)) == WRONG
    assert box.sonic("keys", "--insert", str(scanned), *given) == 0
    assert box.sonic("list", *given, "--keys", str(scanned)) == 0
