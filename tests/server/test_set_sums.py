"""What a set shows is what was signed: what is hidden is told, honest sets are silent."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.cli import regenerate, set_sums, unlocking
from tardis.cli.entry_faults import faults_of
from tardis.cli.head_faults import warn_of_faults
from tardis.cli.main import run
from tardis.cli.sonic import command as sonic
from tardis.history import Adding, Told
from tardis.model import Entry, SourceError
from tardis.scan import FolderReader, Read
from tardis.store import Rebuild, StoreReader
from tardis.streams import pack
from tests.server.test_proven_rows import BIG, Desk, edit, gone_and_back, looked_at, more_names
from tests.server.test_sealed_deltas import purge
from tests.server.vault import CLIENT_NAME, quick

MANY = 1500
"""Entries of a directory that has several ranges."""


def untrue(desk: Desk) -> list[str]:
    """Return what does not hold of all sets and their entries."""
    found: list[str] = []
    with desk.vault.reader() as reader:
        reader.tell_faults(found.append)
        set_sums.tell_sums(reader, reader.sets(), found.append, is_thorough=True)
    return found


def told_of(desk: Desk, number: int) -> Told:
    with desk.vault.reader() as reader:
        told = Told.parse(reader.totals()[number])
        assert told is not None
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    many = made.tree / "many"
    many.mkdir()
    for number in range(MANY):
        (many / f"n{number}").symlink_to("x")
    assert not made.run()
    return made


@pytest.mark.parametrize("change", [edit, more_names, gone_and_back])
def test_honest_histories_hold(desk: Desk, change: Callable[[Path], None]) -> None:
    change(desk.tree)
    assert not desk.run()
    if (desk.tree.parent / "b").exists():
        os.rename(desk.tree.parent / "b", desk.tree / "b")
    (desk.tree / "many" / "n7").unlink()
    assert not desk.run() and not desk.run()
    assert untrue(desk) == []
    assert all(told_of(desk, number).total for number in (1, 2, 3, 4))
    purge(desk.vault, 2)
    assert untrue(desk) == []
    desk.catalog.unlink()
    for path in desk.catalog.parent.glob("*.gz"):
        path.unlink()
    with closing(Rebuild(desk.vault.place, CLIENT_NAME)) as work:
        work.put(work.build())
    assert untrue(desk) == [] and desk.faults() == []


def test_an_unchanged_run_asks_nobody_and_has_the_same_sum(desk: Desk) -> None:
    desk.run()
    assert told_of(desk, 1) == told_of(desk, 2)


def test_many_sets_are_read_as_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.tree / "a").write_bytes(b"changed")
    for _ in range(4):
        desk.run()
    asked: list[int] = []
    real = StoreReader.history

    def history(reader: StoreReader, directory: int, first: int, last: int) -> Iterator[Entry]:
        asked.append(directory)
        return real(reader, directory, first, last)

    with monkeypatch.context() as patch:
        patch.setattr(StoreReader, "history", history)
        patch.setattr(StoreReader, "children", lambda *_: 1 // 0)
        assert untrue(desk) == []
    assert sorted(asked) == sorted(set(asked)) and len(asked) >= 3


def test_a_directory_that_was_elsewhere_is_told_by_its_path(desk: Desk) -> None:
    for here, there in (("sub", "many/sub"), ("many", "lots"), ("lots/sub", "sub")):
        os.rename(desk.tree / here, desk.tree / there)
        assert not desk.run()
    assert untrue(desk) == []
    with desk.vault.reader() as reader:
        one = Adding(reader, desk.vault.ring())
        for backup in reader.sets():
            assert list(one.faults(backup, told_of(desk, backup.number))) == []


def test_other_roots_and_single_files_hold(desk: Desk) -> None:
    desk.vault.run(desk.tree / "sub", desk.tree / "a")
    desk.vault.run(desk.tree / "many")
    assert untrue(desk) == [] and told_of(desk, 2).total != told_of(desk, 1).total


def trouble_with(monkeypatch: pytest.MonkeyPatch, error: SourceError) -> None:
    """Let the file a be read with an error."""
    real = FolderReader.read_small

    def read_small(reader: FolderReader, name: bytes, row: bytes) -> tuple[Read, bytes] | None:
        if name == b"a":
            raise error
        return real(reader, name, row)

    monkeypatch.setattr(FolderReader, "read_small", read_small)


@pytest.mark.parametrize("number", [2, 13, 5])
def test_files_that_could_not_be_read_are_told_beside_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    for name in ("a", "b"):
        (desk.tree / name).write_bytes(b"changed")
    with monkeypatch.context() as patch:
        trouble_with(patch, SourceError("in the way", number))
        desk.run(leaves_out_unreadable=number == 13)
    assert told_of(desk, 2).size == 1
    assert untrue(desk) == []
    desk.run()
    assert told_of(desk, 3).size == 0
    assert untrue(desk) == []
    if number != 2:  # an older row may stay, and any other name shows nothing else
        return
    where = desk.where("b")
    desk.change(
        f"UPDATE entries SET last_set = 2 WHERE {where} AND last_set = 1",
        f"UPDATE entries SET first_set = 3 WHERE {where} AND first_set = 2",
    )
    assert any("set 2" in fault and "does not show" in fault for fault in untrue(desk))


def test_a_file_that_changed_while_it_was_read_is_told_beside_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.tree / "a").write_bytes(b"changed")
    real = FolderReader.open

    def opened(reader: FolderReader, name: bytes) -> object:
        if name == b"a":
            with (desk.tree / "a").open("ab") as file:
                file.write(b"more")
        return real(reader, name)

    with monkeypatch.context() as patch:
        patch.setattr(FolderReader, "open", opened)
        desk.run()
    assert told_of(desk, 2).size == 1
    assert untrue(desk) == [] and desk.faults() == []


def test_what_could_not_be_listed_is_left_out_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def opened(path: object, *how: object, **more: object) -> int:
        if path == os.fsencode(desk.tree / "sub"):
            raise PermissionError(13, "denied")
        return real(path, *how, **more)  # type: ignore[arg-type]

    (desk.tree / "a").write_bytes(b"changed")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opened)
        desk.run()
    assert told_of(desk, 2).unlisted == {os.fsencode(desk.tree / "sub")}
    assert untrue(desk) == []


HIDE = "DELETE FROM entries WHERE {a}"
OLDER = "UPDATE entries SET last_set = 9 WHERE {a} AND first_set = 1"
INSTEAD = "DELETE FROM entries WHERE {a} AND first_set = 2"
ADD = """INSERT INTO entries SELECT (SELECT child FROM entries WHERE {sub}), last_set, name,
    first_set, mode, uid, gid, size, mtime, mtime_ns, ctime, ctime_ns, filesystem, inode, nlink,
    rdev, child, content, target, capture, xattrs, mac FROM entries WHERE {a} AND first_set = 2"""
SWAP = """UPDATE entries SET child = (SELECT sum(child) FROM entries WHERE {sub} OR {many}) - child
    WHERE {sub} OR {many}"""


@pytest.mark.parametrize(
    ("statements", "sets"),
    [([HIDE], {1, 2}), ([INSTEAD, OLDER], {2}), ([OLDER], {2}), ([ADD], {2}), ([SWAP], {1, 2})],
    ids=["hidden", "older", "twice", "added", "swapped"],
)
def test_what_codes_cannot_tell_the_sum_tells(
    desk: Desk, statements: list[str], sets: set[int]
) -> None:
    (desk.tree / "a").write_bytes(b"changed")
    assert not desk.run() and untrue(desk) == []
    names = {name: desk.where(name) for name in ("a", "sub", "many")}
    desk.change(*(one.format(**names) for one in statements))
    assert desk.faults() == []  # each row is one that was backed up
    found = untrue(desk)
    assert {int(fault.split()[1]) for fault in found} == sets
    assert all("does not show what was backed up" in fault for fault in found)


def test_the_sum_itself_is_signed(desk: Desk, tmp_path: Path) -> None:
    desk.run()
    with closing(sqlite3.connect(desk.catalog)) as db:
        db.execute("UPDATE heads SET total = x'' WHERE sequence = 1")
        db.execute("UPDATE heads SET total = zeroblob(40) WHERE sequence = 2")
        db.commit()
    with desk.vault.reader() as reader:
        told = reader.totals()
        assert told[1] == b"" and Told.parse(told[2]) is None
    place = desk.vault.place
    assert warn_of_faults(place, CLIENT_NAME, desk.vault.ring()) == 2


@pytest.mark.parametrize("packed", [b"", b"x", pack(5), pack((1, b"x", ((1, 2, 3),)))])
def test_what_tells_of_no_sum_is_none(packed: bytes) -> None:
    assert Told.parse(packed) is None


def test_check_and_restoring_tell(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(unlocking, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    faults_of.cache_clear()
    tree = str(desk.tree)
    check = ["check", *_where(desk), "--auth"]
    assert run(sonic, check) == 0
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "one"), tree) == 0
    assert not capsys.readouterr().err
    desk.change(f"DELETE FROM entries WHERE {desk.where('c')}")
    assert run(sonic, check[:-1]) == 0 and run(sonic, check) == 3
    assert "set 1 (" in capsys.readouterr().err
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "two"), tree) == 3
    assert "set 1 (" in capsys.readouterr().err
    faults_of.cache_clear()
    part = str(desk.tree / "big")
    assert looked_at(desk, regenerate.command, "-o", str(tmp_path / "three"), part) == 0
    assert (tmp_path / "three").read_bytes() == BIG
    desk.change(f"UPDATE entries SET mode = 33261 WHERE {desk.where('a')}")
    capsys.readouterr()
    assert run(sonic, check) == 3
    assert "a, since set 1, is not as it was backed up" in capsys.readouterr().err


def _where(desk: Desk) -> list[str]:
    base = str(desk.vault.base)
    return ["-D", base, "-C", CLIENT_NAME, "--password", "sesame-of-mine"]
