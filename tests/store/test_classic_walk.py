"""What lies in a classic store is told by its names; what no row names can be removed."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import CLASSIC
from tardis.store.catalog.connection import connect_reader
from tardis.store.classic_walk import (
    iter_contents,
    iter_manifests,
    named_as,
    remove_unnamed,
)
from tests import collisions
from tests.store.workshop import Workshop, shown


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base", scheme=CLASSIC).create()
    made.run({b"a": b"one", b"b": collisions.ONE, b"c": collisions.OTHER})
    return made


def names(shop: Workshop) -> set[str]:
    found = [*shop.home.glob("??/??/*"), *shop.home.glob("manifests/*")]
    return {str(path.relative_to(shop.home)) for path in found}


def cleaned(shop: Workshop) -> int:
    with closing(connect_reader(shop.layout.database)) as db:
        return remove_unnamed(db, shop.layout)


def test_contents_and_what_stands_beside_are_found(shop: Workshop) -> None:
    found = list(iter_contents(shop.layout))
    assert {os.path.relpath(one.path, shop.home) for one in found} == {
        name for name in names(shop) if not name.startswith("manifests")
    }
    digests = {
        digest[:16]: place for digest, place in shop.rows("SELECT digest, place FROM contents")
    }
    assert {one.name[:16] for one in found} == set(digests)
    assert {one.place for one in found} == {0, 1}
    assert all(one.name[16:] == bytes(32) for one in found)


def test_manifests_are_found(shop: Workshop) -> None:
    found = list(iter_manifests(shop.layout))
    assert [(one.name, one.place) for one in found] == [((1).to_bytes(8, "big"), 0),
                                                        ((1).to_bytes(8, "big"), 1)]  # fmt: skip
    for one in found:
        assert named_as(one.path) == (one.name, one.place)
    os.rename(shop.home / "manifests", shop.home / "elsewhere")
    assert list(iter_manifests(shop.layout)) == []


def test_a_path_says_what_it_is_named_for(shop: Workshop) -> None:
    for one in iter_contents(shop.layout):
        if "." not in os.path.basename(one.path):
            assert named_as(one.path) == (one.name, one.place)


def test_other_files_are_passed_by(shop: Workshop) -> None:
    before = len(list(iter_contents(shop.layout)))
    folder = shop.home / "ab" / "cd"
    folder.mkdir(parents=True)
    for name in ("readme", "ab" * 15, "AB" * 16, "ab" * 16 + "-x", "ab" * 16 + ".other"):
        (folder / name).touch()
    (shop.home / "ab" / "file").touch()
    (shop.home / "manifests" / "notes").touch()
    assert len(list(iter_contents(shop.layout))) == before
    assert len(list(iter_manifests(shop.layout))) == 2
    assert cleaned(shop) == 0
    assert (folder / "readme").exists() and (shop.home / "manifests" / "notes").exists()


def test_only_what_no_row_names_is_removed(shop: Workshop) -> None:
    before = names(shop)
    assert cleaned(shop) == 0 and names(shop) == before
    folder = shop.home / "ab" / "cd"
    folder.mkdir(parents=True)
    for end in ("", ".meta", ".sig", ".basis", "-7", "-7.meta"):
        (folder / ("abcd" + "0" * 28 + end)).touch()
    (shop.home / "manifests" / "9-0").touch()
    assert cleaned(shop) == 3  # two contents and a manifest, and what stood beside
    assert names(shop) == before
    with shop.reader() as reader:
        assert len(shown(reader, 1)) == 3
