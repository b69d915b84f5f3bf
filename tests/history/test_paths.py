"""From directories back to paths."""

from pathlib import Path

import pytest

from tardis.history import AnyPaths, SetPaths
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = make_kit(tmp_path / "base")
    tree = Tree()
    tree.mkdir(b"d")
    tree.mkdir(b"d/e")
    tree.write(b"d/e/f", b"one")
    made.run(tree)
    tree.move(b"d", b"moved")
    tree.write(b"moved/e/f", b"two")
    made.run(tree)
    return made


def directory_of(kit: Kit, name: bytes) -> int:
    return int(kit.rows("SELECT directory FROM entries WHERE name = ? LIMIT 1", name)[0][0])


def test_a_directory_has_the_path_that_the_set_shows(kit: Kit) -> None:
    deep = directory_of(kit, b"f")
    kit.join()
    with kit.reader() as reader:
        assert SetPaths(reader, 1).of(deep) == b"top/d/e"
        later = SetPaths(reader, 2)
        assert later.of_entry(deep, b"f") == b"top/moved/e/f"
        assert later.of(deep) == b"top/moved/e"
        assert later.of(999) is None and SetPaths(reader, 3).of(deep) is None


def test_a_row_is_found_in_the_newest_set_that_shows_it(kit: Kit) -> None:
    kit.join()
    with kit.reader() as reader:
        sets = reader.sets()
        paths = AnyPaths(reader, sets)
        everything = (0, 1 << 62, -(1 << 62), 1 << 62)
        rows = [row for row in reader.all_rows(everything) if row[1].name == b"f"]
        found = [paths.of(*row) for row in rows]
        assert found == [
            (b"top/d/e/f", sets[0], sets[0]),
            (b"top/moved/e/f", sets[1], sets[1]),
        ]
        nowhere = rows[0][1]._replace(first_set=7, last_set=9)
        assert paths.of(rows[0][0], nowhere) is None


def test_a_root_that_is_a_file_has_its_own_path(kit: Kit) -> None:
    deep = directory_of(kit, b"f")
    kit.execute("INSERT INTO roots VALUES (2, x'782f66', x'66', ?, x'90')", deep)
    with kit.reader() as reader:
        assert SetPaths(reader, 2).of_entry(deep, b"f") == b"x/f"
