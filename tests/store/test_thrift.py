"""A writer on a small machine keeps less in memory, and writes the same."""

from contextlib import closing

import pytest

from tardis.store import open_set, open_writer
from tardis.store import writer as module
from tests.store.workshop import BOX, CLAIM, WISH, Workshop, put


def test_groups_are_smaller_and_less_is_remembered(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_ROWS", 8)
    monkeypatch.setattr(module, "KNOWN_LIMIT", 8)
    with closing(open_writer(shop.place(thrift=4), BOX, CLAIM, shop.flushers)) as writer:
        assert writer.layout.thrift == 4
        (cache,) = writer.writing_db.execute("PRAGMA cache_size").fetchone()
        open_set(writer, WISH)
        writer.group.settled.append((1, b"a"))
        writer.seal_if_due()
        assert not writer.group.is_empty
        writer.group.settled.append((1, b"b"))
        writer.seal_if_due()
        assert writer.group.is_empty
        for number in range(6):
            put(writer, b"content %d" % number)
        writer.drain()
        assert shop.rows("SELECT count(*) FROM contents") == [(6,)]
    with closing(shop.writer()) as usual:
        assert usual.writing_db.execute("PRAGMA cache_size").fetchone() == (4 * cache,)


def test_many_bytes_seal_a_group_too(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 4000)
    for thrift, is_sealed in ((4, True), (1, False)):
        with closing(open_writer(shop.place(thrift=thrift), BOX, CLAIM, shop.flushers)) as writer:
            open_set(writer, WISH)
            put(writer, bytes([thrift]) * 1500)
            writer.seal_if_due()
            assert writer.group.is_empty == is_sealed
            writer.drain()
