"""A group becomes true all at once, in an order that breaks no rule."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.model import OPEN
from tardis.store.catalog.connection import connect_writer, create_catalog
from tardis.store.catalog.group import STATEMENTS, Group, apply
from tests.store.workshop import row


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = str(tmp_path / "db")
    create_catalog(path, None)
    with closing(connect_writer(path)) as made:
        made.execute("INSERT INTO lineages VALUES (1, x'00', '')")
        made.execute(
            "INSERT INTO backup_sets (name, lineage, priority, started_ns, client_time_ns, session,"
            " client_version, server_version, client_address, command_line, client_config)"
            " VALUES ('one', 1, 0, 0, 0, '', '', '', '', x'', x'')"
        )
        yield made


def full_group() -> Group:
    """Return a group with a first row for everything."""
    return Group(
        filesystems=[(1, "ext4", b"key", 1, 1)],
        packs=[(1, "contents", 100)],
        new_directories=[(1, 1, 2, 0), (2, 1, 3, 0)],
        contents=[(1, b"digest", 5, 5, 0, 1, 4096, 1, 0, 0)],
        opened=[row(b"a", 1, 1, 1)],
        unlinked=[(2,)],
        fingerprints=[(1, b"", None, 1, b"looks", 0)],
        unsettled=[(1, b"a", "racy", 1)],
        roots=[(1, b"top", None, 1, b"\x90")],
        manifests=[(1, 0, 0, 1, 4096, 50)],
    )


def only(name: str) -> Group:
    """Return a group with one row of one sort."""
    group = Group()
    getattr(group, name).append((1,))
    return group


def rows(db: sqlite3.Connection, table: str) -> list[Any]:
    return db.execute(f"SELECT * FROM {table}").fetchall()


def test_every_attribute_of_rows_has_its_statement() -> None:
    names = {name for name, _ in STATEMENTS}
    kept_apart = {"digests", "size_bytes", "files", "folders", "journal", "counters", "lineages",
                  "owners"}  # fmt: skip
    assert names == set(Group.__dataclass_fields__) - kept_apart


def test_an_empty_group_is_known_by_its_rows() -> None:
    group = Group()
    assert group.is_empty and group.rows == 0 and not group.has_changes
    group.count("new_files", 5)
    assert group.is_empty
    for name, _ in STATEMENTS:
        assert not only(name).is_empty
    assert not Group(size_bytes=1).is_empty


def test_groups_share_nothing() -> None:
    one, other = Group(), Group()
    one.opened.append((1,))
    one.count("new_files")
    assert not other.opened and not other.counters


@pytest.mark.parametrize("name", ["opened", "proven", "closed", "deleted", "moved_contents"])
def test_what_changes_entries_counts_as_a_change(name: str) -> None:
    assert only(name).has_changes


@pytest.mark.parametrize("name", ["fingerprints", "settled", "unsettled", "roots", "voided"])
def test_what_changes_no_entry_does_not(name: str) -> None:
    assert not only(name).has_changes


def test_all_rows_become_true(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    tables = ("filesystems", "packs", "contents", "entries", "unlinked", "fingerprints",
              "unsettled", "roots", "manifests")  # fmt: skip
    assert [len(rows(db, table)) for table in tables] == [1] * len(tables)
    assert len(rows(db, "directories")) == 2
    assert db.execute("SELECT last_set FROM entries").fetchone() == (OPEN,)


def test_rows_that_prove_themselves_are_rows_like_others(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    many = [(*row(b"%03d" % number, None, 1, 1), b"mac") for number in range(200)]
    group = Group(closed=[(1, 1, b"a")], proven=[(*row(b"a", 1, 1, 2), b"code"), *many])
    assert group.rows == 202 and group.added == (0, 0, 201)
    apply(db, group, 2)
    found = db.execute("SELECT name, last_set, mac FROM entries WHERE mac IS NOT NULL").fetchall()
    assert len(found) == 201 and {one[1] for one in found} == {OPEN}
    assert (b"a", OPEN, b"code") in found
    assert db.execute("SELECT last_set FROM entries WHERE mac IS NULL").fetchall() == [(1,)]


def test_counters_add_up(db: sqlite3.Connection) -> None:
    group = Group()
    group.count("new_files")
    group.count("new_files")
    group.count("stored_bytes", 100)
    apply(db, group, 1)
    apply(db, group, 1)
    query = "SELECT new_files, stored_bytes FROM backup_sets"
    assert db.execute(query).fetchall() == [(4, 200)]


def test_a_row_may_be_replaced_within_a_group(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    apply(db, Group(closed=[(1, 1, b"a")], opened=[row(b"a", None, 1, 2)]), 1)
    apply(db, Group(deleted=[(1, b"a")], opened=[row(b"a", 1, 1, 2)]), 1)
    found = db.execute("SELECT first_set, last_set, content FROM entries ORDER BY 1").fetchall()
    assert found == [(1, 1, 1), (2, OPEN, 1)]


def test_what_is_named_again_is_not_unlinked(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    apply(db, Group(unlinked=[(2,), (2,), (1,)], linked=[(2,)]), 1)
    assert rows(db, "unlinked") == [(1,)]


def test_an_identity_moves_before_it_is_given_again(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    apply(db, Group(identities=[(1, 99, 0, 1)], new_directories=[(3, 1, 2, 0)]), 1)
    assert rows(db, "directories") == [(1, 1, 99, 0), (2, 1, 3, 0), (3, 1, 2, 0)]


def test_a_pack_grows(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    apply(db, Group(packs=[(1, "contents", 500), (7, "manifests", 5)]), 1)
    assert rows(db, "packs") == [(1, "contents", 500), (7, "manifests", 5)]


@pytest.mark.parametrize(
    "start, end, left",
    [
        (b"", None, []),
        (b"a", b"b", [b"m"]),
        (b"l", b"m", [b"m"]),
        (b"m", None, [b""]),
        (b"z", None, [b""]),
        (b"", b"a", [b"m"]),
        (b"l", b"n", []),
    ],
)
def test_fingerprints_that_touch_a_range_are_void(
    db: sqlite3.Connection, start: bytes, end: bytes | None, left: list[bytes]
) -> None:
    apply(db, full_group(), 1)
    ranges = [(1, b"", b"m", 1, b"x", 0), (1, b"m", None, 1, b"x", 0)]
    apply(db, Group(fingerprints=ranges), 1)
    apply(db, Group(voided=[(1, start, end)]), 1)
    assert [one[1] for one in rows(db, "fingerprints")] == left


def test_marks_come_and_go(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    apply(db, Group(settled=[(1, b"a"), (1, b"none")], unsettled=[(1, b"b", "changed", 2)]), 1)
    assert rows(db, "unsettled") == [(1, b"b", "changed", 2)]


def test_a_content_moves_and_its_old_place_is_doomed(db: sqlite3.Connection) -> None:
    apply(db, full_group(), 1)
    db.execute("UPDATE contents SET is_damaged = 1")
    group = Group(moved_contents=[(7, 9, 4, None, 1, 1)], doomed=[(b"digest", 1, 4096, 5)])
    apply(db, group, 1)
    query = "SELECT stored, codec, pack, place, is_damaged FROM contents"
    assert db.execute(query).fetchall() == [(9, 4, None, 1, 0)]
    assert [one[1:] for one in rows(db, "doomed")] == [(b"digest", 1, 4096, 5)]
