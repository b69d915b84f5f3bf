"""Colors by name."""

import pytest

from tardis.config import table
from tardis.render import Palette, read_colors


def test_the_default_of_the_table_is_read() -> None:
    codes = read_colors(table.LS_COLORS.default)
    assert codes["gone"] == "33" and codes["full"] == "1;36" and codes["default"] == "37"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name=red", "31"),
        ("name=red,blue", "31;44"),
        ("name=light_green,on_black,bold,underline", "1;4;92;40"),
        ("name=,,reverse", "7"),
        ("name=none", ""),
        ("name=default,none", ""),
        (" name = Grey ", "90"),
    ],
)
def test_a_color_has_text_background_and_attributes(text: str, code: str) -> None:
    assert read_colors(text) == {"name": code}


@pytest.mark.parametrize("text", ["name", "=red", "shape=red", "name=pink", "name=red,,loud"])
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is none of|does not begin"):
        read_colors(text)


def test_a_palette_paints_what_it_knows() -> None:
    palette = Palette({"gone": "33", "name": ""})
    assert palette.paint("gone", "x") == "\x1b[33mx\x1b[0m"
    assert palette.paint("name", "x") == palette.paint("error", "x") == "x"
    assert palette.paint("gone", "") == ""
    assert palette and not Palette()
