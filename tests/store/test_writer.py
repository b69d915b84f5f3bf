"""What a run gathers, finds again, and gives back."""

from contextlib import closing

import pytest

from tardis.crypto import digest
from tardis.model import SMALL, IntegrityError, StoreError
from tardis.store import writer as module
from tardis.streams import compress
from tests.store.workshop import Workshop, descriptors, fill, put, put_large, root, row, shown


def test_a_content_is_found_before_it_is_committed(shop: Workshop) -> None:
    with shop.running() as writer:
        number = put(writer, b"one")
        name = digest(writer.repository.digest_key, b"one")
        assert writer.find_contents([name, b"x" * 32]) == {name: number}
        assert put(writer, b"one") == number
        assert writer.group.contents[0][:3] == (number, name, 3)


def test_a_content_is_found_by_the_next_run(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        name = digest(writer.repository.digest_key, b"one")
        assert writer.find_contents([name, b"x" * 32]) == {name: 1}
        assert writer.find_contents([]) == {}


def test_a_content_that_was_not_committed_is_not_known(shop: Workshop) -> None:
    with shop.running() as writer:
        put(writer, b"one")
        name = digest(writer.repository.digest_key, b"one")
    with shop.running() as writer:
        assert writer.find_contents([name]) == {}


def test_a_damaged_content_is_not_known_and_keeps_its_id(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    before = shop.rows("SELECT pack, place FROM contents")[0]
    shop.execute("UPDATE contents SET is_damaged = 1")
    with shop.running() as writer:
        name = digest(writer.repository.digest_key, b"one")
        assert writer.find_contents([name]) == {}
        assert put(writer, b"one") == 1
        assert writer.find_contents([name]) == {name: 1}
        writer.drain()
        assert writer.has_changed
    ((pack, place, damaged),) = shop.rows("SELECT pack, place, is_damaged FROM contents")
    assert (pack, place) != before and not damaged
    assert shop.rows("SELECT pack, place FROM doomed") == [before]


def test_few_digests_are_remembered_and_none_that_waits_is_forgotten(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KNOWN_LIMIT", 5)
    with shop.running() as writer:
        fill(writer, {})
        ids = {}
        for number in range(40):
            data = b"content %d" % number
            ids[digest(writer.repository.digest_key, data)] = put(writer, data)
            if number % 4 == 3:
                writer.seal()
                assert len(writer._known) <= 5 + 8
            assert writer.find_contents(list(ids)) == ids
        writer.drain()


@pytest.mark.parametrize("codec", range(5))
def test_compressed_contents_are_expanded_and_verified(shop: Workshop, codec: int) -> None:
    data = b"plain " * 1000
    with shop.running() as writer:
        fill(writer, {})
        number = put(writer, data, codec, compress(codec, data))
        writer.group.opened.append(row(b"a", number, 1, 1, len(data)))
        shop.complete(writer)
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": data}


@pytest.mark.parametrize(
    "size, codec, data",
    [(3, 0, b"two"), (3, 9, b"one"), (3, 1, b"rubbish"), (3, 1, compress(1, b"ones"))],
    ids=["other bytes", "codec", "damaged", "too long"],
)
def test_a_content_that_is_not_what_it_says_is_never_committed(
    shop: Workshop, size: int, codec: int, data: bytes
) -> None:
    with shop.running() as writer:
        put(writer, b"fine")
        writer.add_small(digest(writer.repository.digest_key, b"one"), size, codec, data)
        with pytest.raises(IntegrityError):
            writer.drain()
        with pytest.raises(IntegrityError):
            writer.seal_if_due()
    assert shop.rows("SELECT count(*) FROM contents") == [(0,)]
    shop.run({b"a": b"one"})
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"}


@pytest.mark.parametrize(
    "size, codec, data",
    [(4, 0, b"one"), (-1, 1, compress(1, b"one")), (SMALL + 1, 0, bytes(SMALL + 1)),
     (3, 0, bytes(SMALL + 1))],
    ids=["other size", "negative", "too large", "too much"],
)  # fmt: skip
def test_an_impossible_content_is_refused_at_once(
    shop: Workshop, size: int, codec: int, data: bytes
) -> None:
    with shop.running() as writer:
        name = digest(writer.repository.digest_key, b"one")
        with pytest.raises(IntegrityError):
            writer.add_small(name, size, codec, data)
        assert writer.group.is_empty
        writer.push()
    assert max(shop.packs().values()) <= 4096  # the keys alone


def test_large_contents_get_a_free_name(shop: Workshop) -> None:
    data = b"large" * 100_000
    for place in range(3):
        with shop.running() as writer:
            put_large(writer, data)
            ((_, _, _, _, _, pack, found, *_),) = writer.group.contents
            assert (pack, found) == (None, place)  # nobody ever named the files before it
            writer.backlog.wait(writer.backlog.mark())  # what waits at the end is dropped


def test_groups_are_sealed_when_they_are_large(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_BYTES", 1000)
    with shop.running() as writer:
        put(writer, b"few")
        writer.seal_if_due()
        assert writer.group.contents
        put(writer, b"many" * 500)
        writer.seal_if_due()
        assert writer.group.is_empty
        writer.committer.drain()
        assert shop.rows("SELECT count(*) FROM contents") == [(2,)]


def test_groups_are_sealed_when_they_have_many_rows_of_any_kind(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_ROWS", 3)
    with shop.running() as writer:
        for number in range(3):
            writer.seal_if_due()
            assert len(writer.group.settled) == number
            writer.group.settled.append((1, b"name"))
        writer.seal_if_due()
        assert writer.group.is_empty
        writer.drain()


def test_groups_are_sealed_when_they_are_old(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_SECONDS", 0.0)
    with shop.running() as writer:
        writer.seal_if_due()
        assert shop.rows("SELECT groups FROM backup_sets") == [(0,)]
        put(writer, b"one")
        writer.seal_if_due()
        assert writer.group.is_empty
        writer.drain()


def test_statistics_add_up_over_groups(shop: Workshop) -> None:
    with shop.running() as writer:
        for data in (b"one", b"three"):
            put(writer, data)
            writer.count_new(1, len(data), len(data) + 1)
            writer.seal()
        writer.drain()
    query = "SELECT new_files, new_bytes, stored_bytes FROM backup_sets"
    assert shop.rows(query) == [(2, 8, 10)]


def test_directory_ids_are_never_given_twice(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {})
        assert [writer.new_directory() for _ in range(2)] == [2, 3]
        writer.drain()
    with shop.running() as writer:
        assert writer.new_directory() == 2  # 2 and 3 were never committed


def test_an_unchanged_run_writes_a_constant_number_of_bytes(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    grown = set()
    for _ in range(3):
        before = sum(shop.packs().values())
        with shop.running(name="") as writer:
            root(writer)
            shop.complete(writer)
            assert not writer.has_changed
        grown.add(sum(shop.packs().values()) - before)
    assert max(grown) <= 3 * 4096


def test_a_run_that_goes_on_with_another_counts_as_changed(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        writer.drain()
    with shop.running() as writer:
        assert writer.has_changed


def test_nothing_is_committed_without_a_set(shop: Workshop) -> None:
    with closing(shop.writer()) as writer:
        put(writer, b"one")
        with pytest.raises(StoreError, match="no backup set"):
            writer.drain()


def test_a_closed_writer_holds_nothing(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    before = descriptors()
    for _ in range(2):
        with shop.running() as writer:
            fill(writer, {b"a": b"two"})
            writer.drain()
    assert descriptors() == before


def test_the_lock_is_given_back_even_when_closing_fails(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = shop.writer()

    def fail() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(writer._packs, "close", fail)
    with pytest.raises(OSError, match="Input/output error"):
        writer.close()
    monkeypatch.undo()
    shop.writer().close()
