"""What the tools say beside their output: to standard error, or to the logs asked for."""

import sys
import time
from types import TracebackType

from tardis.config import Settings, table
from tardis.model import TardisError, UsageError
from tardis.render import escape_controls

from .log_files import STREAMS, Logs


class ToolLog(Logs):
    """Writes what *program* says; an error that ends it goes to the log files too.

    Raises:
        ConfigError: A log cannot be written.
    """

    def __init__(self, program: str, settings: Settings) -> None:
        super().__init__(settings[table.TOOL_LOG])
        self._program = program
        self.level = settings[table.VERBOSE]

    def say(self, text: str) -> None:
        """Write *text*, lines that are safe to print, to every log; output so far goes first."""
        sys.stdout.flush()
        for line in text.splitlines():
            shown = f"{self._program}: {escape_controls(line)}\n"
            for stream in self.streams:
                stream.write(shown)
        self._record(text)

    def note(self, text: str) -> None:
        """Write *text* to the log files; to a terminal only when more is wanted."""
        if self.level:
            self.say(text)
        else:
            self._record(text)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, TardisError):
            self._record(f"error: {error}")
        super().__exit__(kind, error, trace)

    def _record(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        for line in text.splitlines():
            for file in self.files:
                file.write(f"{stamp} {self._program}: {escape_controls(line)}\n")


def refuse_stdout(settings: Settings) -> None:
    """Raise UsageError when standard output is wanted for data and for a log too."""
    if any(STREAMS.get(name) == "stdout" for name in settings[table.TOOL_LOG]):
        raise UsageError("the log cannot go to standard output, for the data goes there")
