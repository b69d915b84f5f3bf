"""What a run asks the catalog: answers are about what is committed, and nothing else."""

from collections.abc import Iterator

import pytest

from tardis.model import OPEN
from tardis.store import StoreWriter
from tests.store.workshop import Workshop, root, row

FOLDER = (0o40755, 0, 0, 0, 5, 6, 7, 8, 1, 99, 0, 0)


@pytest.fixture
def writer(shop: Workshop) -> Iterator[StoreWriter]:
    shop.run({b"a": b"one", b"b": b"two", b"c": b"three"})
    shop.run({b"b": b"two"})
    with shop.running() as made:
        yield made


def test_rows_of_a_range(writer: StoreWriter) -> None:
    found = writer.ask.open_rows(1, b"", None)
    assert found.keys() == {b"b"} and found[b"b"].last_set == OPEN
    assert writer.ask.open_rows(1, b"b", b"c").keys() == {b"b"}
    assert writer.ask.open_rows(1, b"", b"b") == writer.ask.open_rows(1, b"c", None) == {}
    assert writer.ask.open_rows(9, b"", None) == {}


def test_what_is_gathered_is_not_seen_yet(writer: StoreWriter) -> None:
    writer.group.opened.append(row(b"new", None, 1, 3))
    assert b"new" not in writer.ask.open_rows(1, b"", None)
    writer.drain()
    assert b"new" in writer.ask.open_rows(1, b"", None)


def test_the_newest_closed_row_of_a_name(shop: Workshop) -> None:
    for data in (b"one", b"second", b"third!!"):
        shop.run({b"a": data})
    shop.run({})
    with shop.running() as writer:
        found = writer.ask.gone_rows(1, [b"a", b"never"])
        assert found.keys() == {b"a"} and found[b"a"].size == 7
        many = [b"%05d" % number for number in range(2000)]
        assert writer.ask.gone_rows(1, [*many, b"a"]).keys() == {b"a"}


def test_a_closed_row_does_not_vouch_for_a_damaged_content(shop: Workshop) -> None:
    shop.run({b"a": b"one", b"b": b"two"})
    shop.run({})
    shop.execute("UPDATE contents SET is_damaged = 1 WHERE id = 1")
    with shop.running() as writer:
        found = writer.ask.gone_rows(1, [b"a", b"b"])
        assert (found[b"a"].content, found[b"b"].content) == (None, 2)
        assert found[b"a"].size == 3


def test_marks_of_a_range(writer: StoreWriter) -> None:
    marks = [(1, name, "racy", 3) for name in (b"a", b"m", b"z")]
    writer.group.new_directories.append((2, 1, 50, 0))
    writer.group.unsettled += [*marks, (1, b"", "unread", 3), (2, b"b", "racy", 3)]
    writer.drain()
    ask = writer.ask
    assert ask.unsettled_names(1, b"", None).keys() == {b"", b"a", b"m", b"z"}
    assert ask.unsettled_names(1, b"a", b"m") == {b"a": "racy"}
    assert ask.unsettled_names(1, b"", b"a") == {b"": "unread"}
    assert ask.unsettled_names(1, b"n", None) == {b"z": "racy"}


def test_a_mark_keeps_the_set_that_made_it(writer: StoreWriter, shop: Workshop) -> None:
    writer.group.unsettled.append((1, b"a", "racy", 3))
    writer.drain()
    writer.group.unsettled.append((1, b"a", "changed", 4))
    writer.drain()
    assert shop.rows("SELECT why, since_set FROM unsettled") == [("changed", 3)]


def test_directories_are_found_by_their_identity(writer: StoreWriter) -> None:
    ask = writer.ask
    assert ask.knows_directories()
    assert ask.directory_of((1, 2, 0)) == 1
    assert ask.directory_of((1, 2, 1)) is None and ask.directory_of((2, 2, 0)) is None
    assert ask.filesystems() == [(1, "ext4", b"disk")]


def test_names_of_a_directory_are_counted_up_to_two(writer: StoreWriter) -> None:
    assert writer.ask.count_names(1) == 0
    for count, name in enumerate((b"x", b"y", b"z"), 1):
        writer.group.opened.append((1, name, *FOLDER, 1, None, None, 3, 0, None))
        writer.drain()
        assert writer.ask.count_names(1) == min(count, 2)


def test_a_root_is_found_where_it_was_last(shop: Workshop) -> None:
    shop.run({})
    shop.run({})
    with shop.running() as writer:
        assert writer.ask.root_before(b"top", 3) == 1
        assert writer.ask.root_before(b"top", 1) is None
        assert writer.ask.root_before(b"other", 3) is None


def test_a_root_that_is_elsewhere_by_now_is_not_found(shop: Workshop) -> None:
    shop.run({})
    with shop.running() as writer:
        root(writer, 1, b"moved")
        shop.complete(writer)
    with shop.running() as writer:
        assert writer.ask.root_before(b"top", 3) is None
        assert writer.ask.root_before(b"moved", 3) == 1
        root(writer, 1, b"top")
        shop.complete(writer)
    with shop.running() as writer:
        assert writer.ask.root_before(b"top", 4) == 1
        writer.group.new_directories.append((writer.new_directory(), 1, 50, 0))
        writer.group.opened.append((2, b"below", *FOLDER, 1, None, None, 4, 0, None))
        writer.drain()
        assert writer.ask.root_before(b"top", 4) is None


def test_sizes_of_large_contents(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        assert not writer.ask.has_large(3)
        shop.execute("UPDATE contents SET size = 131073")
        assert writer.ask.has_large(131073) and not writer.ask.has_large(131074)


def test_fingerprints_and_their_epoch(writer: StoreWriter, shop: Workshop) -> None:
    assert writer.ask.epoch() == 0
    writer.group.fingerprints.append((1, b"", b"m", 5, b"looks", 0))
    writer.drain()
    assert writer.ask.fingerprint(1, b"") == (b"m", 5, b"looks", 0)
    assert writer.ask.fingerprint(1, b"m") is None
    shop.execute("INSERT INTO settings VALUES ('epoch', 3)")
    assert writer.ask.epoch() == 3
    assert [one.number for one in writer.ask.sets()] == [1, 2, 3]
