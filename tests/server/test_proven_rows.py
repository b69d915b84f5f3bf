"""Rows of encrypted backups prove themselves: honest histories are silent, edits are told."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import forget
from tardis.cli import regenerate, unlocking
from tardis.cli.entry_faults import faults_of
from tardis.cli.lstardis import command as lstardis
from tardis.cli.main import run
from tardis.crypto import Seals
from tardis.model import TardisError
from tardis.store import Rebuild
from tests.server.test_sealed_deltas import purge, rows
from tests.server.vault import CLIENT_NAME, PASSWORD, Vault, quick

BIG = os.urandom(300_000)


class Desk:
    """A vault, a tree, and what a reader of all sets has to say."""

    def __init__(self, place: Path) -> None:
        self.vault = Vault(place / "base")
        self.tree = place / "tree"
        (self.tree / "sub").mkdir(parents=True)
        for name in ("a", "b", "sub/c"):
            (self.tree / name).write_bytes(name.encode() * 50)
        (self.tree / "big").write_bytes(BIG)
        (self.tree / "link").symlink_to("a")
        os.mkfifo(self.tree / "pipe")
        self.catalog = self.vault.base / CLIENT_NAME / "tardis.db"

    def run(self, **how: object) -> list[str]:
        report = self.vault.run(self.tree, **how)
        return [problem.reason for problem in report.problems]

    def faults(self) -> list[str]:
        """Read every row and content of every set."""
        found: list[str] = []
        with self.vault.reader() as reader:
            reader.tell_faults(found.append)
            for one in reader.sets():
                for root in reader.roots(one.number):
                    waiting = [root.directory]
                    while waiting:
                        entries = list(reader.children(waiting.pop(), one.number))
                        waiting += [entry.child for entry in entries if entry.child is not None]
                        ids = [entry.content for entry in entries if entry.content is not None]
                        for content in reader.contents(ids).values():
                            reader.prove(content)
        return found

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.catalog)) as db:
            db.execute("PRAGMA foreign_keys = OFF")
            for statement in statements:
                assert db.execute(statement).rowcount
            db.commit()

    def where(self, name: str) -> str:
        """Return what tells the rows of a name in a statement."""
        return f"name = x'{Seals(self.vault.ring()).names.seal(name.encode()).hex()}'"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    assert not made.run()
    return made


def test_every_row_has_a_code_that_holds(desk: Desk) -> None:
    assert rows(desk.vault, "SELECT count(*) FROM entries WHERE mac IS NULL") == [(0,)]
    sizes = rows(desk.vault, "SELECT DISTINCT content IS NULL, length(mac) FROM entries")
    assert sorted(sizes) == [(0, 24), (1, 16)]
    assert desk.faults() == []


def edit(tree: Path) -> None:
    (tree / "a").write_bytes(b"other")
    (tree / "a").chmod(0o600)
    shutil.move(tree / "sub", tree / "moved")
    (tree / "moved" / "c").rename(tree / "c")
    (tree / "link").unlink()
    (tree / "link").symlink_to("b")
    with (tree / "big").open("r+b") as file:
        file.seek(1000)
        file.write(b"changed")


def more_names(tree: Path) -> None:
    (tree / "twice").write_bytes(os.urandom(200_000))
    os.link(tree / "twice", tree / "sub" / "again")
    os.link(tree / "a", tree / "sub" / "a")
    (tree / "copy").write_bytes(BIG)


def gone_and_back(tree: Path) -> None:
    os.rename(tree / "b", tree.parent / "b")
    (tree / "sub").chmod(0o700)


@pytest.mark.parametrize("change", [edit, more_names, gone_and_back])
def test_honest_histories_are_silent(desk: Desk, change: Callable[[Path], None]) -> None:
    change(desk.tree)
    assert not desk.run()
    if (desk.tree.parent / "b").exists():
        os.rename(desk.tree.parent / "b", desk.tree / "b")
    assert not desk.run() and not desk.run(is_full=True)
    assert desk.faults() == []
    purge(desk.vault, 2)
    assert desk.faults() == []


def test_a_row_that_is_made_anew_over_its_content_takes_no_reading(desk: Desk) -> None:
    assert not desk.run(takes_xattrs=False, takes_acls=False)
    before = rows(desk.vault, "SELECT count(*) FROM entries WHERE first_set = 2")
    report = desk.vault.run(desk.tree)
    assert before == [(7,)] and report.files_known == report.files_new == 0
    assert desk.faults() == []
    desk.change(f"UPDATE entries SET mode = 33261 WHERE {desk.where('a')} AND first_set = 3")
    report = desk.vault.run(desk.tree, takes_xattrs=False, takes_acls=False)
    assert report.files_known == 1  # nobody believes that row, so the file was read


def test_attributes_are_proved_too(desk: Desk) -> None:
    for name in ("a", "sub"):
        os.setxattr(desk.tree / name, "user.of-mine", b"x")
    assert not desk.run()
    assert desk.faults() == []
    desk.change(f"UPDATE entries SET xattrs = NULL WHERE {desk.where('a')}")
    assert all("a, since set" in fault for fault in desk.faults())


def test_a_run_that_was_cut_off_and_gone_on_with_is_silent(desk: Desk) -> None:
    edit(desk.tree)
    (desk.tree / "large").write_bytes(os.urandom(3 << 20))

    left = 2 << 20

    def cut(data: bytes) -> bytes:
        nonlocal left
        left -= len(data)
        return data if left > 0 else b""  # the line is lost within the large file

    with pytest.raises(TardisError):
        desk.run(change=cut)
    assert rows(desk.vault, "SELECT is_complete FROM backup_sets WHERE number = 2") == [(0,)]
    assert not desk.run()
    assert desk.faults() == []


def test_a_catalog_that_is_rebuilt_proves_itself(desk: Desk) -> None:
    edit(desk.tree)
    desk.run()
    purge(desk.vault, 1)
    edit_again = desk.tree / "a"
    edit_again.write_bytes(b"again")
    desk.run()
    for path in [desk.catalog, *desk.catalog.parent.glob("*.gz")]:
        path.unlink()
    with closing(Rebuild(desk.vault.place, CLIENT_NAME)) as work:
        work.put(work.build())
    assert desk.faults() == []


def test_what_begins_later_after_a_path_was_forgotten_is_proved_anew(
    desk: Desk, tmp_path: Path
) -> None:
    """A directory was elsewhere first: only what it held then is forgotten."""
    os.rename(desk.tree / "sub", desk.tree / "moved")
    desk.run()
    ring = desk.vault.ring()
    path = Seals(ring).names.seal_path(os.fsencode(desk.tree / "sub"))
    done = forget(desk.vault.place, CLIENT_NAME, [path], lambda plan: True, ring)
    assert done is not None and done.rows
    assert rows(desk.vault, f"SELECT first_set FROM entries WHERE {desk.where('c')}") == [(2,)]
    assert desk.faults() == []


SWAP = """UPDATE entries SET content = (SELECT max(content) + min(content) FROM entries
    WHERE content IS NOT NULL AND size IN (50)) - content WHERE size = 50"""


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE entries SET mode = mode | 2048 WHERE {a}", "a, since set 1, is not as it was"),
        ("UPDATE entries SET uid = uid + 1 WHERE {a}", "a, since set 1"),
        ("UPDATE entries SET mtime = mtime - 1 WHERE {a}", "a, since set 1"),
        ("UPDATE entries SET first_set = 0 WHERE {a}", "a, since set 0"),
        ("UPDATE entries SET mac = NULL WHERE {a}", "a, since set 1"),
        ("UPDATE entries SET mac = substr(mac, 1, 16), content = NULL WHERE {a}", "a, since"),
        ("UPDATE entries SET rdev = 5 WHERE {pipe}", "pipe, since set 1"),
        ("UPDATE entries SET target = NULL WHERE {link}", "link, since set 1"),
        (SWAP, "is not that of the file which names it"),
    ],
)
def test_what_was_changed_is_told(desk: Desk, statement: str, fault: str) -> None:
    names = {name: desk.where(name) for name in ("a", "pipe", "link")}
    desk.change(statement.format(**names))
    found = desk.faults()
    assert found and all(fault in one for one in found), found


def looked_at(desk: Desk, program: Callable[..., int], *words: str) -> int:
    where = ["-D", str(desk.vault.base), "-C", CLIENT_NAME, "--password", PASSWORD.decode()]
    return run(program, [*where, *words])


def test_the_tools_tell_and_restoring_ends_with_problems(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(unlocking, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    faults_of.cache_clear()
    tree = str(desk.tree)
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "out"), tree) == 0
    assert not capsys.readouterr().err
    desk.change(f"UPDATE entries SET mode = mode | 2048 WHERE {desk.where('a')}")
    assert looked_at(desk, lstardis, tree) == 0
    assert "warning: box: a, since set 1, is not as it was" in capsys.readouterr().err
    faults_of.cache_clear()
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "two"), tree) == 3
    assert "warning: box: a, since set 1" in capsys.readouterr().err
    desk.change(f"UPDATE entries SET mode = mode & ~2048 WHERE {desk.where('a')}", SWAP)
    faults_of.cache_clear()
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "three"), tree) == 3
    told = capsys.readouterr().err
    assert "is not that of the file which names it" in told and "a: its content" in told
    assert not (tmp_path / "three" / "tree" / "a").exists()
    assert (tmp_path / "three" / "tree" / "big").read_bytes() == BIG


def test_entries_of_backups_in_clear_have_no_codes(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").write_bytes(b"a")
    vault = Vault(tmp_path / "base")
    vault.run(tree, is_sealing=False)
    assert rows(vault, "SELECT count(*), count(mac) FROM entries") == [(1, 0)]
    with vault.reader() as reader:
        [entry] = reader.children(1, 1)
        assert (entry.mac, entry.content) == (None, 1)
