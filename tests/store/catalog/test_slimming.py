"""A copy without indexes is a whole catalog, and becomes one with indexes again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import SchemaError
from tardis.store.catalog import slimming
from tardis.store.catalog.connection import connect_any, connect_plain, connect_reader
from tests.store.ages import CHANGES, grow_older
from tests.store.workshop import Workshop, shown

ALL = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"


@pytest.fixture
def slim(shop: Workshop, tmp_path: Path) -> Path:
    """A copy of a catalog with two sets."""
    shop.run({b"a": b"alpha", b"b": b"beta"})
    shop.run({b"a": b"gamma"})
    shop.execute("INSERT INTO fingerprints VALUES (1, x'', NULL, 1, x'01', 0)")
    made = tmp_path / "it's 100 % slim?"
    with closing(connect_plain(str(made), "rwc")) as db:
        slimming.copy_slim(shop.layout.database, db)
    return made


def tables(path: str | Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        names = [name for kind, name, _ in db.execute(ALL) if kind == "table"]
        return {one: sorted(db.execute(f"SELECT * FROM {one}"), key=repr) for one in names}


def test_it_has_every_row_but_the_fingerprints(shop: Workshop, slim: Path) -> None:
    wanted = tables(shop.layout.database)
    assert wanted["fingerprints"] and wanted["sqlite_sequence"] and wanted["contents"]
    assert tables(slim) == wanted | {"fingerprints": []}


def test_it_has_no_index_of_its_own_and_no_page_to_spare(shop: Workshop, slim: Path) -> None:
    with closing(sqlite3.connect(slim)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert slimming.is_slim(db)
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        assert found.fetchall() == []
    with closing(sqlite3.connect(shop.layout.database)) as db:
        assert not slimming.is_slim(db)


def test_who_writes_it_makes_its_indexes_once(shop: Workshop, slim: Path) -> None:
    for _ in range(2):
        with closing(connect_any(str(slim))) as db, closing(shop.writer()) as writer:
            assert db.execute(ALL).fetchall() == writer.db.execute(ALL).fetchall()
            assert not slimming.is_slim(db)


def test_who_reads_it_changes_nothing(shop: Workshop, slim: Path) -> None:
    before = slim.read_bytes()
    with closing(connect_reader(str(slim))) as db:
        query = "SELECT count(*) FROM entries INDEXED BY entries_first WHERE first_set = 2"
        assert db.execute(query).fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM entries")
    assert slim.read_bytes() == before
    slim.replace(shop.layout.database)
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"alpha", b"b": b"beta"}


def test_an_older_one_gets_what_its_age_had(
    slim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow_older(monkeypatch, tmp_path / "schema")
    later = tmp_path / "schema" / "0099_later.sql"
    later.write_text("CREATE INDEX later ON backup_sets (mood);")
    with closing(connect_any(str(slim))) as db:
        names = {name for _, name, _ in db.execute(ALL)}
    assert "entries_first" in names and not names & {"later", *CHANGES}
    with pytest.raises(SchemaError, match="older"):
        connect_reader(str(slim))


def test_statements_of_the_file_itself_are_never_carried_out(slim: Path) -> None:
    with closing(sqlite3.connect(slim)) as db, db:
        db.execute("CREATE INDEX own ON contents (codec)")
        db.execute("INSERT INTO settings VALUES ('indexes', 'DROP TABLE entries')")
    with closing(connect_any(str(slim))) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone()[0] > 0
        assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'own'").fetchone()


def test_what_is_no_catalog_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE entries (one)")
        assert not slimming.is_slim(db)
