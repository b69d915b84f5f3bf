"""Log files, opened the same way by every program."""

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Final, Self, TextIO

from tardis.model import ConfigError

STREAMS: Final = {":STDERR:": "stderr", ":STDOUT:": "stdout"}


class Logs:
    """The logs that were asked for; with none, standard error.

    Attributes:
        files: Log files, open for whole lines.
        streams: The streams of the process among the logs.

    Raises:
        ConfigError: A log cannot be written.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._open = ExitStack()
        self.files: list[IO[str]] = []
        self.streams: list[IO[str]] = []
        for name in dict.fromkeys(names or (":STDERR:",)):
            if name in STREAMS:
                self.streams.append(getattr(sys, STREAMS[name]))
            else:
                self.files.append(self._open.enter_context(open_log(name)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()


def open_log(path: str) -> TextIO:
    """Open *path* to append whole lines to it; the caller closes it.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        return open(path, "a", buffering=1, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"cannot write the log {path}: {error.strerror}") from error
