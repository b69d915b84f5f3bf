"""A directory is opened again only if it is still the same one, where that can be told."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.history import folders, mending_plan
from tardis.history.folders import Folder, Folders, may_be_one

THERE = (b"one", b"two")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Folders, Folder]]:
    """Give what opens directories, and one that another has been put in the place of."""
    place = tmp_path.joinpath(*map(os.fsdecode, THERE))
    place.mkdir(parents=True)
    found = place.stat()
    place.rename(tmp_path / "aside")
    place.mkdir()
    top = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    with Folders(top) as made:
        yield made, Folder(b"/".join(THERE), found.st_dev, found.st_ino, True, 1)
    os.close(top)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let inodes be as on FAT."""
    monkeypatch.setattr(folders, "keeps_inodes", lambda folder: False)


def test_another_directory_in_its_place_is_refused(opened: tuple[Folders, Folder]) -> None:
    made, folder = opened
    with pytest.raises(OSError, match="another directory"):
        made.open_same(folder)


def test_where_inodes_do_not_last_the_path_counts(
    opened: tuple[Folders, Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = opened
    forget(monkeypatch)
    assert os.fstat(made.open_same(folder)).st_ino != folder.inode


def test_where_inodes_do_not_last_no_link_is_followed_either(
    opened: tuple[Folders, Folder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = opened
    forget(monkeypatch)
    shutil.rmtree(tmp_path / "one")
    (tmp_path / "one").symlink_to(tmp_path / "aside")
    (tmp_path / "aside" / "two").mkdir()
    with pytest.raises(OSError, match=r"symbolic|directory"):
        made.open_same(folder)


def test_another_file_system_is_another_object_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget(monkeypatch)
    assert may_be_one((1, 2), (1, 3), 0)
    assert not may_be_one((1, 2), (2, 2), 0)


def test_a_plan_holds_for_a_file_whose_inode_was_forgotten_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned = (1, 2, 50, 10**18)
    forget(monkeypatch)
    assert mending_plan.is_expected(planned, (1, 7, 50, 10**18), 0)
    assert not mending_plan.is_expected(planned, (1, 2, 51, 10**18), 0)
    assert not mending_plan.is_expected(planned, (1, 2, 50, 10**18 + 1), 0)
    assert not mending_plan.is_expected(None, planned, 0)
    monkeypatch.undo()
    here = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    assert mending_plan.is_expected(planned, planned, here)
    assert not mending_plan.is_expected(planned, (1, 7, 50, 10**18), here)
    os.close(here)
