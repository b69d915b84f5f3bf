"""What is forgotten on purpose leaves sets that hold; what did not hold before is not blessed."""

import os
from pathlib import Path

import pytest

from tardis.cli import unlocking
from tardis.cli.head_book import FileBook
from tardis.cli.head_faults import faults
from tardis.cli.main import run
from tardis.cli.resigning import Resigning
from tardis.cli.sonic import command as sonic
from tests.server.test_proven_rows import Desk, edit
from tests.server.test_sealed_deltas import rows
from tests.server.test_set_sums import told_of, untrue
from tests.server.vault import CLIENT_NAME, PASSWORD, quick


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(unlocking, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    made = Desk(tmp_path)
    assert not made.run()
    edit(made.tree)
    assert not made.run() and not made.run()
    return made


def forget(desk: Desk, *paths: str, status: int = 0) -> None:
    where = ["-D", str(desk.vault.base), "-C", CLIENT_NAME, "--password", PASSWORD.decode()]
    words = [os.fspath(desk.tree / path) for path in paths]
    assert run(sonic, ["forget", *where, "--noconfirm", *words]) == status


def signed(desk: Desk) -> list[tuple[int, int]]:
    return [tuple(one) for one in rows(desk.vault, "SELECT sequence, backup_set FROM heads")]


def head_faults(desk: Desk, tmp_path: Path) -> list[str]:
    with desk.vault.reader() as reader:
        return faults(reader, desk.vault.ring(), FileBook(str(tmp_path / "book")))


def test_what_shows_something_else_is_signed_anew(desk: Desk, tmp_path: Path) -> None:
    before = told_of(desk, 3)
    assert head_faults(desk, tmp_path) == []
    forget(desk, "sub")  # set 1 alone had it
    assert signed(desk) == [(1, 1), (2, 2), (3, 3), (4, 1)]
    assert untrue(desk) == [] and desk.faults() == []
    assert head_faults(desk, tmp_path) == []  # the chain goes on from what was seen
    assert told_of(desk, 3) == before
    assert rows(desk.vault, "SELECT total FROM heads WHERE sequence = 1") == [(b"",)]
    forget(desk, "a")
    assert len(signed(desk)) == 7 and untrue(desk) == []
    assert not desk.run() and untrue(desk) == [] and head_faults(desk, tmp_path) == []


def test_a_root_may_be_forgotten_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    other = desk.tree.parent / "other"
    other.mkdir()
    (other / "file").write_bytes(b"file")
    desk.vault.run(desk.tree, other)
    forget(desk, os.fspath(other))
    assert untrue(desk) == [] and head_faults(desk, tmp_path) == []


def test_what_did_not_hold_is_told_as_before(desk: Desk, tmp_path: Path) -> None:
    desk.change(f"DELETE FROM entries WHERE {desk.where('pipe')}")
    assert len(untrue(desk)) == 3
    forget(desk, "a")
    assert len(signed(desk)) == 3
    assert len(untrue(desk)) == 3


def cut_off(desk: Desk, path: str) -> None:
    """Let a call end once the rows are taken out, before anything is signed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Resigning, "rows", lambda one: 1 // 0)
        forget(desk, path, status=70)


def test_a_call_that_is_cut_off_is_signed_by_the_next(desk: Desk, tmp_path: Path) -> None:
    cut_off(desk, "a")
    assert {fault.split()[1] for fault in untrue(desk)} == {"1", "2", "3"}
    cut_off(desk, "sub")
    assert not desk.run()
    forget(desk)
    assert untrue(desk) == [] and desk.faults() == [] and head_faults(desk, tmp_path) == []
    assert rows(desk.vault, "SELECT 1 FROM settings WHERE key = 'resigning'") == []


def test_what_was_noted_counts_once_and_for_what_held_alone(desk: Desk) -> None:
    desk.change("DELETE FROM entries WHERE first_set = 2 AND content IS NOT NULL")
    spoilt = {fault.split()[1] for fault in untrue(desk)}
    assert spoilt == {"2", "3"}
    cut_off(desk, "a")
    [(note,)] = rows(desk.vault, "SELECT value FROM settings WHERE key = 'resigning'")
    forget(desk)
    assert {fault.split()[1] for fault in untrue(desk)} == spoilt
    desk.change(f"DELETE FROM entries WHERE {desk.where('pipe')}")
    assert isinstance(note, bytes)
    desk.change(f"INSERT INTO settings VALUES ('resigning', x'{note.hex()}')")
    forget(desk, "big")
    assert {fault.split()[1] for fault in untrue(desk)} == {"1", "2", "3"}
