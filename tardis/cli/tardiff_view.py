"""How tardiff prints what differs."""

import os
import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tardis.config import Settings, table
from tardis.history import BYTES, KIND, MISSING, TROUBLE, Difference, Thing
from tardis.model import IntegrityError
from tardis.render import (
    DiffForm,
    Tally,
    diff_lines,
    escape_name,
    human_size,
    is_binary,
    shown_line,
)

from .terminal import wants_colors
from .tool_log import ToolLog

_SHOWN: Final = 16 << 20
"""Bytes of a file up to which its differences are worked out line by line."""
_KINDS: Final = {
    stat.S_IFREG: "a regular file",
    stat.S_IFDIR: "a directory",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a character device",
}


class DiffView:
    """Prints differences and counts them; *log* hears of what could not be compared.

    Attributes:
        found: Paths that differ.
        troubles: Paths that could not be compared.
    """

    def __init__(self, settings: Settings, now: datetime, log: ToolLog) -> None:
        self.found = 0
        self.troubles = 0
        self._settings = settings
        self._now = now
        self._log = log
        self._form = form_of(settings)
        self._is_terminal = sys.stdout.isatty()
        self._has_colors = wants_colors(settings, table.COLOR)
        self._labels = ("", "")
        self._tally = Tally()

    def begin(self, left: str, right: str) -> None:
        """Say which sides are compared from now on."""
        self._labels = (left, right)

    def trouble(self, path: bytes, reason: str) -> None:
        """Tell that a path could not be compared."""
        self.troubles += 1
        self._log.say(f"{escape_name(path)}: {reason}")

    def show(self, found: Difference) -> None:
        """Print one difference."""
        if found.what == TROUBLE:
            self.trouble(found.path, found.reason)
            return
        self.found += 1
        path = escape_name(found.path)
        if found.what == MISSING:
            here, there = self._names if found.left else self._names[::-1]
            self._print(f"{path} in {here}, not in {there}")
        elif self._settings[table.DIFF_LIST]:
            self._print(f"{path} differs")
        elif found.what == BYTES:
            self._show_bytes(path, found)
        else:
            assert found.left and found.right
            told = [_told(one, found.what) for one in (found.left, found.right)]
            left, right = self._names
            self._print(f"{path} is {told[0]} in {left}, {told[1]} in {right}")

    def finish(self) -> None:
        """Print what all differences come to, when that was asked for."""
        if self._settings[table.DIFF_STAT]:
            for line in self._tally.lines():
                self._print(line)

    @property
    def _names(self) -> tuple[str, str]:
        left, right = self._labels
        return escape_name(left), escape_name(right)

    def _show_bytes(self, path: str, found: Difference) -> None:
        assert found.left and found.right
        try:
            texts = None
            if max(found.left.size, found.right.size) <= _SHOWN:
                texts = _all_of(found.left), _all_of(found.right)
        except (OSError, IntegrityError) as error:
            self.trouble(found.path, str(error))
            return
        is_text = texts is not None and not any(map(is_binary, texts))
        if texts is None or not (is_text or self._settings[table.BINARY]):
            self._print(self._summary(path, found, is_text=texts is None))
        elif self._settings[table.DIFF_STAT]:
            self._tally.add(path, *texts)
        else:
            left, right = found.left, found.right
            labels = (self._label(path, left, 0), self._label(path, right, 1))
            self._write(diff_lines(*texts, labels, self._form))

    def _summary(self, path: str, found: Difference, *, is_text: bool) -> str:
        assert found.left and found.right
        left, right = self._names
        return (
            f"{'File' if is_text else 'Binary file'} {path} differs:"
            f" {human_size(found.left.size)} in {left}, {human_size(found.right.size)} in {right},"
            f" first at byte {found.offset}"
        )

    def _label(self, path: str, thing: Thing, which: int) -> str:
        moment = ""
        if thing.mtime is not None:
            try:
                stamp = datetime.fromtimestamp(thing.mtime, self._now.tzinfo)
                moment = f"{stamp:%a %b %d %H:%M:%S %Y}  "
            except (OverflowError, ValueError, OSError):
                moment = f"@{thing.mtime}  "
        return f"{path}\t{moment}({self._names[which]})"

    def _write(self, lines: Iterator[bytes]) -> None:
        out = sys.stdout.buffer
        sys.stdout.flush()
        for line in lines:
            for one in line.splitlines(keepends=True) if line.count(b"\n") > 1 else (line,):
                shown = shown_line(one, is_terminal=self._is_terminal, has_colors=self._has_colors)
                out.write(shown)
        out.flush()

    def _print(self, text: str) -> None:
        sys.stdout.buffer.write(os.fsencode(text) + b"\n")


def form_of(settings: Settings) -> DiffForm:
    """Return the form that *settings* ask for; the context form when they do not."""
    if settings[table.NDIFF]:
        return DiffForm("ndiff")
    around = settings[table.UNIFIED]
    if around is not None:
        return DiffForm("unified", around)
    return DiffForm("context", settings[table.CONTEXT])


def _all_of(thing: Thing) -> bytes:
    return b"".join(thing.read())


def _told(thing: Thing, what: str) -> str:
    if what == KIND:
        return _KINDS.get(thing.kind, "of an unknown kind")
    if isinstance(thing.value, bytes):
        return f"a link to {escape_name(thing.value)}"
    number = thing.value or 0
    return f"device {os.major(number)}, {os.minor(number)}"
