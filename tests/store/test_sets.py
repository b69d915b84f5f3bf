"""How a set begins, how it is gone on with, and how it becomes complete."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tardis.model import IntegrityError, StoreError
from tardis.store import StoreWriter, open_set, sets
from tardis.store.catalog import writing
from tardis.store.flush import Flusher
from tests.store.workshop import WISH, Workshop, fill, name_of, put, root, row, shown


def folder(name: bytes, child: int, number: int, directory: int = 1) -> Any:
    listed = (0o40755, 0, 0, 0, 5, 6, 7, 8, 1, 99, 0, 0)
    return (directory, name, *listed, child, None, None, number, 0, None)


def test_numbers_never_come_back(shop: Workshop) -> None:
    assert [shop.run({}).number for _ in range(3)] == [1, 2, 3]
    shop.execute("DELETE FROM manifests WHERE backup_set > 1")
    shop.execute("DELETE FROM roots WHERE backup_set > 1")
    shop.execute("DELETE FROM backup_sets WHERE number > 1")
    assert shop.run({}).number == 4


def test_a_set_that_was_interrupted_is_gone_on_with(shop: Workshop) -> None:
    with shop.running(session="first", is_full=True) as writer:
        fill(writer, {})
        writer.drain()
    with shop.running(session="second", name="renamed", lineage=b"other") as writer:
        assert writer.number == 1 and writer.committer.sequence == 1
        assert shop.rows("SELECT * FROM roots") == []
        root(writer, path=b"new root")
        done = shop.complete(writer)
    assert (done.session, done.is_full, done.lineage, done.groups) == ("second", False, 2, 3)
    assert shop.rows("SELECT path FROM roots") == [(b"new root",)]


def test_a_name_is_had_once(shop: Workshop) -> None:
    shop.run({}, name="mine")
    with pytest.raises(StoreError, match="already"), shop.running(name="set 1"):
        pass
    with shop.running(name="mine"):
        pass
    with shop.running(name="mine"):  # the incomplete one's own
        pass


def test_what_is_incomplete_has_no_end(shop: Workshop) -> None:
    with shop.running() as writer:
        assert shop.rows("SELECT is_complete, ended_ns FROM backup_sets") == [(0, None)]
        shop.complete(writer, problems=3, received_bytes=5, size_bytes=7)
    query = """SELECT is_complete, ended_ns IS NULL, problems, received_bytes, size_bytes
        FROM backup_sets"""
    assert shop.rows(query) == [(1, 0, 3, 5, 7)]


def test_a_set_that_cannot_be_named_stays_incomplete(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        fill(writer, {b"a": b"two"})
        with pytest.raises(sqlite3.IntegrityError):
            shop.complete(writer, name="set 1")
        assert not writer.writing_db.in_transaction
    assert shop.rows("SELECT is_complete FROM backup_sets ORDER BY 1") == [(0,), (1,)]
    shop.run({b"a": b"three"})
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"} and shown(reader, 2) == {b"a": b"three"}


def test_a_flush_that_fails_at_the_end_leaves_the_set_incomplete(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        writer.drain()

        def fail(*_: object) -> None:
            raise OSError(5, "lost")

        with monkeypatch.context() as patched:
            patched.setattr(writer._flusher, "flush", fail)
            with pytest.raises(OSError, match="lost"):
                shop.complete(writer)
    assert shop.rows("SELECT is_complete FROM backup_sets") == [(0,)]


# Subtrees that nobody names any more


def forest(shop: Workshop) -> None:
    """Directory 1 names 2 and 3, 2 names 4; each holds one file."""
    with shop.running() as writer:
        fill(writer, {b"f1": b"x"})
        for inode in (10, 20, 30):
            writer.group.new_directories.append((writer.new_directory(), 1, inode, 0))
        group = writer.group
        group.opened += [folder(b"two", 2, 1), folder(b"three", 3, 1), folder(b"four", 4, 1, 2)]
        for directory in (2, 3, 4):
            group.opened.append(row(b"f%d" % directory, 1, directory, 1, 1))
            group.fingerprints.append((directory, b"", None, 1, b"looks", 0))
        shop.complete(writer)


def open_names(shop: Workshop) -> set[bytes]:
    return {one[0] for one in shop.rows("SELECT name FROM entries WHERE last_set > 99")}


@pytest.mark.parametrize("page", [1, 2, 10_000])
def test_all_below_is_closed(shop: Workshop, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        writing, "_OPEN_CHILDREN", writing._OPEN_CHILDREN.replace("LIMIT 10000", f"LIMIT {page}")
    )
    forest(shop)
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((1, 1, b"two"))
        writer.group.unlinked.append((2,))
        shop.complete(writer)
    assert open_names(shop) == {b"f1", b"three", b"f3"}
    assert shop.rows("SELECT directory FROM fingerprints") == [(3,)]
    assert shop.rows("SELECT * FROM unlinked") == []
    assert shop.rows("SELECT DISTINCT last_set FROM entries WHERE last_set < 99") == [(1,)]


def test_what_another_row_names_stays(shop: Workshop) -> None:
    forest(shop)
    with shop.running() as writer:
        root(writer)
        writer.group.closed += [(1, 1, b"two")]
        writer.group.unlinked += [(2,), (3,)]
        writer.group.opened.append(folder(b"moved", 2, 2, 3))
        shop.complete(writer)
    assert open_names(shop) == {b"f1", b"three", b"f3", b"moved", b"f2", b"four", b"f4"}


def test_what_only_a_closed_subtree_names_is_closed_with_it(shop: Workshop) -> None:
    """4 is looked at first, while the row of 2 that names it is still open."""
    forest(shop)
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((1, 1, b"two"))
        writer.group.unlinked += [(4,), (2,)]
        shop.complete(writer)
    assert open_names(shop) == {b"f1", b"three", b"f3"}


def test_a_root_of_this_set_stays_and_one_of_another_does_not(shop: Workshop) -> None:
    forest(shop)
    with shop.running() as writer:
        root(writer, 3, b"three")
        writer.group.closed += [(1, 1, b"two"), (1, 1, b"three")]
        writer.group.unlinked += [(2,), (3,)]
        shop.complete(writer)
    assert open_names(shop) == {b"f1", b"f3"}


def test_rows_of_this_very_set_are_deleted(shop: Workshop) -> None:
    forest(shop)
    with shop.running() as writer:
        writer.group.opened.append(row(b"new", 1, 2, 2, 1))
        writer.drain()
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((1, 1, b"two"))
        writer.group.unlinked.append((2,))
        shop.complete(writer)
    assert shop.rows("SELECT * FROM entries WHERE name = ?", b"new") == []


def test_closing_that_was_interrupted_is_gone_on_with(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest(shop)
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((1, 1, b"two"))
        writer.group.unlinked.append((2,))
        writer.drain()
        assert list(sets._close_below(writer, 2)) == [4]
        writer.drain()
    assert open_names(shop) == {b"f1", b"three", b"f3", b"f4"}
    with shop.running() as writer:
        root(writer)
        shop.complete(writer)
    assert open_names(shop) == {b"f1", b"three", b"f3"}


def test_a_circle_that_somebody_made_does_not_hold_anybody_up(shop: Workshop) -> None:
    forest(shop)
    with shop.running() as writer:
        root(writer)
        writer.group.opened += [folder(b"back", 2, 2, 4), folder(b"self", 3, 2, 3)]
        writer.group.closed += [(1, 1, b"two"), (1, 1, b"three")]
        writer.group.unlinked += [(2,), (3,)]
        shop.complete(writer)
    assert shop.rows("SELECT * FROM unlinked") == []


def test_much_that_is_gone_is_closed_in_groups(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction must not grow with what was deleted."""
    monkeypatch.setattr("tardis.store.writer.GROUP_ROWS", 100)
    monkeypatch.setattr(
        writing, "_OPEN_CHILDREN", writing._OPEN_CHILDREN.replace("LIMIT 10000", "LIMIT 50")
    )
    forest(shop)
    with shop.running() as writer:
        writer.group.opened += [row(b"%04d" % number, 1, 2, 2, 1) for number in range(1000)]
        shop.complete(writer)
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((2, 1, b"two"))
        writer.group.unlinked.append((2,))
        done = shop.complete(writer)
    assert done.groups > 10
    assert open_names(shop) == {b"f1", b"three", b"f3"}


# Full manifests


def test_a_full_manifest_repeats_all_rows(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "FULL_EVERY", 1)
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        shop.complete(writer)
        sets.write_full_manifest(writer)
    full = shop.rows("SELECT sequence FROM manifests WHERE is_full ORDER BY 1")
    assert len(full) >= 7 and full[0] == (2,)
    with closing(sqlite3.connect(shop.home / "tardis.db")) as db:
        assert writing.last_full_manifest(db) == 1


def test_pages_hold_every_row_once(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_PAGE", 3)
    shop.run({b"%02d" % number: b"x%d" % number for number in range(10)})
    with closing(sqlite3.connect(shop.home / "tardis.db")) as db:
        for table, key in writing.TABLE_KEYS.items():
            pages = list(writing.iter_pages(db, table, key))
            rows = [one for page in pages for one in page]
            assert sorted(map(repr, rows)) == sorted(
                map(repr, db.execute(f"SELECT * FROM {table}").fetchall())
            )
            assert all(len(page) == 3 for page in pages[:-1])


def test_a_taken_name_is_seen_before_anything_is_written(shop: Workshop) -> None:
    shop.run({}, name="mine")
    journal = (shop.home / "tardis.journal").read_bytes()
    with closing(shop.writer()) as writer, pytest.raises(StoreError):
        open_set(writer, replace(WISH, name="set 1"))
    assert (shop.home / "tardis.journal").read_bytes() == journal
    assert shop.rows("SELECT count(*) FROM backup_sets") == [(1,)]


class Steps(list[str]):
    """The flushes and commits of a run, in their order."""

    def watch(self, writer: StoreWriter, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Flusher.flush

        def flush(flusher: Flusher, files: Any, folders: Any) -> None:
            self.append("flush")
            whole(flusher, files, folders)

        def note(statement: str) -> None:
            if statement == "COMMIT":
                self.append("commit")

        monkeypatch.setattr(Flusher, "flush", flush)
        writer.writing_db.set_trace_callback(note)


def test_the_last_rows_come_with_the_end_of_their_set(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps()
    with shop.running() as writer:
        steps.watch(writer, monkeypatch)
        fill(writer, {b"a": b"one", b"b": b"two"})
        done = shop.complete(writer)
    assert steps == ["flush", "commit"]
    assert done.is_complete and done.groups == 2
    with closing(shop.reader()) as reader:
        assert shown(reader, 1) == {b"a": b"one", b"b": b"two"}
    assert shop.rows("SELECT sequence FROM manifests ORDER BY sequence") == [(0,), (1,)]
    assert len(Path(shop.layout.journal).read_text().splitlines()) >= 3


def test_rows_before_directories_that_have_gone_come_before_the_end(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shop.running() as writer:
        fill(writer, {})
        writer.group.new_directories.append((writer.new_directory(), 1, 3, 0))
        writer.group.opened.append(folder(b"sub", 2, 1))
        writer.group.opened.append(row(b"x", put(writer, b"x"), 2, 1, 1))
        shop.complete(writer)
    steps = Steps()
    with shop.running(name="set 2") as writer:
        steps.watch(writer, monkeypatch)
        fill(writer, {b"a": b"new"})
        writer.group.unlinked.append((2,))
        done = shop.complete(writer)
    assert steps == ["flush", "commit"] * 3
    assert done.is_complete
    assert shop.rows("SELECT name FROM entries WHERE directory = 2 AND last_set > 1") == []


def test_a_failed_flush_at_the_end_leaves_nothing_of_the_last_rows(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "lost")

    shop.run({b"a": b"kept"})
    with shop.running(name="set 2") as writer:
        fill(writer, {b"a": b"lost"})
        monkeypatch.setattr(Flusher, "flush", fail)
        with pytest.raises(OSError, match="lost"):
            shop.complete(writer)
    monkeypatch.undo()
    assert shop.rows("SELECT is_complete FROM backup_sets") == [(1,), (0,)]
    with closing(shop.reader()) as reader:
        assert shown(reader, 1) == {b"a": b"kept"}
    shop.run({b"a": b"again"}, name="set 3")
    with closing(shop.reader()) as reader:
        assert shown(reader, 2) == {b"a": b"again"}


def test_bytes_that_are_not_their_digest_spoil_the_end(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"right"})
        writer.add_small(name_of(writer, b"wrong"), 5, 0, b"bytes")
        with pytest.raises(IntegrityError):
            shop.complete(writer)
    assert shop.rows("SELECT is_complete FROM backup_sets") == [(0,)]
    assert shop.rows("SELECT count(*) FROM entries") == [(0,)]
