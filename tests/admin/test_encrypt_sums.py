"""Sets from before an encryption get sums; one that was given up leaves nothing behind."""

import os
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tardis.admin import encrypt, recover, remove
from tardis.cli import set_sums
from tardis.cli.resigning import sign_sums
from tardis.history import Told
from tardis.store import EncryptingModern
from tests.admin.encrypting import ALL, KNOWN, everything, run
from tests.admin.test_encrypt_modern import (
    _little,
    cellar,
    ended_before,
    findings,
    half_way,
    no_faults,
    rows,
    vault,
)
from tests.server.vault import CLIENT_NAME, Vault

__all__ = ["_little", "cellar", "vault"]


def summed(one: Vault) -> None:
    """Encrypt a store, and sign the sums of its sets."""
    sign = partial(sign_sums, one.place, CLIENT_NAME)
    assert encrypt(one.place, CLIENT_NAME, KNOWN, ALL, lambda plan: True, sign)[1]


def untrue(one: Vault) -> list[str]:
    found: list[str] = []
    with one.reader() as reader:
        set_sums.tell_sums(reader, reader.sets(), found.append, is_thorough=True)
    return found


def totals(one: Vault) -> list[bool]:
    with one.reader() as reader:
        told = [Told.parse(total) for _, total in sorted(reader.totals().items())]
    return [bool(total and total.total) for total in told]


def test_what_was_there_is_added_up_and_signed(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summed(vault)
    assert totals(vault) == [True] * 3 and untrue(vault) == []
    assert not capsys.readouterr().err
    signed = rows(vault, "SELECT sequence, backup_set FROM heads ORDER BY sequence")
    assert signed == [(1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3)]
    assert sign_sums(vault.place, CLIENT_NAME, vault.ring()) == []
    assert findings(vault) == []
    for path in (vault.base / CLIENT_NAME).glob("tardis.db*gz"):
        path.unlink()
    (vault.base / CLIENT_NAME / "tardis.db").unlink()
    recover(vault.place, CLIENT_NAME, lambda plan: True)
    assert totals(vault) == [True] * 3 and untrue(vault) == []
    assert not vault.run(tmp_path / "tree-of-mine").problems
    with vault.reader() as reader:
        assert len(reader.heads()) == 7


def test_what_is_hidden_afterwards_shows(vault: Vault) -> None:
    summed(vault)
    [(name,)] = rows(vault, "SELECT name FROM entries WHERE target IS NOT NULL")
    assert isinstance(name, bytes)
    with closing(sqlite3.connect(vault.base / CLIENT_NAME / "tardis.db")) as db, db:
        db.execute("DELETE FROM entries WHERE name = ?", (name,))
    assert {fault.split()[1] for fault in untrue(vault)} == {"1", "2", "3"}


def test_one_that_was_ended_in_between_signs_when_it_goes_on(vault: Vault, tmp_path: Path) -> None:
    ended_before(vault, "_finish")
    assert vault.is_sealed and totals(vault) == [False] * 3
    summed(vault)
    assert totals(vault) == [True] * 3 and untrue(vault) == []


def test_without_sums_it_says_so(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(vault)
    assert untrue(vault) == []
    assert capsys.readouterr().err.count("has no sum") == 3
    no_faults(vault, tmp_path / "book")


def files(one: Vault) -> dict[str, int]:
    folder = one.base / CLIENT_NAME
    found = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in found if not path.name.startswith("tardis.db"))
    return {os.fspath(path): path.stat().st_size for path in kept}


def test_what_was_given_up_goes_with_the_orphans(vault: Vault) -> None:
    before, everything_before = files(vault), everything(vault)
    half_way(vault)
    dead = sum(files(vault).values()) - sum(before.values())
    assert dead > 1_000_000
    done = remove(vault.place, CLIENT_NAME, lambda sets: [], 0)
    assert done.freed_bytes >= dead
    left = files(vault)  # packs were tidied up, as they always are
    assert {one for one in left if "/packs/" not in one} == {
        one for one in before if "/packs/" not in one
    }
    assert sum(left.values()) < sum(before.values()) + 1000
    assert not list((vault.base / CLIENT_NAME).glob("tardis.db.[pt]*"))
    assert everything(vault) == everything_before and findings(vault) == []
    assert remove(vault.place, CLIENT_NAME, lambda sets: [], 0).freed_bytes < 10_000
    assert run(vault).contents == 12
    assert everything(vault) == everything_before


def test_a_purge_and_a_sealed_store_leave_what_is_under_way(vault: Vault) -> None:
    half_way(vault)
    twins = vault.base / CLIENT_NAME / "tardis.db.twins"
    twins.with_suffix(".proving").mkdir(exist_ok=True)
    assert twins.exists() and hasattr(EncryptingModern, "_finish")
    ended_before(vault, "_finish")
    assert vault.is_sealed and twins.exists()
    remove(vault.place, CLIENT_NAME, lambda sets: [], 0)
    assert twins.exists()
    run(vault)
    assert not twins.exists() and findings(vault) == []
