"""Text to value and back: what the options of the table are read with.

A parser raises ValueError whose words complete the sentence "PLACE: NAME: ...".
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

SMART = -1
"""Value of a bare ``--reduce-path``: find out how much to cut."""

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_PORTS = 65535
_MASK = 0o777
_ALL = 100
_PIN = "sha256:"
_PIN_DIGITS = 64
_LEAST_RATE = 1024
_MOST_CLONES = 1000


class Secret:
    """A text that shows itself to nobody by accident.

    The empty secret stands for "ask the person at the keyboard".
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written to files")


def boolean(text: str) -> bool:
    """Read true, yes, on, 1 or false, no, off, 0 in any case."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{text!r} is neither true nor false")


def whole(text: str) -> int:
    """Read a whole number of any sign."""
    digits = text.strip()
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        raise ValueError(f"{text!r} is not a whole number")
    return int(digits)


def non_negative(text: str) -> int:
    """Read a whole number, 0 or more."""
    number = whole(text)
    if number < 0:
        raise ValueError(f"{text!r} is below 0")
    return number


def port(text: str) -> int:
    """Read a TCP port, 1 to 65535."""
    number = whole(text)
    if not 1 <= number <= _PORTS:
        raise ValueError(f"{text!r} is not a port, 1 to {_PORTS}")
    return number


def pin(text: str) -> str:
    """Read the fingerprint of a server's key, as `crypto.pin_of` writes it; empty for none."""
    digits = text.strip().lower().removeprefix(_PIN).replace(":", "")
    if digits and (len(digits) != _PIN_DIGITS or set(digits) - set("0123456789abcdef")):
        raise ValueError(f"{text!r} is not sha256: and {_PIN_DIGITS} hexadecimal digits")
    return _PIN + digits if digits else ""


def clones(text: str) -> int:
    """Read how many unchanged directories one message is to hold, or 0."""
    number = non_negative(text)
    if number > _MOST_CLONES:
        raise ValueError(f"{text!r} is more than {_MOST_CLONES}, for which a message has room")
    return number


def percent(text: str) -> int:
    """Read a percentage of 0 or more; a sign % may follow."""
    return non_negative(text.strip().removesuffix("%"))


def share(text: str) -> int:
    """Read a percentage from 0 to 100; a sign % may follow."""
    number = percent(text)
    if number > _ALL:
        raise ValueError(f"{text!r} is more than {_ALL}")
    return number


def seconds(text: str) -> float:
    """Read a time of 0 or more seconds; fractions are allowed."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number of seconds") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"{text!r} is not a number of seconds, 0 or more")
    return number


def ratio(text: str) -> float:
    """Read a number from 0 to 1."""
    number = seconds(text)
    if number > 1:
        raise ValueError(f"{text!r} is not between 0 and 1")
    return number


def octal(text: str) -> int:
    """Read a file mode mask in octal: 027, 0o27 and 27 are the same."""
    digits = text.strip().lower().removeprefix("0o")
    if not (digits and set(digits) <= set("01234567")):
        raise ValueError(f"{text!r} is not an octal number such as 027")
    if int(digits, 8) > _MASK:
        raise ValueError(f"{text!r} is more than 777")
    return int(digits, 8)


_SIZE_STEPS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_AGE_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "": 86_400}


def byte_count(text: str) -> int:
    """Read a number of bytes, in units of 1024: 500, 10K, 1.5GB, 2 TiB."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([bkmgt]?)(?:i?b)?\s*", text.lower())
    if found is None:
        raise ValueError(f"{text!r} is not a number of bytes such as 500, 20M or 1.5GB")
    return round(float(found[1]) * _SIZE_STEPS[found[2]])


def rate(text: str) -> int:
    """Read bytes a second, in units of 1024: 500K, 2M; 0 for no limit."""
    number = byte_count(text)
    if 0 < number < _LEAST_RATE:
        raise ValueError(f"{text!r} is less than {_LEAST_RATE} bytes a second")
    return number


def age(text: str) -> int:
    """Read an age in seconds: 90m, 36h, 2d, 1w; a bare number counts days."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([smhdw]?)\s*", text.lower())
    if found is None:
        raise ValueError(f"{text!r} is no age such as 36h or 2d")
    return round(float(found[1]) * _AGE_SECONDS[found[2]])


def required(text: str) -> str:
    """Read a text that may not be empty."""
    if not text:
        raise ValueError("the value is empty")
    return text


def file_name(text: str) -> str:
    """Read a name that stands for a file of any directory; empty: none."""
    if "/" in text or text in (".", ".."):
        raise ValueError(f"{text!r} is a path; a name is wanted")
    return text


class Choice:
    """Reads one of several words; see `choice`.

    Attributes:
        words: What the value may be.
    """

    def __init__(self, words: tuple[str, ...], others: Mapping[str, str]) -> None:
        self.words = words
        self._others = others

    def __call__(self, text: str) -> str:
        word = text.strip().lower()
        word = self._others.get(word, word)
        if word in self.words:
            return word
        raise ValueError(f"{text!r} is none of {', '.join(self.words)}")


def choice(*words: str, also: str = "") -> Choice:
    """Return a reader of one of *words*, in any case.

    Args:
        words: What the value may be.
        also: Other spellings, as ``other=word`` pairs parted by blanks.
    """
    return Choice(words, dict(pair.split("=") for pair in also.split()))


def shell_list(item: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a reader of shell words, each read by *item*."""

    def parse(text: str) -> tuple[T, ...]:
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ValueError(f"{text!r} has no end of a quotation or escape") from error
        return tuple(item(word) for word in words)

    return parse


def comma_list(item: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a reader of words parted by commas or blanks, each read by *item*."""

    def parse(text: str) -> tuple[T, ...]:
        return tuple(item(word) for word in text.replace(",", " ").split())

    return parse


def one(item: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a reader of the whole text as a list of one."""

    def parse(text: str) -> tuple[T, ...]:
        return (item(text),)

    return parse


def show(value: object) -> str:
    """Return the text that the value's own parser reads back; None is empty."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return shlex.join(str(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def show_commas(values: Iterable[object]) -> str:
    """Return a comma list."""
    return ", ".join(str(value) for value in values)


def show_octal(value: int) -> str:
    """Return a mask in octal, as 027."""
    return f"{value:03o}"


def show_age(value: int) -> str:
    """Return an age in seconds in the largest unit that it is a whole number of, as 36h."""
    for unit in "wdhm":
        if value and not value % _AGE_SECONDS[unit]:
            return f"{value // _AGE_SECONDS[unit]}{unit}"
    return f"{value}s"


def show_smart(value: int) -> str:
    """Return a number of components, or the word for finding out."""
    return "smart" if value == SMART else str(value)


def components(text: str) -> int:
    """Read a number of leading path components, or ``smart``."""
    return SMART if text.strip().lower() == "smart" else non_negative(text)
