"""Passwords by sonic: set, changed, listed, added, removed, and asked for by the tools."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.regenerate import command as regenerate
from tardis.cli.sonic import command
from tardis.store import opening

ONE, TWO = "plinth-otter-vacuum-gable", "xK9$wq!7Zr#2pL"
USAGE, STORE, WRONG = 2, 10, 12


class Box:
    """A client, and what sonic says of it."""

    def __init__(self, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.where = ["-D", str(base), "-C", "box"]
        self._capsys = capsys
        self.out = self.err = ""

    def sonic(self, verb: str, *words: str) -> int:
        status = run(command, [verb, *self.where, *words])
        self.out, self.err = self._capsys.readouterr()
        return status


@pytest.fixture
def box(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    monkeypatch.setenv("TARDIS_KDF", "low")
    made = Box(tmp_path / "base", capsys)
    assert made.sonic("create") == 0
    return made


def test_a_password_is_set_checked_changed_and_checked_again(box: Box) -> None:
    assert box.sonic("setpass", "--password", ONE) == 0
    assert box.out == "the password is set\n"
    assert box.sonic("list", "--password", ONE) == 0
    assert box.sonic("list", "--password", TWO) == WRONG
    assert "password is wrong" in box.err and TWO not in box.err
    assert box.sonic("setpass", "--password", TWO) == STORE
    assert box.sonic("chpass", "--password", TWO, "--newpassword", ONE) == WRONG
    assert box.sonic("chpass", "--password", ONE, "--newpassword", TWO) == 0
    assert box.sonic("list", "--password", TWO) == 0
    assert box.sonic("list", "--password", ONE) == WRONG


def test_no_password_is_needed_to_read_what_is_in_clear(box: Box) -> None:
    assert box.sonic("setpass", "--password", ONE) == 0
    assert box.sonic("list") == 0


def test_a_weak_password_is_not_set(box: Box) -> None:
    assert box.sonic("setpass", "--password", "tardis") == USAGE
    assert "too weak" in box.err
    assert box.sonic("keys", "--list") == 0
    assert box.out == ""


def test_passwords_have_labels(box: Box) -> None:
    assert box.sonic("setpass", "--password", ONE) == 0
    assert box.sonic("keys", "--add", "laptop", "--password", ONE, "--newpassword", TWO) == 0
    assert box.sonic("keys", "--list") == 0
    assert [line.split()[0] for line in box.out.splitlines()] == ["main", "laptop"]
    assert "64 MiB" in box.out
    assert box.sonic("list", "--password", TWO, "--slot", "laptop") == 0
    assert box.sonic("list", "--password", TWO) == WRONG
    assert box.sonic("list", "--password", TWO, "--slot", "none") == WRONG
    assert box.sonic("keys", "--remove", "main") == 0
    assert box.sonic("keys", "--remove", "laptop") == STORE
    assert "last keyslot" in box.err
    assert box.sonic("keys", "--add", "a b", "--slot", "laptop", "--password", TWO,
                     "--newpassword", ONE) == STORE  # fmt: skip


def test_keys_wants_to_know_what_to_do(box: Box) -> None:
    assert box.sonic("keys") == USAGE
    assert box.sonic("keys", "--list", "--remove", "main") == USAGE


def test_a_client_can_be_made_with_a_password(box: Box) -> None:
    box.where[-1] = "other"
    assert box.sonic("create", "--password", ONE, "--nocrypt") == 0
    assert box.sonic("list", "--password", ONE) == 0


def test_a_classic_client_is_encrypted_as_documented(box: Box) -> None:
    box.where[-1] = "other"
    assert box.sonic("create", "--password", ONE, "--scheme", "classic") == 0
    assert box.sonic("keys", "--list") == 0
    assert "PBKDF2" in box.out
    words = ["--password", ONE, "--newpassword", TWO]
    assert box.sonic("chpass", *words) == 0
    assert box.sonic("list", "--password", ONE) == WRONG
    assert box.sonic("list", "--password", TWO) == 0
    assert box.sonic("keys", "--add", "two", "--password", TWO, "--newpassword", ONE) == 0
    assert box.sonic("list", "--password", ONE, "--slot", "two") == 0


def test_a_client_that_is_not_there_is_said_so(box: Box) -> None:
    box.where[-1] = "nobody"
    for words in (["setpass"], ["chpass"], ["keys", "--list"]):
        assert box.sonic(*words, "--password", ONE) == STORE
        assert "there is no backup of nobody" in box.err


def test_a_password_where_there_is_none_is_wrong(box: Box) -> None:
    assert box.sonic("list", "--password", ONE) == WRONG
    assert box.sonic("chpass", "--password", ONE, "--newpassword", TWO) == STORE


def test_other_tools_check_it_too(box: Box, tmp_path: Path) -> None:
    assert box.sonic("setpass", "--password", ONE) == 0
    assert run(regenerate, [*box.where, "--password", TWO, str(tmp_path / "x")]) == WRONG


def test_what_is_stored_is_sealed_with_the_newest_key(box: Box, tmp_path: Path) -> None:
    assert box.sonic("setpass", "--password", ONE) == 0
    assert box.sonic("rotate-keys", "--reencrypt", "--password", ONE) == STORE
    assert "kept in clear" in box.err
    assert box.sonic("encrypt", "--all", "--noconfirm", "--password", ONE) == 0
    assert box.sonic("rotate-keys", "--noconfirm", "--password", ONE) == 0
    assert box.sonic("rotate-keys", "--reencrypt", "--dry-run", "--password", ONE) == USAGE
    assert box.sonic("rotate-keys", "--reencrypt", "--password", TWO) == WRONG
    assert box.sonic("rotate-keys", "--reencrypt", "--password", ONE) == 0
    assert box.out == "0 contents were sealed with the newest key, 0 B\n"
    assert box.sonic("rotate-keys", "--reencrypt", "--json", "--password", ONE) == 0
    told = json.loads(box.out)
    assert told == {
        "client": "box", "contents": 0, "size_bytes": 0, "signatures": 0, "damaged": 0,
    }  # fmt: skip
    assert box.sonic("keys", "--list", "--json") == 0
    assert json.loads(box.out)["rotations"] == 1
