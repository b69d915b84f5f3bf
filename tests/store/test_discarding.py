"""What an incomplete set has brought goes again, and earlier sets stay as they are."""

from tardis.store import discard_set, prune
from tardis.store.discarding import COUNTERS
from tests.store.workshop import Workshop, fill, put, row, shown


def test_rows_that_were_opened_go_and_those_closed_stay_closed(shop: Workshop) -> None:
    shop.run({b"a": b"one", b"b": b"same"})
    with shop.running() as writer:
        fill(writer, {b"a": b"two", b"c": b"new"})
        writer.count_new(2, 6, 6)
        assert discard_set(writer) == 2
        prune(writer, [])
    assert shop.rows("SELECT count(*) FROM entries WHERE first_set = 2 OR last_set > 2") == [(0,)]
    assert shop.rows("SELECT count(*) FROM contents") == [(2,)]
    columns = ", ".join(COUNTERS)
    assert set(shop.rows(f"SELECT {columns} FROM backup_sets WHERE number = 2")[0]) == {0}
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one", b"b": b"same"}
    done = shop.run({b"a": b"three"})
    assert done.number == 2
    with shop.reader() as reader:
        assert shown(reader, 2) == {b"a": b"three"}
        assert shown(reader, 1) == {b"a": b"one", b"b": b"same"}


def test_a_subtree_that_came_is_left_to_be_closed(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        below = writer.new_directory()
        writer.group.new_directories.append((below, 1, 3, 0))
        whole = list(row(b"d", None, 1, 2))
        whole[2], whole[14] = 0o40755, below
        writer.group.opened.append(tuple(whole))
        writer.group.opened.append(row(b"x", put(writer, b"x"), below, 2, 1))
        writer.group.fingerprints.append((1, b"", None, 2, b"f", 0))
        assert discard_set(writer) == 2
        assert shop.rows("SELECT count(*) FROM fingerprints") == [(0,)]
        assert shop.rows("SELECT directory FROM unlinked") == [(below,)]
        prune(writer, [])
    assert shop.rows("SELECT count(*) FROM directories") == [(1,)]
    shop.run({b"a": b"one"})
    assert shop.rows("PRAGMA foreign_key_check") == []


def test_many_rows_go_page_by_page(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        content = put(writer, b"x")
        for number in range(20_500):
            writer.group.opened.append(row(b"%d" % number, content, 1, 2, 1))
            writer.seal_if_due()
        assert discard_set(writer) == 20_500
    assert shop.rows("SELECT count(*) FROM entries") == [(1,)]


def test_a_set_that_brought_nothing_has_nothing_to_lose(shop: Workshop) -> None:
    with shop.running() as writer:
        assert discard_set(writer) == 0
