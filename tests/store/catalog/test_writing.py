"""The few rows that a run writes at once, and answers that come in pages."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import OPEN
from tardis.store.catalog import pruning, reading, writing
from tardis.store.catalog.connection import connect_writer, create_catalog
from tardis.store.catalog.group import Group, apply
from tardis.store.catalog.rows import DIGEST_HEAD, same_digest
from tests.store.workshop import row

VALUES = ("name", 1, 5, 0, 10, 20, "s", "c", "v", "a", b"cmd", b"cfg")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = str(tmp_path / "db")
    create_catalog(path, None)
    with closing(connect_writer(path)) as made:
        yield made


def test_an_empty_catalog_has_nothing(db: sqlite3.Connection) -> None:
    assert writing.last_number(db) == writing.last_pack(db) == 0
    assert writing.newest_pack(db, "contents") == (0, 0)
    assert writing.highest(db, "contents") == writing.epoch(db) == 0
    assert writing.last_full_manifest(db) == 0 and writing.unlinked(db) == []


def test_a_lineage_is_made_once(db: sqlite3.Connection) -> None:
    assert [writing.lineage(db, key, "label") for key in (b"a", b"b", b"a")] == [1, 2, 1]


def test_sets_are_inserted_renewed_and_completed(db: sqlite3.Connection) -> None:
    writing.lineage(db, b"a", "")
    number = writing.insert_set(db, VALUES)
    apply(db, Group(filesystems=[(1, "x", b"k", 1, 1)], new_directories=[(1, 1, 2, 0)],
                    roots=[(1, b"top", None, 1, b"\x90")]), number)  # fmt: skip
    writing.renew_set(db, number, ("other", *VALUES[1:]))
    one = writing.one_set(db, number)
    assert (one.name, one.is_complete, one.command_line) == ("other", False, b"cmd")
    assert db.execute("SELECT count(*) FROM roots").fetchone() == (0,)
    db.execute("INSERT INTO unlinked VALUES (1)")
    writing.complete_set(db, number, {"name": "last", "entries": 7})
    one = writing.one_set(db, number)
    assert (one.name, one.entries, one.is_complete) == ("last", 7, True)
    assert writing.unlinked(db) == [] and writing.last_number(db) == 1


def test_settings_are_written_and_replaced(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO settings VALUES ('epoch', 1), ('note', 'x')")
    db.execute("UPDATE settings SET value = 2 WHERE key = 'epoch'")
    assert writing.epoch(db) == 2


def test_numbers_of_packs_never_come_back(db: sqlite3.Connection) -> None:
    apply(db, Group(packs=[(5, "contents", 10), (7, "manifests", 20)]), 0)
    db.execute("DELETE FROM packs WHERE number = 7")
    assert writing.last_pack(db) == 7
    assert writing.newest_pack(db, "contents") == (5, 10)
    assert writing.newest_pack(db, "manifests") == (0, 0)


def test_many_contents_are_asked_for_in_parts(db: sqlite3.Connection) -> None:
    count = 1500
    digests = [b"%032d" % number for number in range(count)]
    apply(db, Group(packs=[(1, "contents", 9)], contents=[
        (number + 1, name, 3, 3, 0, 1, number, 1, 0, 0) for number, name in enumerate(digests)
    ]), 0)  # fmt: skip
    found = writing.contents_by_digest(db, [*digests, b"unknown"])
    assert len(found) == count and found[digests[7]] == (8, 0)
    facts = writing.facts_of_contents(db, range(count + 5))
    assert len(facts) == count and facts[8] == (digests[7], 3, 0)
    assert writing.place_of(db, 8) == (digests[7], 1, 7, 3)
    assert writing.contents_by_digest(db, []) == {}
    assert reading.content_of(db, digests[7]) is not None


def test_digests_that_begin_alike_are_told_apart(db: sqlite3.Connection) -> None:
    one, other, third = (b"the same" + bytes([number]) * 24 for number in range(3))
    contents = [(number, name, 3, 3, 0, 1, number, 1, 0, 0)
                for number, name in enumerate((one, other), 1)]  # fmt: skip
    apply(db, Group(packs=[(1, "contents", 9)], contents=contents), 1)
    assert writing.contents_by_digest(db, [one, third]) == {one: (1, 0)}
    assert writing.contents_by_digest(db, [other, one]) == {one: (1, 0), other: (2, 0)}
    found = reading.content_of(db, other)
    assert found is not None and found.id == 2
    assert reading.content_of(db, third) is None
    for place, name in ((1, one), (2, other)):
        assert not pruning.names_file(db, name, place)  # they lie in a pack
    db.execute("UPDATE contents SET pack = NULL")
    assert [pruning.names_file(db, name, 2) for name in (one, other, third)] == [False, True, False]


QUERIES = {
    f"SELECT 1 FROM contents WHERE {same_digest('?1')}": (b"x",),
    f"SELECT 1 FROM contents WHERE {DIGEST_HEAD} IN (?, ?)": (b"x", b"y"),
    f"SELECT 1 FROM settings LEFT JOIN contents AS one ON {same_digest('key', 'one')}": (),
}


@pytest.mark.parametrize("query", QUERIES)
def test_contents_are_found_by_the_index_of_their_digests(
    db: sqlite3.Connection, query: str
) -> None:
    plan = db.execute(f"EXPLAIN QUERY PLAN {query}", QUERIES[query]).fetchall()
    assert any("contents_digest" in str(step[3]) for step in plan)
    assert writing.facts_of_contents(db, []) == {}


def test_open_children_come_in_pages(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        writing, "_OPEN_CHILDREN", writing._OPEN_CHILDREN.replace("LIMIT 10000", "LIMIT 4")
    )
    names = [b"%02d" % number for number in range(10)]
    apply(db, Group(filesystems=[(1, "x", b"k", 1, 1)], new_directories=[(1, 1, 2, 0)],
                    opened=[row(name, None, 1, 1) for name in names]), 0)  # fmt: skip
    pages = list(writing.iter_open_children(db, 1))
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [one[0] for page in pages for one in page] == names
    assert list(writing.iter_open_children(db, 2)) == []


def test_roots_of_a_set(db: sqlite3.Connection) -> None:
    writing.lineage(db, b"a", "")
    writing.insert_set(db, VALUES)
    apply(db, Group(filesystems=[(1, "x", b"k", 1, 1)],
                    new_directories=[(1, 1, 2, 0), (2, 1, 3, 0)],
                    roots=[(1, b"d", None, 1, b"\x90"),
                           (1, b"f", b"f", 2, b"\x90")]), 0)  # fmt: skip
    assert writing.root_directories(db, 1) == {1}
    assert writing.root_before(db, b"d", 2) == 1
    assert writing.root_before(db, b"f", 2) is None


def test_owners_have_their_time(db: sqlite3.Connection) -> None:
    for number, items in enumerate(
        ([(False, 0, b"root"), (True, 0, b"root")], [(False, 0, b"root")], [(False, 0, b"toor")]), 1
    ):
        writing.update_owners(db, number, items)
    writing.update_owners(db, 3, [(False, 0, b"again")])  # the same set, gone on with
    query = "SELECT first_set, last_set, name FROM owners WHERE NOT is_group ORDER BY 1"
    assert db.execute(query).fetchall() == [(1, 2, b"root"), (3, OPEN, b"again")]


def test_identity_of_a_directory(db: sqlite3.Connection) -> None:
    apply(db, Group(filesystems=[(1, "x", b"k", 1, 1)], new_directories=[(1, 1, 2, 5)]), 0)
    assert writing.directory_of(db, (1, 2, 5)) == 1
    assert writing.directory_of(db, (1, 2, 0)) is None
    assert writing.filesystems(db) == [(1, "x", b"k")]


def test_a_file_system_is_told_from_others_by_type_and_key(db: sqlite3.Connection) -> None:
    known = [(1, "x", b"k"), (2, "y", b"k"), (3, "x", b"l")]
    apply(db, Group(filesystems=[(*one, 1, 1) for one in known]), 0)
    assert writing.filesystems(db) == known
    with pytest.raises(sqlite3.IntegrityError):
        apply(db, Group(filesystems=[(4, "y", b"k", 1, 1)]), 0)
