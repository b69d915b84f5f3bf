from pathlib import Path

import pytest

from tardis.model import UsageError
from tardis.store import StoreReader
from tardis.web.pages import finding
from tardis.web.pages.finding import Key, pattern_of, search
from tests.store.crowd import crowded
from tests.web.pages.story import ODD


def paths(reader: StoreReader, wanted: str) -> dict[bytes, tuple[int, int]]:
    """Return everything that is found, whatever the number of pages."""
    found: dict[bytes, tuple[int, int]] = {}
    key: Key = (0, 0, b"")
    while True:
        page = search(reader, wanted, key)
        found |= {one.path: (one.first.number, one.last.number) for one in page.found}
        if page.further is None:
            assert page.percent == 100
            return found
        assert page.further > key
        key = page.further


def test_a_part_of_a_name_finds_it_in_any_case(reader: StoreReader) -> None:
    assert paths(reader, "OTES") == {b"top/docs/notes.txt": (7, 8)}
    assert paths(reader, "none of these") == {}


def test_what_is_gone_is_found_where_it_was(reader: StoreReader) -> None:
    assert paths(reader, "letter") == {b"top/docs/letter.txt": (1, 3)}
    assert paths(reader, "soup") == {b"top/recipes/soup": (4, 5)}


def test_patterns_must_fit_the_whole_name(reader: StoreReader) -> None:
    assert set(paths(reader, "*.png")) == {b"top/pictures/sun.png"}
    assert paths(reader, "otes*") == {}
    assert set(paths(reader, "odd*")) == {b"top/docs/" + ODD}
    assert set(paths(reader, "recipe")) == {b"top/recipes"}


def test_every_page_of_a_search_looks_at_some_rows(
    reader: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = paths(reader, "*")
    monkeypatch.setattr(finding, "LOOKED_AT", 3)
    assert paths(reader, "*") == wanted
    monkeypatch.setattr(finding, "FOUND", 2)
    assert set(paths(reader, "*")) == set(wanted)
    first = search(reader, "*")
    assert len(first.found) <= 2 and first.further and first.percent < 100


def test_what_only_incomplete_sets_have_is_not_found(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base")
    shop.execute("UPDATE backup_sets SET is_complete = 0")
    with shop.reader() as reader:
        assert paths(reader, "file") == {}


def test_names_are_found_however_many_sets_of_another_job_came_after(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=9)
    shop.execute("INSERT INTO lineages VALUES (99, x'aa', 'other')")
    shop.execute("UPDATE backup_sets SET lineage = 99 WHERE number > 3")
    shop.execute("UPDATE roots SET path = x'6f', directory = 7 WHERE backup_set > 3")
    with shop.reader() as reader:
        assert paths(reader, "file") == {b"top/file": (1, 3)}


def test_names_are_found_where_a_job_has_lost_a_root(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=9)
    shop.execute("UPDATE roots SET path = x'6f', directory = 7 WHERE backup_set > 3")
    with shop.reader() as reader:
        assert paths(reader, "file") == {b"top/file": (1, 3)}
        shop.execute("UPDATE roots SET path = x'6f', directory = 7")
        assert (search(reader, "file").found, search(reader, "file").lost) == ([], 1)


def test_nobody_may_ask_for_endless_patterns() -> None:
    with pytest.raises(UsageError):
        pattern_of("x" * 201)
    assert pattern_of("[a").match("[a") is not None
