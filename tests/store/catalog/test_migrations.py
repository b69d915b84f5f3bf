"""The schema is told once, in numbered scripts; everything else is made of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import SchemaError
from tardis.store.catalog import migrations
from tardis.store.catalog.migrations import (
    Migration,
    apply,
    check,
    create,
    newest,
    pending,
    whole_schema,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def objects(db: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(db.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL").fetchall())


def test_the_whole_schema_is_fresh() -> None:
    text = (ROOT / "schema" / "tardis.sql").read_text(encoding="utf-8")
    assert text == whole_schema(), "run tools/generate.py"


def test_the_whole_schema_makes_the_same_tables(db: sqlite3.Connection) -> None:
    create(db, None)
    with closing(sqlite3.connect(":memory:")) as other:
        other.executescript(whole_schema())
        ours = {name for name, _ in objects(db) if not name.startswith("sqlite_")}
        assert ours == {name for name, _ in objects(other) if not name.startswith("sqlite_")}
        for name in ours:
            query = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}')"
            assert db.execute(query).fetchall() == other.execute(query).fetchall()


def test_every_table_is_strict(db: sqlite3.Connection) -> None:
    create(db, None)
    query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict"
    assert [name for (name,) in db.execute(query) if not name.startswith("sqlite_")] == []


def test_a_row_breaks_no_rule_of_another(db: sqlite3.Connection) -> None:
    create(db, None)
    db.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO fingerprints VALUES (7, x'', NULL, 0, x'', 0)")
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_migrations_are_numbered_from_one() -> None:
    known = migrations.migrations()
    assert [one.number for one in known] == list(range(1, len(known) + 1))
    assert newest() == known[-1].number and known[0].name == "initial"


def test_what_was_made_is_of_our_age(db: sqlite3.Connection) -> None:
    create(db, None)
    check(db, "here")
    rows = db.execute("SELECT number, name FROM migrations").fetchall()
    assert rows == [(one.number, one.name) for one in migrations.migrations()]


def give(monkeypatch: pytest.MonkeyPatch, folder: Path, **scripts: str) -> None:
    """Let the program know further scripts; the names are letters and the number."""
    folder.mkdir(exist_ok=True)
    for number, (name, script) in enumerate(scripts.items(), 2):
        (folder / f"{number:04}_{name}.sql").write_text(script)
    initial = ROOT / "schema" / "0001_initial.sql"
    (folder / initial.name).write_bytes(initial.read_bytes())
    monkeypatch.setattr(migrations, "_schema_directory", lambda: folder)


def test_scripts_are_applied_one_after_the_other(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(db, None)
    assert pending(db, "here") == []
    more = "CREATE TABLE more (a INTEGER) STRICT;"
    give(monkeypatch, tmp_path / "s", more=more, fill="INSERT INTO more VALUES (5);")
    with pytest.raises(SchemaError, match="older") as caught:
        check(db, "here")
    assert "sonic upgrade" in caught.value.hint
    for one in pending(db, "here"):
        apply(db, one)
    check(db, "here")
    assert db.execute("SELECT a FROM more").fetchall() == [(5,)]
    rows = db.execute("SELECT number, name FROM migrations").fetchall()
    assert rows == [(1, "initial"), (2, "more"), (3, "fill")] and pending(db, "here") == []
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE more (a INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);",
        "CREATE TABLE more (a INTEGER) STRICT;\nINSERT INTO tags VALUES ('a', 77);",
    ],
)
def test_a_change_that_fails_is_taken_back_whole(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    create(db, None)
    before = objects(db)
    give(monkeypatch, tmp_path / "s", bad=script)
    (bad,) = pending(db, "here")
    with pytest.raises((SchemaError, sqlite3.Error)):
        apply(db, bad)
    assert objects(db) == before and pending(db, "here") == [bad]


def test_a_newer_catalog_is_read_only_if_it_says_that_we_understand_it(
    db: sqlite3.Connection,
) -> None:
    create(db, None)
    db.execute("UPDATE migrations SET number = 999")
    check(db, "here", is_reading=True)
    for value in (2, "x"):
        db.execute("UPDATE settings SET value = ? WHERE key = 'readable_by'", (value,))
        with pytest.raises(SchemaError, match="newer"):
            check(db, "here", is_reading=True)
    with pytest.raises(SchemaError, match="newer"):
        pending(db, "here")


@pytest.mark.parametrize("number, age", [(0, "older"), (999, "newer")])
def test_a_catalog_of_another_age_is_refused(db: sqlite3.Connection, number: int, age: str) -> None:
    create(db, None)
    db.execute("UPDATE migrations SET number = ?", (number,))
    with pytest.raises(SchemaError, match=age):
        check(db, "here")


def test_what_is_no_catalog_is_refused(db: sqlite3.Connection) -> None:
    with pytest.raises(SchemaError, match="here is not a catalog"):
        check(db, "here")


def test_a_script_that_fails_is_taken_back_with_its_connection(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db, pytest.raises(sqlite3.Error):
        create(db, "CREATE TABLE one (a INTEGER);\nCREATE TABLE one (a INTEGER);\n")
    with closing(sqlite3.connect(path)) as db:
        assert objects(db) == set()


def test_statements_are_cut_where_they_end() -> None:
    script = "-- a; comment\nCREATE TABLE a (\n    b TEXT DEFAULT ';'\n);\n\n"
    script += "INSERT INTO a\nVALUES (';');"
    found = migrations._statements(script)
    assert len(found) == 2 and found[1].strip().startswith("INSERT")


def test_scripts_are_found_in_a_checkout_and_in_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrations._schema_directory() == ROOT / "schema"
    module = tmp_path / "tardis" / "store" / "catalog" / "migrations.py"
    (tmp_path / "tardis" / "schema").mkdir(parents=True)
    monkeypatch.setattr(migrations, "__file__", str(module))
    assert migrations._schema_directory() == tmp_path / "tardis" / "schema"


def test_other_files_beside_the_scripts_are_no_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("0002_second.sql", "0001_first.sql", "tardis.sql", "0003.sql", "x0003_x.sql"):
        (tmp_path / name).write_text(f"-- {name}")
    monkeypatch.setattr(migrations, "_schema_directory", lambda: tmp_path)
    assert migrations.migrations() == [
        Migration(1, "first", "-- 0001_first.sql"),
        Migration(2, "second", "-- 0002_second.sql"),
    ]
