"""Where the tools look for stores."""

import os
from pathlib import Path

import pytest

from tardis.cli.restore_store import place_of
from tardis.cli.settings import load
from tardis.model import UsageError
from tardis.store import Place


def place(*words: str) -> Place:
    return place_of(load("lstardis", ["-C", "box", *words], {}).settings)


def test_a_place_stays_the_same_when_the_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = place("-D", "base", "--dbdir", "../catalogs")
    os.chdir("/")
    assert found.base == str(tmp_path / "base")
    assert found.db_dir == str(tmp_path.parent / "catalogs")


def test_catalogs_lie_beside_the_contents_unless_a_directory_is_named(tmp_path: Path) -> None:
    assert place("-D", str(tmp_path)).db_dir == ""


@pytest.mark.parametrize("base", ["", "http://host/box"])
def test_what_is_no_directory_is_refused(base: str) -> None:
    with pytest.raises(UsageError):
        place("-D", base)
