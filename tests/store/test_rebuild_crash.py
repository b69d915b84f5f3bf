"""A recovery that ends at any step has lost nothing: the next one comes to its end."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import SCHEMES
from tardis.store import Rebuild, Rebuilt, open_set, prune, write_full_manifest
from tardis.store.catalog import pruning
from tardis.store.pruning import Pruning
from tests.facilities import counts
from tests.store.fuse import CALLS, ends_at
from tests.store.workshop import BOX, WISH, Workshop, fill, shown

STEPS = (*CALLS, "link", "chmod")
MADE = {number: {b"f": b"%d" % number * 50, b"same": b"same"} for number in (1, 2, 3, 4)}


def recover(shop: Workshop) -> Rebuilt:
    with closing(Rebuild(shop.place(), BOX)) as work:
        return work.put(work.build())


@pytest.fixture
def spoiled(tmp_path: Path, request: pytest.FixtureRequest) -> Workshop:
    """A store whose catalog is lost, or an old one, or damaged; keys may be gone too."""
    shop = Workshop(tmp_path / "spoiled").create()
    for number in (1, 2):
        shop.run(MADE[number])
    old = (shop.home / "tardis.db").read_bytes()
    for number in (3, 4):
        shop.run(MADE[number])
    match request.param:
        case "lost":
            (shop.home / "tardis.db").unlink()
            (shop.home / "tardis.db.keys").unlink()
        case "old":
            (shop.home / "tardis.db").write_bytes(old)
        case "damaged":
            (shop.home / "tardis.db").write_bytes(old[:5000])
    return shop


@pytest.mark.guard(240)
@pytest.mark.parametrize("spoiled", ["lost", "old", "damaged"], indirect=True)
def test_it_may_end_at_any_step(spoiled: Workshop, tmp_path: Path) -> None:
    reached, stride = 0, counts(8, 1)
    while True:
        base = tmp_path / "now"
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(spoiled.base, base)
        now = Workshop(base)
        if not ends_at(lambda now=now: recover(now), 1 + reached * stride, STEPS):  # type: ignore[misc]
            break
        with closing(Rebuild(now.place(), BOX)) as work:
            if not work.survey.is_whole:
                assert work.put(work.build()).sets == (1, 2, 3, 4)
        with now.reader() as reader:
            assert {one.number: shown(reader, one.number) for one in reader.sets()} == MADE
        assert now.rows("PRAGMA integrity_check") == [("ok",)]
        assert not list(now.home.glob("*recovering*"))
        reached += 1
    assert reached * stride > 30
    assert now.run({b"f": b"five"}).number == 5


@pytest.mark.parametrize("spoiled", ["lost"], indirect=True)
def test_what_ends_again_and_again_gets_there(spoiled: Workshop) -> None:
    steps = 6
    while ends_at(lambda: recover(spoiled), steps, STEPS):
        steps += 12
    with spoiled.reader() as reader:
        assert {one.number: shown(reader, one.number) for one in reader.sets()} == MADE


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("what", ["purge", "backup"])
def test_sets_that_a_killed_purge_removed_do_not_come_back(
    tmp_path: Path, scheme: str, what: str
) -> None:
    """Whatever is done next lets the manifests tell what is left."""
    shop = Workshop(tmp_path / "base", scheme=scheme).create()
    held = {shop.run(MADE[number]).number: MADE[number] for number in (1, 2, 3)}
    with closing(shop.writer()) as writer:
        Pruning(writer).drop_sets([1, 2])  # and no further
    with closing(shop.writer()) as writer:
        assert pruning.has_outdated_manifests(writer.writing_db)
        if what == "purge":
            prune(writer, [])
        else:
            open_set(writer, WISH)
            fill(writer, MADE[4])
            held[shop.complete(writer).number] = MADE[4]
            write_full_manifest(writer)
        assert not pruning.has_outdated_manifests(writer.writing_db)
    (shop.home / "tardis.db").unlink()
    recover(shop)
    with shop.reader() as reader:
        left = {number: held[number] for number in held if number > 2}
        assert {one.number: shown(reader, one.number) for one in reader.sets()} == left
