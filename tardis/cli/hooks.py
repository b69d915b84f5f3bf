"""Commands of the administrator around a run: started by a shell, told by variables."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final

from tardis.cli.main import status_of
from tardis.config import Settings, table
from tardis.model import HookError, Outcome, TardisError
from tardis.render import hook_variables

_STANDARD_ERROR: Final = 2
_LOOK_SECONDS: Final = 0.2
_GRACE_SECONDS: Final = 5.0


def run_hook(
    command: str,
    variables: Mapping[str, str],
    name: str,
    is_over: Callable[[], bool] | None = None,
    said: str = "",
) -> None:
    """Run *command* by the shell and wait for it; what it prints goes to standard error.

    It is ended with us: what it started is one process group.

    Args:
        command: For ``/bin/sh -c``.
        variables: Added to its environment.
        name: The option it comes from, for the message.
        is_over: Tells that there is no time left for it; None: there is any.
        said: What it reads from standard input.

    Raises:
        HookError: It cannot be started, fails, or was ended.
    """
    try:
        with tempfile.TemporaryFile() as heard:
            heard.write(said.encode("utf-8", "backslashreplace"))
            heard.seek(0)
            process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                stdin=heard if said else subprocess.DEVNULL,
                stdout=_STANDARD_ERROR,
                env={**os.environ, **variables},
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        raise HookError(f"{name} cannot be started: {error}") from error
    try:
        status = _waited(process, is_over)
    finally:
        _end(process)
    if status < 0:
        raise HookError(f"{name} was ended by signal {-status}")
    if status:
        raise HookError(f"{name} ended with status {status}")


def _waited(process: "subprocess.Popen[bytes]", is_over: Callable[[], bool] | None) -> int:
    """Return the status of *process*, ended when the time *is_over*."""
    while True:
        try:
            return process.wait(None if is_over is None else _LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            if is_over is not None and is_over():
                _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End what still runs of a hook, first with a wish, then without asking."""
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        limit = time.monotonic() + _GRACE_SECONDS
        while process.poll() is None and time.monotonic() < limit:
            time.sleep(_LOOK_SECONDS / 10)
        if process.poll() is not None:
            return


@contextmanager
def hooked(
    settings: Settings, outcome: Outcome, tell: Callable[[TardisError], None]
) -> Iterator[None]:
    """Run PreCommand before what is done inside, and PostCommand after it, however it ended.

    Once PreCommand was begun PostCommand is run, too: what the one has half made the other
    can take away.  The run's own error outranks that of PostCommand.

    Args:
        settings: Of one job.
        outcome: Of the run; its status is filled in by who works inside.
        tell: Hears of a failed PostCommand that is not the run's error.

    Raises:
        HookError: PreCommand failed, and nothing was done; or PostCommand did.
    """
    before = settings[table.PRE_COMMAND]
    with _Afterwards(settings[table.POST_COMMAND], outcome, tell):
        if before:
            variables = hook_variables(outcome, is_before=True)
            run_hook(before, variables, table.PRE_COMMAND.keys[0])
        yield


class _Afterwards:
    """PostCommand, at the end of what is done inside."""

    def __init__(self, command: str, outcome: Outcome, tell: Callable[[TardisError], None]) -> None:
        self._command = command
        self._outcome = outcome
        self._tell = tell

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._command:
            return
        if error is not None:
            note_error(self._outcome, error)
        try:
            run_hook(self._command, hook_variables(self._outcome), table.POST_COMMAND.keys[0])
        except HookError as trouble:
            if error is None:
                raise
            self._tell(trouble)


def note_error(outcome: Outcome, error: BaseException) -> None:
    """Write down in *outcome* that *error* ended the run."""
    outcome.status = status_of(error)
    if isinstance(error, TardisError):
        outcome.error, outcome.hint = str(error), error.hint
    else:
        outcome.error = str(error) or type(error).__name__
