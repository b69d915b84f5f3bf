from pathlib import Path

import pytest

from tardis.store import StoreReader
from tardis.web.pages.slider import Slider, slider_of, window_around
from tests.store.crowd import crowded, versions


def slide(reader: StoreReader, path: bytes, number: int, near: int = 250) -> Slider:
    return slider_of(reader, window_around(reader, number, near), path, number)


def numbers(slider: Slider) -> list[int]:
    return [stop.backup.number for stop in slider.stops]


def test_the_stops_are_the_sets_in_which_the_directory_differs(reader: StoreReader) -> None:
    assert numbers(slide(reader, b"top/docs", 1)) == [1, 2, 4, 7]
    assert numbers(slide(reader, b"top/pictures", 1)) == [1, 5]


def test_the_present_set_is_always_a_stop(reader: StoreReader) -> None:
    slider = slide(reader, b"top/docs", 5)
    assert numbers(slider) == [1, 2, 4, 5, 7]
    assert slider.back and slider.forth
    assert (slider.back.backup.number, slider.forth.backup.number) == (4, 7)
    assert slider.before and slider.before.number == 4


def test_a_directory_that_was_made_anew_is_followed(reader: StoreReader) -> None:
    assert numbers(slide(reader, b"top/recipes", 8)) == [1, 4, 6, 8]


@pytest.mark.parametrize("path, stops", [(b"top/docs/letter.txt", [1, 4]), (b"nowhere", [2])])
def test_what_is_not_there_any_more_says_so(
    reader: StoreReader, path: bytes, stops: list[int]
) -> None:
    slider = slide(reader, path, stops[-1] if path == b"nowhere" else 4)
    assert numbers(slider) == stops
    assert not slider.stops[slider.at].is_there


def test_the_first_set_has_nothing_before_it(reader: StoreReader) -> None:
    slider = slide(reader, b"top/docs", 1)
    assert slider.back is None and slider.before is None and slider.older is None


def test_of_sets_that_are_gone_the_next_one_shows_the_change(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=9)
    versions(shop, b"one", [(3, 6)])
    for number in (3, 4, 7):
        shop.execute("DELETE FROM roots WHERE backup_set = ?", number)
        shop.execute("DELETE FROM backup_sets WHERE number = ?", number)
    with shop.reader() as reader:
        assert numbers(slide(reader, b"top", 9)) == [1, 5, 8, 9]


def test_sets_that_did_not_look_are_passed_over(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=6)
    versions(shop, b"one", [(3, 0)])
    shop.execute("UPDATE roots SET path = x'6f74686572' WHERE backup_set IN (3, 4)")
    shop.execute("UPDATE backup_sets SET is_complete = 0 WHERE number = 6")
    with shop.reader() as reader:
        slider = slide(reader, b"top", 5)
        assert numbers(slider) == [1, 5]
        assert slider.before and slider.before.number == 2


def test_a_window_is_as_wide_as_it_is_asked_to_be(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=40)
    with shop.reader() as reader:
        window = window_around(reader, 20, 5)
        assert [one.number for one in window.sets] == list(range(15, 26))
        assert window.older and window.newer
        assert (window.older.number, window.newer.number) == (14, 26)
        slider = slide(reader, b"top", 20, 5)
        assert slider.older and slider.newer
        edge = window_around(reader, 1, 50)
        assert (len(edge.sets), edge.older, edge.newer) == (40, None, None)
