"""Fingerprints made anew are those that the client had made, of whatever is settled."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.admin import create_client, fingerprint_directories
from tardis.model import AuthenticationError, StoreBusyError, StoreError
from tardis.store import opening
from tardis.store.lock import WriterLock
from tests.server.vault import CLIENT_NAME, Vault

MANY = 2600
"""Entries of the large directory: it is cut into ranges."""


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    tree = tmp_path / "tree"
    for folder in ("many", "empty", "few/deep"):
        (tree / folder).mkdir(parents=True)
    for number in range(MANY):
        (tree / "many" / f"entry {number}").symlink_to("somewhere")
    for name in ("b", "a", "\xe9"):
        (tree / "few" / name).write_text(name)
    (tree / "few" / "pipe").symlink_to("b")
    made = Vault(tmp_path / "base")
    made.run(tree)
    made.run(tree)
    return made


def rows(vault: Vault) -> list[Any]:
    with closing(catalog(vault)) as db:
        query = "SELECT * FROM fingerprints ORDER BY directory, range_start"
        return db.execute(query).fetchall()


def catalog(vault: Vault) -> sqlite3.Connection:
    return sqlite3.connect(vault.place.layout(CLIENT_NAME).database, isolation_level=None)


def test_what_is_made_anew_is_what_was_there(vault: Vault) -> None:
    before = rows(vault)
    assert len({row[0] for row in before}) == 5  # the large one has some more ranges
    with closing(catalog(vault)) as db:
        db.execute("UPDATE fingerprints SET fingerprint = x'00'")
    done = fingerprint_directories(vault.place, CLIENT_NAME, vault.ring())
    assert (done.directories, done.left) == (5, 0)
    assert rows(vault) == before


def test_what_is_not_settled_gets_none(vault: Vault) -> None:
    with closing(catalog(vault)) as db:
        (few,) = db.execute("SELECT directory FROM entries WHERE content LIMIT 1").fetchone()
        name = db.execute("SELECT name FROM entries WHERE directory = ?", (few,)).fetchone()[0]
        db.execute("DELETE FROM fingerprints")
        db.execute("INSERT INTO unsettled VALUES (?, ?, 'racy', 1)", (few, name))
    done = fingerprint_directories(vault.place, CLIENT_NAME, vault.ring())
    assert (done.directories, done.left) == (4, 1)
    assert few not in {row[0] for row in rows(vault)}


def test_damaged_contents_and_odd_captures_get_none(vault: Vault) -> None:
    with closing(catalog(vault)) as db:
        (few,) = db.execute("SELECT directory FROM entries WHERE content LIMIT 1").fetchone()
        db.execute("UPDATE contents SET is_damaged = 1")
        db.execute("DELETE FROM fingerprints")
    fingerprint_directories(vault.place, CLIENT_NAME, vault.ring())
    assert few not in {row[0] for row in rows(vault)}
    with closing(catalog(vault)) as db:
        db.execute("UPDATE contents SET is_damaged = 0")
        db.execute("UPDATE entries SET capture = capture + 1 WHERE content IS NULL")
    assert fingerprint_directories(vault.place, CLIENT_NAME, vault.ring()).left == 1


def test_an_encrypted_store_needs_its_keys(vault: Vault, tmp_path: Path) -> None:
    before = rows(vault)
    with pytest.raises(AuthenticationError):
        fingerprint_directories(vault.place, CLIENT_NAME, None)
    assert rows(vault) == before


@pytest.fixture
def busy(vault: Vault) -> Iterator[Vault]:
    lock = WriterLock(vault.place.layout(CLIENT_NAME).lock)
    lock.take("a run")
    yield vault
    lock.close()


def test_a_run_that_goes_on_is_not_disturbed(busy: Vault) -> None:
    with pytest.raises(StoreBusyError):
        fingerprint_directories(busy.place, CLIENT_NAME, busy.ring())


def test_an_empty_store_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    place = opening.Place(str(tmp_path / "base"))
    create_client(place, "empty")
    done = fingerprint_directories(place, "empty", None)
    assert (done.directories, done.left) == (0, 0)
    with pytest.raises(StoreError, match="no store"):
        fingerprint_directories(place, "nobody", None)
