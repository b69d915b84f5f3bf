"""regenerate --as: who it is, and that nothing is given or told beyond the permissions."""

import os
from pathlib import Path

import pytest

from tardis.cli import regenerate
from tests.cli.looking import Call, Opened, caller
from tests.history.memory_reader import MemoryStore, backup_set

USER = "nobody"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    made = MemoryStore()
    made.sets = [backup_set(1, name="First"), backup_set(2, name="Second")]
    for number in (1, 2):
        made.root(b"/data", 1, number=number)
    owner = {"uid": 61001, "gid": 61001}
    made.file(1, b"open", b"open\n", 0o644, **owner)
    made.file(1, b"secret", b"secret\n", 0o600, **owner)
    made.folder(1, b"closed", 2, 0o700, **owner)
    made.file(2, b"inside", b"inside\n", 0o644, **owner)
    made.file(1, b"once", b"once\n", 0o600, last_set=1, **owner)
    monkeypatch.setattr(regenerate, "open_client", lambda settings: Opened(made))
    return caller(regenerate, monkeypatch)


def test_a_file_that_is_readable_comes_and_others_do_not(call: Call) -> None:
    assert call("--as", USER, "/data/open").out == "open\n"
    for path, said in (
        ("secret", "may not read /data/secret"),
        ("closed/inside", "may not search"),
    ):
        done = call("--as", USER, f"/data/{path}")
        assert (done.status, done.out) == (16, "")
        assert f"{USER} {said}" in done.err
    assert call("/data/secret").out == "secret\n"


def test_a_number_names_a_user_too_and_nobody_else_is_known(call: Call) -> None:
    assert call("--as", "0", "/data/secret").out == "secret\n"
    for nobody in ("no-such-user", "4294967294", "9" * 30):
        done = call("--as", nobody, "/data/open")
        assert (done.status, done.out) == (2, "")
        assert "there is no user" in done.err


def test_no_hint_tells_where_a_file_was(call: Call) -> None:
    assert "hint: set First holds it" in call("/data/once").err
    done = call("--as", USER, "/data/once")
    assert (done.status, "hint" in done.err) == (14, False)
    assert call("--as", USER, "--last", "/data/once").status == 16


@pytest.mark.parametrize("words", [["--in-place", "--dry-run"], ["--checksum"]])
def test_what_knows_no_permissions_is_refused(call: Call, words: list[str]) -> None:
    done = call("--as", USER, *words, "/data/open")
    assert done.status == 2 and "--as" in done.err


def test_a_directory_nobody_may_read_is_refused_before_anything_is_made(
    call: Call, tmp_path: Path
) -> None:
    assert call("--as", USER, "-o", str(tmp_path / "out"), "/data/closed").status == 16
    assert os.listdir(tmp_path) == []
