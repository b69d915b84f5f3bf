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


def test_a_call_that_is_cut_off_leaves_sets_that_do_not_hold(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Resigning, "rows", lambda one: 1 // 0)
        forget(desk, "a", status=70)
    assert {fault.split()[1] for fault in untrue(desk)} == {"1", "2", "3"}
    forget(desk)
    assert untrue(desk) and desk.faults() == []
