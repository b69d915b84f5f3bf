"""Where the daemon writes what it does: a file, or standard error."""

import os
import sys
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tardis.render import escape_controls

from .log_files import open_log


class Log:
    """Takes lines from any thread.

    Args:
        path: Of the log file; empty: standard error.
        level: 0 only trouble, 1 also a summary of each visit.
    """

    def __init__(self, path: str, level: int) -> None:
        self._level = level
        self._turn = threading.Lock()
        self._open = ExitStack()
        self._file = self._open.enter_context(open_log(path)) if path else sys.stderr

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def __call__(self, text: str, *, is_trouble: bool = False) -> None:
        """Write *text*, escaped, if the level wants it."""
        if is_trouble or self._level > 0:
            self._write("WARNING" if is_trouble else "INFO", text)

    def info(self, text: str) -> None:
        """Write a line about the daemon itself."""
        self(text)

    def _write(self, level: str, text: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        shown = "\n".join(escape_controls(line) for line in text.splitlines())
        line = f"{stamp},{int(now % 1 * 1000):03} {level} : [{os.getpid()}]: {shown}\n"
        with self._turn:
            self._file.write(line)
