"""Where a path lies in any set, and what is noted until its bytes are gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import OPEN
from tardis.store.catalog import forgetting
from tardis.store.catalog.connection import connect_writer
from tardis.store.catalog.forgetting import Span
from tests.store.workshop import Workshop


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    shop = Workshop(tmp_path / "base").create()
    for number in (1, 2):
        shop.run({b"a": b"alpha", b"%d" % number: b"x"})
    with closing(connect_writer(str(shop.home / "tardis.db"))) as made:
        yield made


def test_a_name_below_a_root_is_found_in_its_directory(db: sqlite3.Connection) -> None:
    assert forgetting.spans_of(db, b"top/a") == ([Span(1, b"a", 0, OPEN)], [])
    assert forgetting.spans_of(db, b"top/none") == ([], [])
    assert forgetting.spans_of(db, b"to") == ([], [])


def test_a_root_is_found_with_all_that_is_in_it(db: sqlite3.Connection) -> None:
    spans, roots = forgetting.spans_of(db, b"top")
    assert spans == [Span(1, None, 0, OPEN)] and roots == [(1, b"top"), (2, b"top")]


def test_what_is_removed_is_counted_and_its_contents_are_told(db: sqlite3.Connection) -> None:
    assert forgetting.remove(db, [Span(1, b"1", 0, OPEN)], []) == 1
    assert forgetting.forgotten(db) == [] and forgetting.count_shared(db) == 1
    assert forgetting.remove(db, [Span(1, b"a", 0, OPEN)], []) == 2
    assert [one[2] for one in forgetting.forgotten(db)] == [5]


def test_the_note_gathers_digests_until_it_is_taken_away(db: sqlite3.Connection) -> None:
    assert not forgetting.is_pending(db) and forgetting.pending(db) == set()
    forgetting.note_pending(db, [b"one"])
    forgetting.note_pending(db, [b"two"])
    assert forgetting.is_pending(db) and forgetting.pending(db) == {b"one", b"two"}
    forgetting.end_pending(db)
    assert not forgetting.is_pending(db)


def test_what_stands_on_a_content_is_told_unless_it_goes_too(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT id, digest FROM contents ORDER BY id").fetchall()
    (below, digest), (above, other) = rows
    db.execute("UPDATE contents SET basis = ? WHERE id = ?", (below, above))
    assert forgetting.standing_on(db, [digest]) == [above]
    assert forgetting.standing_on(db, [digest, other]) == []
    forgetting.lose(db, above)
    query = "SELECT is_damaged, basis, pack FROM contents WHERE id = ?"
    assert db.execute(query, (above,)).fetchone() == (1, None, None)
    assert len(db.execute("SELECT * FROM doomed").fetchall()) == 1
