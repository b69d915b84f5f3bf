"""Parts of a content that a browser asks for: RFC 9110, chapter 14."""

import re
from typing import Final, NamedTuple

_ONE: Final = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.ASCII)
_DIGITS: Final = 19


class Part(NamedTuple):
    """Bytes from *start* up to before *stop*."""

    start: int
    stop: int


class Unsatisfiable(ValueError):
    """None of the bytes that were asked for is there."""


def wanted_part(header: str, size: int) -> Part | None:
    """Return the part of *size* bytes that a Range header asks for; None: all of it.

    A header that makes no sense, or asks for several parts, does not count, which the standard
    allows: nothing that we serve is worth being taken apart like that.

    Raises:
        Unsatisfiable: It asks for what lies behind the end.
    """
    found = _ONE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    first, last = found[1], found[2]
    if not first:
        length = min(_number(last, size), size)
        if not length:
            raise Unsatisfiable
        return Part(size - length, size)
    start = _number(first, size)
    stop = min(_number(last, size), size - 1) + 1 if last else size
    if last and (len(last.lstrip("0")), last.lstrip("0")) < (
        len(first.lstrip("0")),
        first.lstrip("0"),
    ):
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, stop)


def _number(digits: str, most: int) -> int:
    """Return a number, *most* at the most: it may have any number of digits."""
    return most if len(digits.lstrip("0")) > _DIGITS else min(int(digits), most)
