"""Reading the past: whole, verified, beside a writer, and where nothing may be written."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import Entry, IntegrityError, StoreError
from tardis.store import StoreReader
from tardis.store.catalog import reading
from tests.store.workshop import Workshop, descriptors, fill, put_large, root, row, shown


def test_every_set_shows_what_it_had(shop: Workshop) -> None:
    history = [{b"a": b"%d" % number, b"x%d" % number: b"here"} for number in range(1, 8)]
    for files in history:
        shop.run(files)
    with shop.reader() as reader:
        assert [shown(reader, number) for number in range(1, 8)] == history
        assert [one.number for one in reader.sets()] == list(range(1, 8))
        for number in range(1, 8):
            found = reader.child(1, number, b"a")
            assert found is not None and found.size == 1
            there = reader.child(1, number, b"x3")
            assert (there is not None) == (number == 3)
        assert reader.child(1, 3, b"none") is None
        assert list(reader.children(99, 3)) == [] and reader.roots(99) == []


def test_sets_and_roots_are_as_they_were_written(shop: Workshop) -> None:
    shop.run({b"a": b"one"}, priority=7, session="abc")
    with shop.reader() as reader:
        (one,) = reader.sets()
        assert (one.name, one.priority, one.is_complete, one.session) == ("set 1", 1, True, "abc")
        assert one.ended_ns is not None and one.ended_ns >= one.started_ns
        (found,) = reader.roots(1)
        assert (found.path, found.name, found.directory, found.ancestors) == (b"top", None, 1, ())


def test_a_reader_holds_no_lock_between_answers(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.reader() as reader:
        children = reader.children(1, 1)
        next(children)
        shop.run({b"a": b"two"})  # a writer is not kept waiting
        assert shown(reader, 2) == {b"a": b"two"}


def test_a_reader_closes_what_it_opened(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    before = descriptors()
    with shop.reader() as reader:
        shown(reader, 1)
        assert descriptors() != before
    assert descriptors() == before


# Pages


@pytest.fixture
def paged(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(reading, "_PAGE", 10)
    return shop


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 35])
def test_large_directories_come_in_pages(paged: Workshop, count: int) -> None:
    first = {b"%03d" % number: b"x" for number in range(count)}
    second = {b"%03d" % number: b"y" for number in range(0, count, 2)}
    for files in (first, second, {}, first):
        paged.run(files)
    with paged.reader() as reader:
        found = [shown(reader, number) for number in (1, 2, 3, 4)]
    assert found == [first, second, {}, first]


def test_a_writer_between_two_pages_hides_nothing(paged: Workshop) -> None:
    """Closing a row moves it to another place in the index while somebody pages through it."""
    files = {b"%03d" % number: b"x" for number in range(100)}
    paged.run(files)
    for is_late in (True, False):
        with closing(paged.raw()) as raw:
            newest = len(raw.sets())
            pages = reading.children(raw._db, 1, newest, is_late)
            names = [next(pages).name for _ in range(5)]
            paged.run({})
            names += [one.name for one in pages]
            assert sorted(names) == sorted(files)
        paged.run(files)


def test_a_directory_that_fits_a_page_costs_one_question(shop: Workshop) -> None:
    shop.run({b"%03d" % number: b"x" for number in range(100)})
    with closing(shop.raw()) as raw:
        asked: list[str] = []
        raw._db.set_trace_callback(asked.append)
        assert len(list(raw.rows(1, 1, 1))) == 100
    assert len(asked) == 1


def test_questions_use_their_index(shop: Workshop) -> None:
    key = {"directory": 1, "from": 1, "to": 1, "limit": 5, "name": b"", "first_set": 0}
    with closing(shop.raw()) as raw:
        for query, index in (
            (reading._ROWS[0], "USING PRIMARY KEY (directory=? AND last_set>?)"),
            (reading._ROWS[1], "USING INDEX entries_first (directory=?"),
            (reading._NAMES[0], "USING PRIMARY KEY (directory=? AND last_set>?)"),
            (reading._NAMES[1], "USING INDEX entries_first (directory=?"),
        ):
            (plan,) = raw._db.execute(f"EXPLAIN QUERY PLAN {query}", key).fetchall()
            assert index in plan[3] and "TEMP B-TREE" not in plan[3]


def test_the_versions_of_a_name_are_looked_up_and_not_searched_for(shop: Workshop) -> None:
    with closing(shop.raw()) as raw:
        key = {"directory": 1, "from": 1, "to": 9, "name": b"a"}
        plan = raw._db.execute(f"EXPLAIN QUERY PLAN {reading._VERSIONS}", key).fetchall()
        steps = [step for *_, step in plan if "entries" in step]
        assert len(steps) == 3 and all("USING" in step and "directory=?" in step for step in steps)
        assert any("last_set=? AND name=?" in step for step in steps)
        for query in (reading._HOLDING, reading._NAMING):
            ((*_, step),) = raw._db.execute(f"EXPLAIN QUERY PLAN {query}", (1,)).fetchall()
            assert "SEARCH entries USING INDEX entries_c" in step


def test_the_older_half_is_read_from_its_beginning(shop: Workshop) -> None:
    for number in range(10):
        shop.run({b"a": b"%d" % number})
    with closing(shop.raw()) as raw:
        asked: list[str] = []
        raw._db.set_trace_callback(asked.append)
        for number in (2, 9):
            list(raw.rows(1, number, number))
    assert ["entries_first" in text for text in asked] == [True, False]


# Damage


def content_of(reader: StoreReader, number: int = 1) -> Entry:
    (one,) = reader.children(1, number)
    return one


def test_a_damaged_record_is_refused(shop: Workshop) -> None:
    shop.run({b"a": b"some bytes"})
    pack, place = shop.rows("SELECT pack, place FROM contents")[0]
    with open(shop.layout.pack(pack), "r+b") as file:
        file.seek(place + 100)
        file.write(b"X")
    with shop.reader() as reader:
        content = reader.contents([1])[1]
        with pytest.raises(IntegrityError):
            reader.read_small(content)
        with pytest.raises(IntegrityError):
            reader.open(content)


@pytest.mark.parametrize(
    "change",
    ["size = size + 1", "size = -2", "codec = 2", "digest = randomblob(32)", "place = place + 1",
     "stored = 0", "pack = NULL", "size = 1 << 62"],
)  # fmt: skip
def test_a_hostile_row_of_a_content_is_refused(shop: Workshop, change: str) -> None:
    shop.run({b"a": b"some bytes"})
    shop.execute(f"UPDATE contents SET {change}")
    with shop.reader() as reader, pytest.raises(IntegrityError):
        reader.open(reader.contents([1])[1])


def test_a_small_content_of_a_pack_is_read_by_parts(shop: Workshop) -> None:
    shop.run({b"a": b"some bytes"})
    with shop.reader() as reader:
        content = reader.open(reader.contents([1])[1])
        assert content.size == 10
        assert content.read_at(5, 100) == b"bytes" and content.read_at(99, 5) == b""
        content.close()


# A content that was moved since


def moved(shop: Workshop, reader: StoreReader, how: Callable[[], None]) -> bytes:
    content = reader.contents([1])[1]
    how()
    found = reader.open(content)
    try:
        return b"".join(found.chunks())
    finally:
        found.close()


def test_a_content_that_was_stored_anew_is_found_again(shop: Workshop) -> None:
    shop.run({b"a": b"some bytes"})
    with shop.reader() as reader:

        def repack() -> None:
            old = Path(shop.layout.pack(1))
            shutil.copy(old, shop.layout.pack(50))
            old.unlink()
            shop.execute("INSERT INTO packs VALUES (50, 'contents', 1)")
            shop.execute("UPDATE contents SET pack = 50")

        assert moved(shop, reader, repack) == b"some bytes"


def test_a_content_that_became_large_or_small_is_found_again(shop: Workshop) -> None:
    data = b"large" * 50_000
    with shop.running() as writer:
        fill(writer, {})
        number = put_large(writer, data)
        writer.group.opened.append(row(b"a", number, 1, 1, len(data)))
        shop.complete(writer)
    with shop.reader() as reader:
        content = reader.contents([1])[1]
        assert b"".join(reader.open(content).chunks()) == data

        def rename() -> None:
            os.rename(shop.layout.large(content.digest, 0), shop.layout.large(content.digest, 3))
            shop.execute("UPDATE contents SET place = 3")

        assert moved(shop, reader, rename) == data
        in_a_pack = content._replace(pack=1, place=4096, stored=10)
        assert b"".join(reader.open(in_a_pack).chunks()) == data


def test_a_small_content_is_found_again_where_it_lies_now(shop: Workshop) -> None:
    shop.run({b"a": b"some bytes"})
    with shop.reader() as reader:
        here = reader.contents([1])[1]
        assert reader.read_small(here._replace(pack=77)) == b"some bytes"
        assert reader.read_small(here._replace(pack=None)) == b"some bytes"
        with pytest.raises(IntegrityError):
            reader.read_small(here._replace(id=9, pack=None))


def test_another_content_under_the_same_id_is_not_taken_for_it(shop: Workshop) -> None:
    """Ids of purged contents may come back."""
    shop.run({b"a": b"some bytes", b"b": b"other bytes"})
    with shop.reader() as reader:
        gone = reader.contents([1])[1]._replace(digest=b"x" * 32)
        with pytest.raises(IntegrityError):
            reader.read_small(gone)
        with pytest.raises(IntegrityError):
            reader.open(gone)


def test_a_content_that_is_gone_is_said_so(shop: Workshop) -> None:
    shop.run({b"a": b"some bytes"})
    with shop.reader() as reader:

        def lose() -> None:
            Path(shop.layout.pack(1)).unlink()

        with pytest.raises(IntegrityError):
            moved(shop, reader, lose)
        assert reader.contents([1, 2, 3]).keys() == {1}


# Where nothing may be written


def make_hot(shop: Workshop) -> None:
    """Leave the catalog as a process leaves it that dies within a commit."""
    source, journal = shop.home / "tardis.db", shop.home / "tardis.db-journal"
    with closing(sqlite3.connect(source, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = TRUNCATE")
        db.execute("PRAGMA cache_size = 1")
        db.execute("PRAGMA cache_spill = 1")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("UPDATE entries SET uid = 77")
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)"
        db.execute(f"CREATE TABLE junk AS {numbers} SELECT i FROM n")
        kept = shop.home / "kept", shop.home / "kept-journal"
        shutil.copy(source, kept[0])
        shutil.copy(journal, kept[1])
        db.execute("ROLLBACK")
    os.rename(kept[0], source)
    os.rename(kept[1], journal)
    assert journal.stat().st_size > 0


@pytest.fixture
def hot(shop: Workshop) -> Workshop:
    shop.run({b"a": b"one"})
    make_hot(shop)
    return shop


def test_a_reader_that_may_write_rolls_back(hot: Workshop) -> None:
    with hot.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"} and content_of(reader).uid == 1000
    assert not list(hot.home.glob("*-journal"))


@pytest.fixture
def read_only(hot: Workshop) -> Iterator[Workshop]:
    """The store on a file system that is mounted read-only."""
    subprocess.run(["mount", "--bind", hot.base, hot.base], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", hot.base], check=True)
        yield hot
    finally:
        subprocess.run(["umount", hot.base], check=True)


@pytest.mark.tmpfs
def test_a_reader_that_may_not_write_rolls_back_in_a_copy(read_only: Workshop) -> None:
    private = set(Path("/tmp").glob("tardis-catalog-*"))
    with read_only.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"} and content_of(reader).uid == 1000
        assert set(Path("/tmp").glob("tardis-catalog-*")) == private
    assert (read_only.home / "tardis.db-journal").stat().st_size > 0
    with pytest.raises(StoreError):
        read_only.writer()


@pytest.mark.root
def test_another_user_reads_a_store_that_was_left_hot(hot: Workshop) -> None:
    for path in (hot.base, *hot.base.rglob("*")):
        path.chmod(path.stat().st_mode | 0o055)
    for path in hot.base.parents[:-2]:  # pytest keeps its own folders to itself
        path.chmod(path.stat().st_mode | 0o011)
    mode = hot.base.parents[1].stat().st_mode
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            with hot.reader() as reader:
                status = 0 if content_of(reader).uid == 1000 else 2
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, oct(mode)
    assert (hot.home / "tardis.db-journal").stat().st_size > 0


def test_what_is_left_unsettled_is_told(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one", b"b": b"two"})
        marks = ((1, b"a", "changed", 1), (1, b"b", "racy", 1), (1, b"gone", "unread", 1))
        writer.group.unsettled += [*marks, (1, b"", "unread", 1)]
        shop.complete(writer)
    with shop.running() as writer:
        root(writer)
        writer.group.closed.append((1, 1, b"a"))
        shop.complete(writer)
    with shop.reader() as reader:
        assert reader.unsettled(1) == [(1, b"", "unread"), (1, b"a", "changed")]
        assert reader.unsettled(2) == [(1, b"", "unread")]
        assert reader.unsettled(0) == []
