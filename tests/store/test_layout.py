"""Where things lie; no name leads out of its directory."""

import pytest

from tardis.model import StoreError
from tardis.store import Place
from tardis.store.layout import Layout


def test_the_parts_of_a_store() -> None:
    layout = Layout.of("/base", "box")
    assert layout.database == "/base/box/tardis.db"
    assert layout.keys == "/base/box/tardis.db.keys"
    assert layout.journal == "/base/box/tardis.journal"
    assert layout.lock == "/base/box/tardis.lock"
    assert layout.reserve == "/base/box/.reserve"
    assert layout.pack(7) == "/base/box/packs/7.pack"
    assert layout.incoming == "/base/box/packs/incoming"


def test_large_contents_are_spread_by_their_digest() -> None:
    layout, digest = Layout.of("/base", "box"), bytes(range(171, 203))
    assert layout.large(digest, 0) == f"/base/box/ab/{digest.hex()}"
    assert layout.large(digest, 2) == f"/base/box/ab/{digest.hex()}-2"


def test_catalogs_may_lie_elsewhere() -> None:
    place = Place("/base", db_name="mine.db", db_dir="/fast", journal="log")
    layout = place.layout("box")
    assert layout.database == "/fast/box/mine.db" and layout.keys == "/fast/box/mine.db.keys"
    assert layout.journal == "/base/box/log" and layout.directory == "/base/box"


@pytest.mark.parametrize("name", ["", ".", "..", ".server", "a/b", "/abs", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(StoreError):
        Layout.of("/base", name)
    with pytest.raises(StoreError):
        Layout.of("/base", "box", name)
