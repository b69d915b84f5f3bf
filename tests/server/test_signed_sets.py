"""Sets of encrypted backups are signed and chained; what was changed behind our back is told."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.cli import unlocking
from tardis.cli.head_book import FileBook
from tardis.cli.head_faults import faults, warn_of_faults
from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.model import RemoteProtocolError, Report
from tardis.protocol.messages import CloseSet
from tardis.store import Rebuild
from tests.server.test_sealed_deltas import purge, rows
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick


class Desk:
    """A vault, a tree, and what this machine remembers."""

    def __init__(self, place: Path) -> None:
        self.vault = Vault(place / "base")
        self.tree = place / "tree"
        self.tree.mkdir()
        (self.tree / "a").write_bytes(b"alpha")
        self.book = FileBook(str(place / "state"))
        self.catalog = self.vault.base / CLIENT_NAME / "tardis.db"

    def run(self, book: FileBook | None = None) -> Report:
        return self.vault.run(self.tree, book=book or self.book)

    def faults(self, book: FileBook | None = None) -> list[str]:
        with self.vault.reader() as reader:
            return faults(reader, self.vault.ring(), book or self.book)

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.catalog)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.run()
    made.run()
    return made


def told(report: Report) -> list[str]:
    return [problem.reason for problem in report.problems]


def test_every_set_is_signed_and_follows_the_one_before(desk: Desk) -> None:
    desk.run()
    found = rows(desk.vault, "SELECT sequence, backup_set FROM heads")
    assert found == [(1, 1), (2, 2), (3, 3)]
    links = rows(desk.vault, "SELECT previous, mac FROM heads ORDER BY sequence")
    assert [one[1] for one in links[:-1]] == [one[0] for one in links[1:]]
    assert desk.faults() == []
    repository = desk.vault.ring().repository
    known = desk.book.recall(repository)
    assert known is not None and known.sequence == 3


def test_an_older_state_is_told_to_clients_and_tools(desk: Desk, tmp_path: Path) -> None:
    shutil.copy(desk.catalog, tmp_path / "older")
    desk.run()
    shutil.copy(tmp_path / "older", desk.catalog)
    (desk.vault.base / CLIENT_NAME / "tardis.journal").unlink()  # it would tell, too
    [fault] = desk.faults()
    assert "older state" in fault and "set 3" in fault
    [fault] = told(desk.run())
    assert "older state" in fault and "set 3" in fault


def test_another_history_is_told(desk: Desk, tmp_path: Path) -> None:
    """The store was put back, and somebody else went on with it."""
    shutil.copy(desk.catalog, tmp_path / "older")
    desk.run()
    shutil.copy(tmp_path / "older", desk.catalog)
    (desk.vault.base / CLIENT_NAME / "tardis.journal").unlink()
    other = FileBook(str(tmp_path / "elsewhere"))
    (desk.tree / "b").write_bytes(b"beta")
    desk.run(other)
    desk.run(other)
    [fault] = desk.faults()
    assert "another history" in fault
    assert any("another history" in fault for fault in told(desk.run()))


def test_who_has_not_seen_it_believes_it_once_and_says_so(desk: Desk, tmp_path: Path) -> None:
    other = FileBook(str(tmp_path / "elsewhere"))
    report = desk.run(other)
    assert not report.problems and "has not seen this backup before" in report.remarks[0]
    assert not desk.run(other).remarks


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE backup_sets SET session = 'other' WHERE number = 1", "set 1 .* not what was"),
        ("UPDATE backup_sets SET entries = 9 WHERE number = 2", "set 2 .* not what was"),
        ("UPDATE roots SET path = (SELECT name FROM entries) WHERE backup_set = 1", "set 1 .* not"),
        ("UPDATE heads SET facts = mac WHERE sequence = 1", "signed of set 1 was changed"),
        ("DELETE FROM heads WHERE sequence = 1", "set 1 .* was not signed"),
        ("DELETE FROM heads WHERE sequence = 2", "older state"),
        ("UPDATE backup_sets SET number = 7 WHERE number = 2", "set 7 .* was not signed"),
    ],
)
def test_what_was_changed_in_the_catalog_is_told(desk: Desk, statement: str, fault: str) -> None:
    desk.change("PRAGMA foreign_keys = OFF", statement)
    found = desk.faults()
    assert any(re.search(fault, one) for one in found), found


def test_the_administrators_part_of_a_set_is_not_signed(desk: Desk) -> None:
    desk.change("UPDATE backup_sets SET name = 'mine' || number, priority = 3, is_locked = 1")
    assert desk.faults() == []


def test_sets_may_be_removed_and_the_chain_stays(desk: Desk) -> None:
    purge(desk.vault, 1)
    assert desk.faults() == []
    assert not desk.run().problems
    assert [one[0] for one in rows(desk.vault, "SELECT sequence FROM heads")] == [1, 2, 3]


@pytest.mark.parametrize("is_purged", [False, True])
def test_a_catalog_that_is_rebuilt_has_them_again(desk: Desk, is_purged: bool) -> None:
    if is_purged:
        purge(desk.vault, 1)
    for path in [desk.catalog, *desk.catalog.parent.glob("*.gz")]:
        path.unlink()
    with closing(Rebuild(desk.vault.place, CLIENT_NAME)) as work:
        work.put(work.build())
    assert desk.faults() == []
    assert not desk.run().problems


def test_a_backup_in_clear_signs_nothing(tmp_path: Path, desk: Desk) -> None:
    assert CloseSet(1, 1, 1, 0).heads == ()
    assert rows(desk.vault, "SELECT count(*) FROM heads") == [(2,)]


Forge = Callable[[CloseSet], CloseSet]


@pytest.mark.parametrize(
    "forge",
    [
        lambda one: replace(one, heads=(*one.heads, *one.heads)),
        lambda one: replace(one, heads=((9, *one.heads[0][1:]),)),
        lambda one: replace(one, heads=((one.heads[0][0], 77, *one.heads[0][2:]),)),
        lambda one: replace(one, heads=((*one.heads[0][:4], b"short"),)),
    ],
)
def test_a_client_signs_its_own_set_in_its_turn(
    desk: Desk, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(*given: object) -> CloseSet:
        return forge(CloseSet(*given))  # type: ignore[arg-type]

    monkeypatch.setattr("tardis.client.job.CloseSet", close)
    with pytest.raises(RemoteProtocolError):
        desk.run()
    assert rows(desk.vault, "SELECT count(*) FROM heads") == [(2,)]


def test_a_book_that_is_damaged_counts_as_empty(desk: Desk) -> None:
    repository = desk.vault.ring().repository
    path = Path(desk.book._path(repository))
    for text in ("", "{}", "[1]", '{"sequence": "x"}'):
        path.write_text(text)
        assert desk.book.recall(repository) is None
    assert not desk.run().problems


def looked_at(desk: Desk, *words: str) -> int:
    where = ["-D", str(desk.vault.base), "-C", CLIENT_NAME, "--password", PASSWORD.decode()]
    return run(command, [words[0], *where, *words[1:]])


def test_check_and_the_tools_say_what_does_not_hold(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(unlocking, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(desk.tree.parent / "home"))
    forget = warn_of_faults.cache_clear
    assert looked_at(desk, "check") == 0
    assert not capsys.readouterr().err
    desk.change("UPDATE backup_sets SET entries = 9 WHERE number = 2")
    forget()
    assert looked_at(desk, "check") == 3
    assert "warning: box: what is kept of set 2" in capsys.readouterr().err
    forget()
    assert looked_at(desk, "files") == 0
    assert capsys.readouterr().err.count("what is kept of set 2") == 1
    desk.change("DELETE FROM heads WHERE sequence = 2")
    forget()
    assert looked_at(desk, "check") == 3
    assert "older state of the backup: set 2" in capsys.readouterr().err
    (desk.catalog.parent / "tardis.journal").unlink()
    forget()
    assert looked_at(desk, "check") == 30
    assert "older state of the backup: set 2" in capsys.readouterr().err
