"""What people write to tardiff, as its options have it.

``-b ONE TWO`` names two sets, though an option has one value elsewhere, and in ``-u FILE``
FILE is no number of lines.
"""

from collections.abc import Sequence
from typing import Final

from tardis.config import Option, Role, Walk, table

_SETS: Final = ("-b", "--backup")
_NUMBERED: Final[tuple[Option[int | None] | Option[int], ...]] = (
    table.UNIFIED,
    table.CONTEXT,
    table.DIFF_REDUCE_PATH,
)


def plain_words(argv: Sequence[str]) -> list[str]:
    """Return *argv* so that every option has the value that is meant for it."""
    return _with_second_set(_with_numbers(argv))


def _with_numbers(argv: Sequence[str]) -> list[str]:
    """Give ``-u``, ``-c`` and ``-R`` their bare value where no number follows."""
    words: list[str] = []
    walk = Walk(table.PROGRAMS["tardiff"])
    for at, word in enumerate(argv):
        following = argv[at + 1] if at + 1 < len(argv) else ""
        if walk.step(word) is Role.OPTION and not (following.isdecimal() or following == "smart"):
            words += _bare(word)
            walk = Walk(table.PROGRAMS["tardiff"]) if words[-1] != word else walk
        else:
            words.append(word)
    return words


def _bare(word: str) -> list[str]:
    """Return an option that may have a number, at the end of a cluster too, with its bare one."""
    for option in _NUMBERED:
        [flag], [letter] = option.flags, option.letters
        if word == f"--{flag}":
            return [f"--{flag}={option.bare}"]
        if word.endswith(letter) and word.startswith("-") and not word.startswith("--"):
            before = [word[:-1]] if len(word) > len("-u") else []
            return [*before, f"--{flag}={option.bare}"]
    return [word]


def _with_second_set(argv: Sequence[str]) -> list[str]:
    """Return *argv* with ``-b ONE TWO`` as ``-b ONE -b TWO``.

    TWO is a set only where an option, ``--`` or the end follows it, and only if that
    leaves a file to compare: ``-b ONE FILE`` means what it says.
    """
    words = list(argv)
    walk = Walk(table.PROGRAMS["tardiff"])
    roles = [walk.step(word) for word in words]
    for at in range(len(words) - 2):
        if words[at] not in _SETS or roles[at] is not Role.OPTION:
            continue
        second = at + 2
        if roles[second] is not Role.POSITIONAL or words[second].startswith("@"):
            continue
        ends = second + 1 == len(words) or roles[second + 1] in (Role.OPTION, Role.END)
        others = sum(role is Role.POSITIONAL for role in roles) - 1
        if ends and others:
            return [*words[:second], words[at], *words[second:]]
    return words
