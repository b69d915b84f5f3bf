from pathlib import Path

import pytest

from tardis.model import AuthenticationError, StoreError, UsageError
from tests.server.vault import Vault
from tests.store.crowd import crowded, versions
from tests.store.workshop import Workshop


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "base")
    source = tmp_path / "source"
    source.mkdir()
    for at in range(7):
        (source / f"secret {at}").write_bytes(b"%d" % at)
    made.run(source)
    (source / "secret 3").unlink()
    (source / "fresh").write_bytes(b"fresh")
    made.run(source)
    return made


def test_a_set_is_found_by_its_number(tmp_path: Path) -> None:
    with crowded(tmp_path / "base", sets=3).reader() as reader:
        paged = reader.paged()
        found = [paged.numbered(number) for number in (0, 1, 3, 4)]
        assert [one and one.number for one in found] == [None, 1, 3, None]
        assert (paged.count_sets(), paged.older(3, 9), paged.newer(1, 1)) == (3, 1, 2)
        assert [one.number for one in paged.sets_before(3, 5)] == [2, 1]
        assert [one.first for one in paged.columns(1, 9, 9)] == [1, 2, 3]
        assert (paged.damages(), paged.count_damaged(), paged.tags_of([1])) == ([], 0, {})


def test_a_word_that_means_two_sets_means_none(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    for _ in range(2):
        shop.run({})
    shop.execute("INSERT INTO tags VALUES ('good', 1), ('set 1', 2), ('set 2', 2)")
    with shop.reader() as reader:
        found = {word: reader.paged().chosen(word) for word in ("good", "set 2", "2", "none")}
        assert {word: one and one.number for word, one in found.items()} == {
            "good": 1, "set 2": 2, "2": 2, "none": None,
        }  # fmt: skip
        with pytest.raises(UsageError, match="'set 1' is the name of set 1 and a tag of set 2"):
            reader.paged().chosen("set 1")


def test_a_store_in_clear_goes_by_name(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"b": b"1", b"a": b"2", b"c": b"3"})
    with shop.reader() as reader:
        paged = reader.paged()
        assert paged.is_in_order
        assert [one.name for one in paged.page(1, 1, b"", 2)] == [b"a", b"b"]
        assert [one.name for one in paged.page(1, 1, b"b", 9)] == [b"c"]


def test_sealed_names_come_in_clear_page_by_page(vault: Vault) -> None:
    with vault.reader() as reader:
        paged = reader.paged()
        assert not paged.is_in_order
        [root] = reader.roots(2)
        found: list[bytes] = []
        while some := paged.page(root.directory, 2, found[-1] if found else b"", 3):
            found += [one.name for one in some]
        assert sorted(found) == [b"fresh", *(b"secret %d" % at for at in (0, 1, 2, 4, 5, 6))]
        came, went = paged.came_and_went(root.directory, 1, 2, 9)
        assert ([one.name for one in came], [one.name for one in went]) == (
            [b"fresh"],
            [b"secret 3"],
        )
        assert paged.turns(root.directory, 1, 2) == ([1, 2], [1])


def test_sealed_names_are_searched_in_clear(vault: Vault) -> None:
    with vault.reader() as reader:
        paged = reader.paged()
        key, names = (0, 0, b""), set()
        while some := paged.names_after(key, 2):
            names |= {one.name for one in some}
            key = (some[-1].directory, some[-1].first_set, some[-1].name)
        assert {b"fresh", b"secret 3"} <= names
        assert key[0] <= paged.last_directory()
        [root] = reader.roots(2)
        found = paged.row(root.directory, 2, b"fresh")
        assert found is not None and found.name == b"fresh"
        assert paged.row(root.directory, 1, b"fresh") is None


def test_without_keys_there_are_sets_and_no_names(vault: Vault) -> None:
    with vault.reader(is_open=False) as reader:
        paged = reader.paged()
        assert [one.number for one in paged.sets_before(9, 9)] == [2, 1]
        with pytest.raises(AuthenticationError):
            paged.page(1, 2, b"", 9)
        with pytest.raises(AuthenticationError):
            paged.names_after((0, 0, b""), 9)


def test_a_catalog_that_is_broken_is_said_so(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base")
    versions(shop, b"x", [(1, 0)])
    with shop.reader() as reader:
        shop.execute("DROP TABLE tags")
        with pytest.raises(StoreError):
            reader.paged().tags_of([1])
