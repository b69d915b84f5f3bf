"""What is doomed in packs: told while it waits for a purge, and off the list with its pack."""

from contextlib import closing
from pathlib import Path

import pytest

from tardis.store import Rebuild, open_scrub, prune
from tardis.store.catalog.pruning import DEAD_SHARE
from tardis.store.pruning import Pruning
from tardis.store.records import HEADER
from tests.store.workshop import BOX, Workshop

KEPT = {b"kept": bytes(range(250)) * 400}
LITTLE = {b"little": b"a few words" * 200}
MUCH = {b"much": b"many words, and more" * 4000}


def remove(shop: Workshop, *numbers: int) -> None:
    with closing(shop.writer()) as writer:
        prune(writer, numbers)


def listed(shop: Workshop) -> int:
    return len(shop.rows("SELECT 1 FROM doomed WHERE pack IS NOT NULL"))


def told(shop: Workshop) -> list[str]:
    """Return what a check says of what is doomed."""
    with open_scrub(shop.layout) as scrub:
        scrub.structure()
        return [one.text for one in scrub.done.findings if one.kind == "doomed"]


def test_so_little_that_it_stays_in_its_pack_waits_for_nothing(shop: Workshop) -> None:
    shop.run(KEPT | LITTLE)
    shop.run(KEPT)
    remove(shop, 1)
    remove(shop)
    assert listed(shop) == 1 and told(shop) == []


def test_what_the_next_purge_removes_is_told_until_then(shop: Workshop) -> None:
    shop.run(KEPT | MUCH)
    shop.run(KEPT)
    with closing(shop.writer()) as writer:  # and no further, as if it had been killed
        work = Pruning(writer)
        work.drop_sets([1])
        work.drop_rows()
        work.drop_contents()
    assert listed(shop) == 1 and told(shop) == ["1 content left to be removed by the next purge"]
    remove(shop)
    assert listed(shop) == 0 and told(shop) == []
    assert [path.stem for path in shop.layout_packs() if path.stem == "1"] == []


def test_a_catalog_that_was_put_back_lists_nothing_of_packs_that_are_gone(shop: Workshop) -> None:
    shop.run(KEPT | LITTLE)
    shop.run(KEPT)
    remove(shop, 1)
    old = (shop.home / "tardis.db").read_bytes()
    ((pack,),) = shop.rows("SELECT pack FROM doomed WHERE pack IS NOT NULL")
    shop.run({b"other": b"of another day"})
    shop.run({b"other": b"of another day"})
    remove(shop, 2, 3)  # with the open rows of today alone nothing of that pack lives
    assert not Path(shop.layout.pack(pack)).exists()
    (shop.home / "tardis.db").write_bytes(old)
    with closing(Rebuild(shop.place(), BOX)) as work:
        work.put(work.build())
    assert listed(shop) == 0 and told(shop) == []


def test_signatures_are_no_waste(shop: Workshop) -> None:
    shop.run(KEPT)
    with shop.reader() as reader:
        before = reader.waste()
    shop.execute("INSERT INTO signatures SELECT id, pack, place, 40 FROM contents LIMIT 1")
    with shop.reader() as reader:
        assert reader.waste() == (0, before[1] - 40 - HEADER.size)


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_the_share_that_may_stay_is_that_of_purges(shop: Workshop, share: float) -> None:
    """A check tells exactly what a purge would rewrite packs for."""
    live = len(KEPT[b"kept"]) + HEADER.size
    length = int(live * (1 + share * DEAD_SHARE))
    shop.run(KEPT)
    shop.execute("INSERT INTO doomed VALUES (1, x'00', 1, 0, 5)")
    shop.execute("UPDATE packs SET length = ? WHERE number = 1", length)
    assert bool(told(shop)) is (share > 1)
