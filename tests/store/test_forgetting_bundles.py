"""What is forgotten is in no bundle any more, and its neighbours are as they were."""

from contextlib import closing
from pathlib import Path

import pytest

from tardis.store import prune
from tardis.store.rebuild_scan import iter_headers
from tardis.store.records import HEADER, Kind
from tardis.streams import expand
from tests.store.bundled import parts, run, texts
from tests.store.test_forgetting import check, everything, forget
from tests.store.workshop import Workshop


def plain(shop: Workshop) -> bytes:
    """Return all that packs hold of contents, dead or alive, expanded."""
    found = []
    for path in shop.layout_packs():
        data = Path(path).read_bytes()
        for place, record in iter_headers(str(path)):
            if record.kind in (Kind.DATA, Kind.DELTA):
                start = place + HEADER.size
                stored = data[start : start + record.stored]
                found.append(expand(record.codec, stored, record.size))
    return b"".join(found)


@pytest.fixture
def two(shop: Workshop) -> Workshop:
    """A store with a bundle of thirty files, and a later one of ten."""
    run(shop, texts(30))
    run(shop, texts(30) | texts(10, 100))
    return shop


def test_a_part_goes_with_its_bundle_and_the_others_stay(two: Workshop) -> None:
    gone, kept = texts(1, 7)[b"007"], texts(1, 8)[b"008"]
    assert gone in plain(two) and parts(two) == 40
    done = forget(two, b"top/007")
    assert (done.rows, done.contents, done.size_bytes, done.lost) == (2, 1, 3000, 0)
    seen = plain(two)
    assert gone not in seen and kept in seen
    assert parts(two) == 10, "the other bundle is left alone"
    files = texts(30)
    del files[b"007"]
    assert everything(two) == {1: files, 2: files | texts(10, 100)}
    check(two)


def test_what_a_purge_has_left_of_others_goes_too(two: Workshop) -> None:
    """A bundle keeps the bytes of what was removed as long as half of it is needed."""
    run(two, texts(29, 1))
    with closing(two.writer()) as writer:
        prune(writer, [1, 2])
    purged = texts(1)[b"000"]
    assert purged in plain(two)
    forget(two, b"top/005")
    assert purged not in plain(two)
    files = texts(29, 1)
    del files[b"005"]
    assert everything(two) == {3: files}
    check(two)
