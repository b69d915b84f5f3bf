from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tardis.model import OPEN
from tardis.store import StoreReader
from tardis.store.catalog import paging
from tests.facilities import counts
from tests.store.crowd import cost, crowded, versions
from tests.store.workshop import Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return crowded(tmp_path / "base", sets=9)


@pytest.fixture
def reader(shop: Workshop) -> Iterator[StoreReader]:
    with shop.reader() as found:
        yield found


def numbers(sets: object) -> list[int]:
    return [one.number for one in sets]  # type: ignore[attr-defined]


def test_sets_come_in_both_directions(reader: StoreReader) -> None:
    db = reader._directory()._db
    assert numbers(paging.sets_before(db, 5, 2)) == [4, 3]
    assert numbers(paging.sets_after(db, 5, 2)) == [6, 7]
    assert numbers(paging.sets_before(db, 1, 2)) == numbers(paging.sets_after(db, 9, 2)) == []
    assert paging.count_sets(db) == 9


def test_sets_of_a_page_lack_what_is_long_and_nothing_else(shop: Workshop) -> None:
    with shop.reader() as reader:
        paged = paging.sets_before(reader._directory()._db, 2, 1)[0]
        [whole] = [one for one in reader.sets() if one.number == 1]
    assert paged.command_line == paged.client_config == b""
    for field in set(whole._fields) - {"command_line", "client_config"}:
        assert getattr(paged, field) == getattr(whole, field)


def test_a_number_some_sets_away_is_found(reader: StoreReader) -> None:
    db = reader._directory()._db
    assert [paging.older(db, 5, 2), paging.older(db, 5, 99), paging.older(db, 1, 1)] == [3, 1, None]
    assert [paging.newer(db, 5, 2), paging.newer(db, 5, 99), paging.newer(db, 9, 1)] == [7, 9, None]


def test_columns_share_the_sets_out(shop: Workshop) -> None:
    shop.execute("UPDATE backup_sets SET new_files = number, delta_files = 1, gone_files = 1")
    shop.execute("UPDATE backup_sets SET size_bytes = 100 * number, is_locked = number = 4")
    shop.execute("UPDATE backup_sets SET alarm = 1, is_complete = 0 WHERE number = 9")
    with shop.reader() as reader:
        found = paging.columns(reader._directory()._db, (2, 9), 3)
        single = paging.columns(reader._directory()._db, (1, 9), 100)
    assert [(one.first, one.last, one.sets) for one in found] == [(2, 4, 3), (5, 7, 3), (8, 9, 2)]
    assert [one.churn for one in found] == [9 + 6, 18 + 6, 17 + 4]
    assert [one.size_bytes for one in found] == [400, 700, 900]
    assert [one.locked for one in found] == [1, 0, 0]
    assert [(one.incomplete, one.alarmed) for one in found] == [(0, 0), (0, 0), (1, 1)]
    assert [one.name for one in single] == ["set 1", *(f"set {at}" for at in range(2, 10))]


def test_damaged_contents_tell_their_sets(shop: Workshop) -> None:
    versions(shop, b"lost", [(3, 5)])
    with shop.reader() as reader:
        assert paging.damages(reader._directory()._db, 9) == []
        assert paging.count_damaged(reader._directory()._db) == 0
    shop.execute("UPDATE contents SET is_damaged = 1")
    with shop.reader() as reader:
        assert sorted(paging.damages(reader._directory()._db, 9)) == [(1, OPEN), (3, 5)]
        assert len(paging.damages(reader._directory()._db, 1)) == 1
        assert paging.count_damaged(reader._directory()._db) == 1


def test_damage_is_found_by_an_index_of_its_own(reader: StoreReader) -> None:
    plan = reader._directory()._db.execute(f"EXPLAIN QUERY PLAN {paging._DAMAGES}", (1,)).fetchall()
    assert any("contents_damaged" in row[-1] for row in plan), plan


def test_tags_come_with_their_sets(shop: Workshop) -> None:
    for tag, number in (("b", 2), ("a", 2), ("c", 3), ("d", 8)):
        shop.execute("INSERT INTO tags VALUES (?, ?)", tag, number)
    with shop.reader() as reader:
        assert paging.tags_of(reader._directory()._db, [2, 3, 4]) == {2: ["a", "b"], 3: ["c"]}


def test_turns_are_the_sets_in_which_rows_begin_and_end(shop: Workshop) -> None:
    versions(shop, b"one", [(2, 3), (4, 0)])
    versions(shop, b"two", [(4, 6), (9, 0)])
    with shop.reader() as reader:
        assert paging.turns(reader._directory()._db, 1, (1, 9), 99) == ([1, 2, 4, 9], [3, 6])
        assert paging.turns(reader._directory()._db, 1, (3, 5), 99) == ([4], [3])
        assert paging.turns(reader._directory()._db, 1, (1, 9), 2) == ([1, 2], [3, 6])
        assert paging.turns(reader._directory()._db, 77, (1, 9), 99) == ([], [])


@pytest.mark.parametrize("streams", [0, 2, 40])
def test_a_page_is_what_the_set_shows_in_order(
    shop: Workshop, streams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_STREAMS", streams)
    monkeypatch.setattr(paging, "_SLICE", 2)
    for at in range(8):
        versions(shop, b"n%d" % at, [(at + 1, 0)])
        versions(shop, b"m%d" % at, [(1, at + 1)])
        versions(shop, b"v%d" % at, [(at + 1, at + 1), (at + 2, 0)])
    with shop.reader() as reader:
        for number in range(1, 10):
            wanted = sorted(reader.children(1, number))
            found: list[object] = []
            after = b""
            while some := paging.page(reader._directory()._db, 1, number, after, 5):
                assert len(some) <= 5
                found += some
                after = some[-1].name
            assert found == wanted, number


def test_what_came_and_went_is_told_apart(shop: Workshop) -> None:
    versions(shop, b"came", [(5, 0)])
    versions(shop, b"went", [(1, 4)])
    versions(shop, b"both", [(1, 4), (5, 0)])
    versions(shop, b"between", [(4, 4)])
    versions(shop, b"stays", [(1, 0)])
    with shop.reader() as reader:
        came, went = paging.came_and_went(reader._directory()._db, 1, 3, 5, 99)
        assert [one.name for one in came] == [b"both", b"came"]
        assert [one.name for one in went] == [b"both", b"went"]
        assert [len(one) for one in paging.came_and_went(reader._directory()._db, 1, 3, 5, 1)] == [
            1,
            1,
        ]


def test_the_newest_set_of_each_lineage_is_told(shop: Workshop) -> None:
    shop.execute("INSERT INTO lineages VALUES (99, x'aa', 'other')")
    shop.execute("UPDATE backup_sets SET lineage = 99 WHERE number > 6")
    shop.execute("UPDATE backup_sets SET is_complete = 0 WHERE number = 9")
    with shop.reader() as reader:
        assert paging.newest_of_lineages(reader._directory()._db, (1, 1 << 62), 9) == [8, 6]
        assert paging.newest_of_lineages(reader._directory()._db, (2, 5), 9) == [5]
        assert paging.newest_of_lineages(reader._directory()._db, (1, 9), 1) == [8]


def test_one_row_is_found_by_its_key(shop: Workshop) -> None:
    versions(shop, b"one", [(2, 3), (4, 0)])
    with shop.reader() as reader:
        found = paging.row(reader._directory()._db, 1, 4, b"one")
        assert found is not None and (found.first_set, found.last_set) == (4, OPEN)
        assert paging.row(reader._directory()._db, 1, 3, b"one") is None


def test_all_names_are_reached_page_by_page(shop: Workshop) -> None:
    versions(shop, b"one", [(1, 2), (3, 0)])
    key, found = (0, 0, b""), []
    with shop.reader() as reader:
        while some := paging.names_after(reader._directory()._db, key, 2):
            found += [(one.name, one.first_set, one.last_set) for one in some]
            key = (some[-1].directory, some[-1].first_set, some[-1].name)
        assert paging.last_directory(reader._directory()._db) >= 1
    assert found == [(b"file", 1, OPEN), (b"one", 1, 2), (b"one", 3, OPEN)]


def test_nothing_costs_more_for_very_many_names(tmp_path: Path) -> None:
    small = crowded(tmp_path / "small", names=2_000)
    large = crowded(tmp_path / "large", names=counts(20_000, 100_000))

    def costs(shop: Workshop) -> list[int]:
        with shop.reader() as reader:
            db = reader._directory()._db
            return [
                cost(reader, lambda: paging.page(db, 1, 1, b"", 500)),
                cost(reader, lambda: paging.page(db, 1, 1, b"name 0001500", 400)),
                cost(reader, lambda: paging.turns(db, 1, (1, 1), 500)),
                cost(reader, lambda: paging.came_and_went(db, 1, 1, 2, 500)),
            ]

    for usual, found in zip(costs(small), costs(large), strict=True):
        assert found <= usual + 2


def test_pages_of_sets_cost_the_same_for_very_many_sets(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=counts(2_000, 10_000))
    with shop.reader() as reader:
        for number in (3, 1_000, 2_000):
            assert (
                cost(reader, partial(paging.sets_before, reader._directory()._db, number, 50)) < 40
            )
        assert len(paging.columns(reader._directory()._db, (1, 1 << 60), 100)) == 100
