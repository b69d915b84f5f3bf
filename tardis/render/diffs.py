"""Differences of two texts, as lines of bytes that `patch` understands."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .columns import width
from .names import escape_controls

_LOOKED_AT: Final = 8192
"""First bytes that tell whether a file is text."""
_COLORS: Final = {
    b"-": b"31", b"+": b"32", b"!": b"33", b"@": b"33", b"?": b"36", b"*": b"36",
}  # fmt: skip
_NO_END: Final = "\n\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class DiffForm:
    """How differences look.

    Attributes:
        name: ``unified``, ``context`` or ``ndiff``.
        around: Lines shown around a change.
    """

    name: str = "context"
    around: int = 5


def is_binary(data: bytes) -> bool:
    """Tell whether bytes are no text: a zero byte is among the first."""
    return b"\0" in data[:_LOOKED_AT]


def diff_lines(
    left: bytes, right: bytes, labels: tuple[str, str], form: DiffForm
) -> Iterator[bytes]:
    """Yield the lines of the differences of two texts, with their ends.

    Args:
        left: All of the first text.
        right: All of the second.
        labels: What both are called.
        form: What the lines look like.
    """
    one, other = _split(left), _split(right)
    first, second = (label.encode().decode("latin-1") for label in labels)
    if form.name == "ndiff":
        yield f"--- {first}\n+++ {second}\n".encode("latin-1")
        lines = difflib.ndiff(one, other)
    elif form.name == "unified":
        lines = difflib.unified_diff(one, other, first, second, n=form.around)
    else:
        lines = difflib.context_diff(one, other, first, second, n=form.around)
    for line in lines:
        whole = line if line.endswith("\n") else line + _NO_END
        yield whole.encode("latin-1")


def shown_line(line: bytes, *, is_terminal: bool, has_colors: bool) -> bytes:
    """Return a line of a difference as it is put out.

    Exactly as it is, so that `patch` can use it; for a terminal what could drive it is
    escaped, but for tabs.
    """
    code = _COLORS.get(line[:1]) if has_colors else None
    if is_terminal:
        text = line.rstrip(b"\n").decode("utf-8", "surrogateescape")
        line = "\t".join(map(escape_controls, text.split("\t"))).encode() + b"\n"
    if code is None:
        return line
    return b"\x1b[" + code + b"m" + line.rstrip(b"\n") + b"\x1b[0m\n"


class Tally:
    """Counts the lines that were added and removed in each file."""

    def __init__(self) -> None:
        self._changes: list[tuple[str, int, int]] = []

    def add(self, path: str, left: bytes, right: bytes) -> None:
        """Count the changes of one file, which is called *path*."""
        added = removed = 0
        matcher = difflib.SequenceMatcher(None, _split(left), _split(right))
        for tag, low, high, start, end in matcher.get_opcodes():
            if tag != "equal":
                removed += high - low
                added += end - start
        self._changes.append((path, added, removed))

    def lines(self) -> Iterator[str]:
        """Yield a line for each file, and one for all together."""
        changes = self._changes
        wide = max((width(path) for path, _, _ in changes), default=0)
        most = max((added + removed for _, added, removed in changes), default=0)
        for path, added, removed in changes:
            blanks = " " * (wide - width(path))
            signs = "+" * _share(added, most) + "-" * _share(removed, most)
            yield f" {path}{blanks} | {added + removed:>5} {signs}"
        added = sum(one for _, one, _ in changes)
        removed = sum(one for _, _, one in changes)
        files = "1 file differs" if len(changes) == 1 else f"{len(changes)} files differ"
        lines = "line" if added == 1 else "lines"
        yield f" {files}, {added} {lines} added, {removed} removed"


_SIGNS: Final = 50


def _share(count: int, most: int) -> int:
    return count if most <= _SIGNS else -(-count * _SIGNS // most)


def _split(data: bytes) -> list[str]:
    """Return the lines of *data*, a character for each byte; only line feeds end them."""
    lines = data.decode("latin-1").split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])
