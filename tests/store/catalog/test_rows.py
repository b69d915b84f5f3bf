"""Which columns make which record."""

import sqlite3
from contextlib import closing

from tardis.model import BackupSet, Entry, StoredContent
from tardis.store.catalog.migrations import create
from tardis.store.catalog.rows import (
    CONTENT_COLUMNS,
    ENTRY_COLUMNS,
    SET_COLUMNS,
    backup_set,
    entry,
    stored_content,
)


def test_columns_stand_in_the_order_of_their_fields() -> None:
    assert tuple(ENTRY_COLUMNS.split(", ")) == Entry._fields
    assert tuple(CONTENT_COLUMNS.split(", ")) == StoredContent._fields
    assert tuple(SET_COLUMNS.split(", ")) == tuple(BackupSet._fields)


def test_the_schema_has_these_columns() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create(db, None)
        for table, columns in (
            ("entries", ENTRY_COLUMNS),
            ("contents", CONTENT_COLUMNS),
            ("backup_sets", SET_COLUMNS),
        ):
            known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            assert set(columns.split(", ")) <= known


def test_rows_become_records() -> None:
    values = tuple(range(len(Entry._fields)))
    assert entry(values) == Entry._make(values)
    values = tuple(range(len(StoredContent._fields)))
    assert stored_content(values) == StoredContent._make(values)


def test_flags_of_a_set_are_claims() -> None:
    names = list(BackupSet._fields)
    found = backup_set([1 if name == "is_complete" else 0 for name in names])
    assert (found.is_complete, found.is_full, found.is_locked) == (True, False, False)
    assert found.problems == 0
