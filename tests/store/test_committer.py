"""Journal, then flush, then commit; what fails on the way leaves nothing in the catalog."""

import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest

from tardis.model import NoSpaceError, StoreError
from tardis.store import committer as module
from tardis.store.catalog.group import Group, apply
from tardis.store.flush import Flusher
from tardis.store.journal import Journal
from tests.store.workshop import Workshop, fill, put, root, shown


class Recorder(list[str]):
    """Writes down the durable steps in their order, and fails where it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[str, BaseException] = {}

    def note(self, step: str) -> None:
        self.append(step)
        if step in self.failing:
            raise self.failing.pop(step)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    append, flush = Journal.append, Flusher.flush

    def noted_append(self: Journal, text: str) -> None:
        made.note("journal")
        append(self, text)

    def noted_flush(self: Flusher, files: Any, folders: Any) -> None:
        made.note("flush")
        flush(self, files, folders)

    def noted_apply(db: sqlite3.Connection, group: Group, number: int) -> None:
        made.note("rows")
        apply(db, group, number)
        made.note("commit")

    monkeypatch.setattr(Journal, "append", noted_append)
    monkeypatch.setattr(Flusher, "flush", noted_flush)
    monkeypatch.setattr(module, "apply", noted_apply)
    return made


def test_the_order_of_writes(shop: Workshop, steps: Recorder) -> None:
    with shop.running() as writer:
        steps.clear()
        fill(writer, {b"a": b"one"})
        writer.drain()
        assert steps == ["journal", "flush", "rows", "commit"]
        steps.clear()
        put(writer, b"more")
        root(writer)
        writer.drain()
        assert steps == ["journal", "flush", "rows", "commit"]


def test_all_that_a_group_wrote_is_flushed_before_its_rows(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[list[str], list[str]]] = []
    monkeypatch.setattr(
        Flusher, "flush", lambda self, files, folders: flushed.append((list(files), list(folders)))
    )
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        big = b"x" * 300_000
        file = writer.begin_large()
        file.add(0, len(big), big)
        writer.keep_large(file, b"\xab" * 32)
        writer.drain()
    ((files, folders),) = flushed
    layout = shop.layout
    contents, manifests = layout.pack(1), layout.pack(2)
    assert sorted(files) == sorted(
        [contents, manifests, layout.large(b"\xab" * 32, 0), layout.journal]
    )
    assert folders == [layout.directory, f"{layout.directory}/ab", layout.packs]


@pytest.mark.parametrize("step", ["journal", "flush", "rows", "commit"])
def test_a_group_that_fails_is_in_no_catalog_and_ends_the_run(
    shop: Workshop, steps: Recorder, step: str
) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        fill(writer, {b"a": b"two"})
        steps.failing[step] = OSError(28, "No space left on device")
        with pytest.raises(NoSpaceError):
            writer.drain()
        fill(writer, {b"a": b"three"})
        for _ in range(2):
            with pytest.raises(NoSpaceError):
                writer.drain()
            with pytest.raises(NoSpaceError):
                writer.committer.drain()
    assert shop.rows("SELECT count(*) FROM entries") == [(1,)]
    assert shop.rows("SELECT number, is_complete FROM backup_sets") == [(1, 1), (2, 0)]
    steps.clear()
    shop.run({b"a": b"four"})
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"}
        assert shown(reader, 2) == {b"a": b"four"}


def test_what_was_written_before_a_failed_flush_is_never_appended_to(
    shop: Workshop, steps: Recorder
) -> None:
    shop.run({b"a": b"one"})
    before = shop.packs()
    with shop.running() as writer:
        fill(writer, {b"a": b"two"})
        steps.failing["flush"] = OSError(5, "Input/output error")
        with pytest.raises(StoreError, match="Input/output error"):
            writer.drain()
    dead = shop.packs()
    assert all(dead[name] > size for name, size in before.items())
    shop.run({b"a": b"three"})
    after = shop.packs()
    assert {name: after[name] for name in dead} == dead and len(after) == len(dead) + 2


def test_a_failure_of_a_group_is_met_by_the_next_one(shop: Workshop, steps: Recorder) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        steps.failing["flush"] = OSError(5, "Input/output error")
        writer.seal()
        put(writer, b"more")
        with pytest.raises(StoreError, match="Input/output error"):
            writer.seal()


def test_a_bug_in_the_thread_reaches_the_visit(shop: Workshop, steps: Recorder) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        steps.failing["rows"] = ZeroDivisionError("oops")
        with pytest.raises(StoreError, match="could not be written") as caught:
            writer.drain()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_row_that_breaks_a_rule_leaves_nothing_of_its_group(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        writer.group.opened.append(writer.group.opened[0])  # twice the same name
        with pytest.raises(StoreError, match="UNIQUE"):
            writer.drain()
    for table in ("entries", "contents", "directories", "packs", "manifests", "roots"):
        assert shop.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_one_group_is_gathered_while_another_is_made_durable(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on, flush = threading.Event(), Flusher.flush

    def slow(self: Flusher, files: Any, folders: Any) -> None:
        assert going_on.wait(20)
        flush(self, files, folders)

    monkeypatch.setattr(Flusher, "flush", slow)
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        writer.seal()
        put(writer, b"gathered meanwhile")
        assert shop.rows("SELECT count(*) FROM entries") == [(0,)]
        going_on.set()
        writer.drain()
        assert shop.rows("SELECT count(*) FROM contents") == [(2,)]


def test_closing_waits_for_the_group_that_was_sealed(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        writer.seal()
        put(writer, b"never sealed")
    assert shop.rows("SELECT count(*) FROM contents") == [(1,)]


def test_groups_are_numbered_within_a_set_across_runs(shop: Workshop) -> None:
    for data in (b"one", b"two"):
        with shop.running() as writer:
            fill(writer, {b"a": data})
            writer.drain()
    with shop.running() as writer:
        shop.complete(writer)
    assert shop.rows("SELECT sequence FROM manifests ORDER BY 1") == [(0,), (1,), (2,)]
    assert shop.rows("SELECT groups FROM backup_sets") == [(3,)]


def test_metadata_may_change_beside_a_run(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        fill(writer, {b"a": b"two"})
        writer.seal()
        with closing(sqlite3.connect(shop.home / "tardis.db", timeout=20)) as db, db:
            db.execute("INSERT INTO tags VALUES ('keep', 1)")
        writer.drain()
        shop.complete(writer)
    assert shop.rows("SELECT * FROM tags") == [("keep", 1)]
