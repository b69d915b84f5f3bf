"""Tables of plain text: columns as wide as what is in them."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

_GAP: Final = "  "
_WIDE: Final = ("W", "F")


def width(text: str) -> int:
    """Return how many places *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_places(char) for char in text)


def table(rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """Yield a line for each of *rows*, without blanks at the end.

    Args:
        rows: All of the same length; the headings are a row like the others.
        sides: A letter for each column: ``l`` keeps it left, ``r`` right.
    """
    columns = list(zip(*rows, strict=True))
    is_plain = all(all(map(str.isascii, column)) for column in columns)
    widths = [max(map(len if is_plain else width, column)) for column in columns]
    if is_plain:  # most are, and some have ten thousand rows
        form = _GAP.join(
            f"%{'' if side == 'r' else '-'}{wide}s"
            for side, wide in zip(sides, widths, strict=True)
        )
        for row in rows:
            yield (form % tuple(row)).rstrip()
        return
    for row in rows:
        cells = map(_cell, row, widths, sides)
        yield _GAP.join(cells).rstrip()


def _cell(text: str, wide: int, side: str) -> str:
    blanks = " " * (wide - width(text))
    return blanks + text if side == "r" else text + blanks


def _places(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1
