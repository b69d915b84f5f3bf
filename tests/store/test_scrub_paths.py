"""Rows are found again as paths: of moved directories, of single files, of many sets."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tardis.model import OPEN
from tardis.store.catalog import migrations
from tardis.store.scrub_paths import Paths

Row = tuple[int, bytes, int, int]


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A catalog of five sets with a tree that was moved: 1 is the root, 2 and 3 lie below."""
    with closing(sqlite3.connect(":memory:")) as made:
        migrations.create(made, None)
        made.isolation_level = None
        made.execute("INSERT INTO lineages VALUES (1, x'00', 'l')")
        made.execute("INSERT INTO filesystems VALUES (1, 'ext4', x'00', 1, 1)")
        for number in range(1, 6):
            made.execute(
                "INSERT INTO backup_sets (number, name, lineage, priority, started_ns,"
                " client_time_ns, session, client_version, server_version, client_address,"
                " command_line, client_config) VALUES (?1, 's' || ?1, 1, 0, 0, 0, '', '', '', '',"
                " x'', x'')",
                (number,),
            )
        for number in range(1, 8):
            made.execute("INSERT INTO directories VALUES (?1, 1, ?1, 0)", (number,))
        yield made


def folder(
    db: sqlite3.Connection, above: int, name: bytes, below: int, span: tuple[int, int]
) -> None:
    first, last = span
    db.execute(
        "INSERT INTO entries VALUES (?,?,?,?,16877,0,0,0,0,0,0,0,1,?,1,0,?,NULL,NULL,0,NULL,NULL)",
        (above, last, name, first, below, below),
    )


def root(
    db: sqlite3.Connection, number: int, path: bytes, directory: int, name: bytes | None = None
) -> None:
    db.execute("INSERT INTO roots VALUES (?, ?, ?, ?, x'90')", (number, path, name, directory))


def found(db: sqlite3.Connection, *rows: Row) -> dict[bytes, tuple[int, ...]]:
    return {one.path: one.sets for one in Paths(db, [1, 2, 3, 4, 5]).of(rows)}


def test_a_file_in_a_moved_directory_has_a_path_for_each_time(db: sqlite3.Connection) -> None:
    for number in range(1, 6):
        root(db, number, b"/home", 1)
    folder(db, 1, b"old", 2, (1, 2))
    folder(db, 1, b"new", 2, (3, OPEN))
    folder(db, 2, b"sub", 3, (1, OPEN))
    assert found(db, (3, b"f", 2, 4)) == {b"/home/old/sub/f": (2,), b"/home/new/sub/f": (3, 4)}
    assert found(db, (3, b"f", 1, OPEN), (1, b"g", 5, 5)) == {
        b"/home/old/sub/f": (1, 2),
        b"/home/new/sub/f": (3, 4, 5),
        b"/home/g": (5,),
    }


def test_sets_that_do_not_have_the_root_do_not_show_it(db: sqlite3.Connection) -> None:
    root(db, 2, b"/", 1)
    root(db, 4, b"top", 1)
    assert found(db, (1, b"f", 1, OPEN)) == {b"/f": (2,), b"top/f": (4,)}
    assert found(db, (1, b"f", 3, 3)) == found(db, (7, b"f", 1, OPEN)) == {}


def test_two_rows_of_one_path_are_told_together(db: sqlite3.Connection) -> None:
    for number in range(1, 6):
        root(db, number, b"/r", 1)
    assert found(db, (1, b"f", 4, OPEN), (1, b"f", 1, 2)) == {b"/r/f": (1, 2, 4, 5)}


def test_a_root_that_is_a_file_shows_only_itself(db: sqlite3.Connection) -> None:
    root(db, 1, b"/etc/hosts", 4, b"hosts")
    assert found(db, (4, b"hosts", 1, OPEN)) == {b"/etc/hosts": (1,)}
    assert found(db, (4, b"passwd", 1, OPEN)) == {}


def test_directories_that_go_round_end(db: sqlite3.Connection) -> None:
    """No store should have them; whoever looks for damage must not hang because of them."""
    root(db, 1, b"/r", 1)
    folder(db, 1, b"a", 5, (1, OPEN))
    folder(db, 5, b"b", 6, (1, OPEN))
    folder(db, 6, b"c", 5, (1, OPEN))
    assert b"/r/a/b/f" in found(db, (6, b"f", 1, OPEN))


def test_a_deep_tree_is_no_recursion(db: sqlite3.Connection) -> None:
    root(db, 1, b"/r", 1)
    last = 1
    for number in range(100, 3100):
        db.execute("INSERT INTO directories VALUES (?1, 1, ?1, 0)", (number,))
        folder(db, last, b"d", number, (1, OPEN))
        last = number
    assert found(db, (last, b"f", 1, OPEN)) == {b"/r" + b"/d" * 3000 + b"/f": (1,)}
