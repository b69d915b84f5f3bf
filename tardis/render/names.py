"""Names as a person may see them: nothing in them can drive a terminal or fake a line.

Names are bytes everywhere else.  Escaping is reversible: a backslash of the name's own comes
out doubled.
"""

from collections.abc import Sequence
from typing import Final

_LOWEST_SURROGATE: Final = 0xDC80
_HIGHEST_SURROGATE: Final = 0xDCFF
_ASCII: Final = 0x80
_BMP: Final = 0x10000


def escape_name(name: bytes | str) -> str:
    r"""Return *name* printable: ``\xNN`` for odd bytes and controls, ``\uNNNN`` for others.

    Control characters, line ends, invisible and direction-changing characters are escaped,
    and a backslash becomes two; the blank stays.

    Args:
        name: Bytes in UTF-8 as far as they go, or a `str` with surrogate escapes.
    """
    text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
    return escape_controls(text.replace("\\", "\\\\"))


def escape_names(names: Sequence[bytes]) -> list[str]:
    """Return what `escape_name` makes of each of *names*, at once where none needs it."""
    if not names:
        return []
    text = b"\0".join(names).decode("utf-8", "surrogateescape")
    if "\\" not in text and text.replace("\0", "").isprintable():
        return text.split("\0")
    return [escape_name(name) for name in names]


def escape_controls(text: str) -> str:
    """Return *text* with all that is not printable escaped, backslashes left alone.

    For whole messages, in which names have been escaped before.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    number = ord(char)
    if _LOWEST_SURROGATE <= number <= _HIGHEST_SURROGATE:
        return f"\\x{number & 0xFF:02x}"
    if number < _ASCII:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _BMP else f"\\U{number:08x}"
