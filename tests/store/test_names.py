"""Names are given out once, and directories are told to the group that needs them."""

import os
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.store.catalog.group import Group
from tardis.store.layout import Layout
from tardis.store.names import Names
from tests import collisions


@pytest.fixture
def classic(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path), str(tmp_path / "tardis.db"), scheme="classic")


def test_two_contents_of_one_md5_never_share_a_name(classic: Layout) -> None:
    names = Names(classic)
    paths: list[str] = []
    for data in (collisions.ONE, collisions.OTHER):
        place, path = names.take(digest(b"", data))
        assert place == len(paths)
        paths.append(path)
    folder = os.path.join(classic.directory, "79", "05")
    name = os.path.join(folder, "79054025255fb1a26e4bc422aef54eb4")
    assert paths == [name, f"{name}-1"]
    for path in paths:  # the first two are written while the next groups are gathered
        names.seal_into(Group())
        Path(path).touch()
    names.seal_into(Group())
    assert names.take(digest(b"", collisions.ONE)) == (2, f"{name}-2")


def test_new_directories_are_told_with_those_above(classic: Layout) -> None:
    names, group, later = Names(classic), Group(), Group()
    names.take(digest(b"", b""))
    names.seal_into(group)
    above = os.path.join(classic.directory, "d4")
    assert group.folders == {classic.directory, above, os.path.join(above, "1d")}
    names.take(digest(b"", b""))
    names.seal_into(later)
    assert later.folders == {os.path.join(above, "1d")}


def test_a_directory_that_was_there_is_flushed_once_with_the_one_above(classic: Layout) -> None:
    """The run that made it may have been killed before its name was flushed."""
    os.makedirs(os.path.join(classic.directory, "d4", "1d"))
    names, group = Names(classic), Group()
    names.take(digest(b"", b""))
    names.seal_into(group)
    assert classic.directory in group.folders and len(group.folders) == 3


def test_modern_names_lie_one_level_deep(tmp_path: Path) -> None:
    names = Names(Layout(str(tmp_path), str(tmp_path / "tardis.db")))
    name = bytes(range(32))
    (tmp_path / "00").mkdir()
    (tmp_path / "00" / name.hex()).touch()
    assert names.take(name) == (1, str(tmp_path / "00" / f"{name.hex()}-1"))


@pytest.mark.parametrize("suffix", ["", ".meta"])
def test_a_name_of_which_half_is_left_is_not_free(classic: Layout, suffix: str) -> None:
    path = classic.large(digest(b"", b""), 0)
    os.makedirs(os.path.dirname(path))
    Path(path + suffix).touch()
    assert Names(classic).take(digest(b"", b"")) == (1, f"{path}-1")
