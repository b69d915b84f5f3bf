"""Command lines as words: which word is an option, which its value, and what ``@file`` means.

Nothing is parsed here.  A word is a `str` with surrogate escapes, so that names of any bytes
come through.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from tardis.model import UsageError

from .option import Kind, Option

DEEPEST: Final = 10
"""Files within files that are still read."""

_BLANKS: Final = re.compile(r"(?:\s|\\\n|#[^\n]*)+")
_WORD: Final = re.compile(
    r"""(?:[^\s"'\\] | \\. | '[^']*' | "(?:[^"\\]|\\.)*")+""", re.VERBOSE | re.DOTALL
)
_CONTINUED: Final = re.compile(r"('[^']*'|\\[^\n])|\\\n")
"""A line end that a backslash takes away, or what must not be mistaken for one."""


class Role(Enum):
    """What a word on the command line is."""

    OPTION = auto()
    VALUE = auto()
    VERB = auto()
    END = auto()
    POSITIONAL = auto()


class Walk:
    """Tells the role of each word of a command line, read from left to right.

    An option's value is told from an argument by the table.  A flag that is not in the
    table is taken to have no value.
    """

    def __init__(
        self,
        options: Iterable[Option[Any]],
        subcommands: Mapping[str, Iterable[Option[Any]]] | None = None,
    ) -> None:
        self._by_flag: dict[str, Option[Any]] = {}
        self._subcommands = subcommands or {}
        self._must = self._may = self._ended = False
        self._know(options)

    def _know(self, options: Iterable[Option[Any]]) -> None:
        for option in options:
            if option.kind in (Kind.VALUE, Kind.LIST):
                self._by_flag |= {f"--{flag}": option for flag in option.flags}
                self._by_flag |= {f"-{letter}": option for letter in option.letters}
            else:
                for letter in option.letters:
                    self._by_flag.pop(f"-{letter}", None)

    @property
    def begins(self) -> bool:
        """Whether an option or argument, and so an ``@file``, may begin here."""
        return not (self._must or self._ended)

    def step(self, word: str) -> Role:
        """Return the role of *word*, the next one."""
        must, may, self._must, self._may = self._must, self._may, False, False
        if self._ended:
            return Role.POSITIONAL
        if must:
            return Role.VALUE
        if word == "--":
            self._ended = True
            return Role.END
        if word.startswith("-") and word != "-":
            self._expect(word)
            return Role.OPTION
        if may:
            return Role.VALUE
        return self._argument(word)

    def _argument(self, word: str) -> Role:
        if not self._subcommands:
            return Role.POSITIONAL
        self._know(self._subcommands.get(word, ()))
        self._subcommands = {}
        return Role.VERB

    def _expect(self, word: str) -> None:
        if word.startswith("--"):
            option = None if "=" in word else self._by_flag.get(word)
        else:
            option = self._last_of_cluster(word)
        if option:
            self._must, self._may = option.needs_value, not option.needs_value

    def _last_of_cluster(self, word: str) -> Option[Any] | None:
        for place, letter in enumerate(word[1:], start=2):
            if option := self._by_flag.get(f"-{letter}"):
                return option if place == len(word) else None
        return None


def split_file(text: str) -> list[str]:
    """Return the shell words of *text*; ``#`` begins a comment where a word could begin.

    Raises:
        ValueError: A quotation has no end.
    """
    words: list[str] = []
    place = 0
    while place < len(text):
        if blank := _BLANKS.match(text, place):
            place = blank.end()
        elif word := _WORD.match(text, place):
            words += shlex.split(_CONTINUED.sub(r"\1", word.group()))
            place = word.end()
        else:
            raise ValueError(f"line {text.count(chr(10), 0, place) + 1}: a quotation has no end")
    return words


def expand_arguments(
    argv: Sequence[str],
    options: Iterable[Option[Any]],
    read_file: Callable[[str], str],
    subcommands: Mapping[str, Iterable[Option[Any]]] | None = None,
) -> list[str]:
    """Return *argv* with each ``@file`` replaced by the words in that file.

    A word is such a name only where an option or argument may begin: not as the value of an
    option that needs one, never after ``--``.  The words count as if they had been typed, so
    they may hold more ``@file``s, and ``./@at`` is the file named ``@at``.

    Args:
        argv: The words after the program's name.
        options: Rows of the program.
        read_file: Path to text; its OSError becomes a `UsageError`.
        subcommands: Rows of each subcommand.

    Raises:
        UsageError: A file cannot be read, holds an open quotation, or reads itself.
    """
    walk = Walk(options, subcommands)
    return list(_expanded(argv, walk, read_file, ()))


def _expanded(
    words: Iterable[str], walk: Walk, read_file: Callable[[str], str], inside: tuple[str, ...]
) -> Iterator[str]:
    for word in words:
        if walk.begins and len(word) > 1 and word.startswith("@"):
            path = word[1:]
            inner = _words_of(path, read_file, inside)
            yield from _expanded(inner, walk, read_file, (*inside, path))
        else:
            walk.step(word)
            yield word


def _words_of(path: str, read_file: Callable[[str], str], inside: tuple[str, ...]) -> list[str]:
    if path in inside or len(inside) >= DEEPEST:
        raise UsageError(
            f"@{path}: argument files go round in a circle or are nested over {DEEPEST} deep"
        )
    try:
        text = read_file(path)
    except OSError as error:
        raise UsageError(
            f"@{path}: cannot read the argument file: {error.strerror or error}",
            hint=f"Write ./@{path} to name a file whose name begins with @.",
        ) from error
    except ValueError as error:
        raise UsageError(f"@{path}: {error}") from error
    try:
        return split_file(text)
    except ValueError as error:
        raise UsageError(f"@{path}: {error}") from error
