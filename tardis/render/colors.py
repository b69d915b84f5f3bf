"""Colors of a terminal: what they are called, and how a text gets one."""

from collections.abc import Mapping
from typing import Final

_COLORS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BRIGHT: Final = {"grey": 90, "gray": 90} | {
    f"light_{name}": 90 + at for at, name in enumerate(_COLORS) if at
}
_TEXT: Final = {name: 30 + at for at, name in enumerate(_COLORS)} | _BRIGHT
_ATTRIBUTES: Final = {
    "bold": 1, "dark": 2, "underline": 4, "blink": 5, "reverse": 7, "concealed": 8,
}  # fmt: skip
_BACKGROUND: Final = 10
_NO_COLOR: Final = ("", "none", "default")
MEANINGS: Final = ("gone", "changed", "full", "moved", "header", "name", "error", "default")


class Palette:
    """Gives texts their colors; an empty one leaves them alone."""

    def __init__(self, codes: Mapping[str, str] | None = None) -> None:
        self._codes = codes or {}

    def __bool__(self) -> bool:
        return bool(self._codes)

    def paint(self, meaning: str, text: str) -> str:
        """Return *text* in the color of what it means."""
        code = self._codes.get(meaning)
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def read_colors(text: str) -> dict[str, str]:
    """Return the codes that ``NAME=TEXT[,BACKGROUND[,ATTRIBUTE...]]:...`` stands for.

    Raises:
        ValueError: A name, a color or an attribute is not known.
    """
    codes = {}
    for part in filter(None, text.split(":")):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in MEANINGS:
            raise ValueError(f"{part!r} does not begin with one of {', '.join(MEANINGS)} and =")
        codes[name.strip()] = ";".join(map(str, _codes(value)))
    return codes


def _codes(value: str) -> list[int]:
    front, *more = (word.strip().lower() for word in value.split(","))
    back, attributes = (more[0], more[1:]) if more else ("", [])
    found = [_ATTRIBUTES[word] for word in attributes if _known(word, _ATTRIBUTES)]
    if front not in _NO_COLOR and _known(front, _TEXT):
        found.append(_TEXT[front])
    if back not in _NO_COLOR and _known(back.removeprefix("on_"), _TEXT):
        found.append(_TEXT[back.removeprefix("on_")] + _BACKGROUND)
    return found


def _known(word: str, known: Mapping[str, int]) -> bool:
    if word and word not in known:
        raise ValueError(f"{word!r} is none of {', '.join(known)}")
    return bool(word)
