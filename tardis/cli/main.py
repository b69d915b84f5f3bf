"""The one front door: where errors turn into words and exit statuses."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

from tardis.model import OUR_BUG, SIGNALLED, ConfigError, TardisError
from tardis.render import escape_controls

INTERRUPTED: Final = SIGNALLED + signal.SIGINT
PIPE_CLOSED: Final = SIGNALLED + signal.SIGPIPE

_STOPPING: Final = (signal.SIGTERM, signal.SIGHUP)


class Terminated(BaseException):
    """The process was asked to stop; like Ctrl-C, it passes all but the outermost handler.

    Attributes:
        signum: The signal that asked.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum


def run(command: Callable[[Sequence[str]], int], argv: Sequence[str], part: str = "") -> int:
    """Run *command* with *argv* and return its exit status.

    Only here are errors caught wholesale, printed and numbered.  A `TardisError` costs the
    reader two lines, unless its call chain is asked for; any other exception is our bug and
    keeps its traceback.  SIGTERM and SIGHUP raise `Terminated` in *command*.

    Args:
        command: What is to be done.
        argv: Its words.
        part: Which part of a larger run this is, in words, for its errors.
    """
    try:
        with stoppable():
            status = command(argv)
            sys.stdout.flush()
    except TardisError as error:
        _tell(error, part, wants_chain="--exceptions" in argv)
        status = status_of(error)
    except SystemExit as error:  # argparse has said what there is to say
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except (KeyboardInterrupt, Terminated) as error:
        status = status_of(error)
    except BrokenPipeError:
        _abandon_stdout()
        status = PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the one place where our bugs end
        missing = _missing(error)
        if missing is not None:
            _tell(missing, part, wants_chain="--exceptions" in argv)
            return status_of(missing)
        sys.excepthook(*sys.exc_info())
        _say("error: this is a bug in the program; the lines above say where")
        status = OUR_BUG
    return status


def _missing(error: BaseException) -> ConfigError | None:
    """Return what to say when *error* is that somebody else's package is not installed."""
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package in ("", "tardis"):
        return None
    missing = ConfigError(
        f"the Python package {package}, which this needs, is not installed",
        hint=f"Install Tardis again, or the package: python3 -m pip install {package}",
    )
    missing.__cause__ = error
    return missing


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `Terminated` inside; an ignored signal stays ignored.

    Outside the main thread nothing changes.
    """
    before = {number: signal.getsignal(number) for number in _STOPPING}
    heard = [number for number in _STOPPING if before[number] is not signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, _stop)
    except ValueError:  # not the main thread
        heard = []
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _stop(signum: int, _frame: FrameType | None) -> None:
    raise Terminated(signum)


def status_of(error: BaseException) -> int:
    """Return the exit status that *error* ends a program with."""
    if isinstance(error, TardisError):
        return error.exit_status
    if isinstance(error, Terminated):
        return SIGNALLED + error.signum
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return ConfigError.exit_status if _missing(error) else OUR_BUG


def tell_error(error: TardisError) -> None:
    """Say on standard error what went wrong beside what ends the program."""
    _tell(error, "", wants_chain=False)


def _tell(error: TardisError, part: str, *, wants_chain: bool) -> None:
    if wants_chain:
        sys.excepthook(type(error), error, error.__traceback__)
    _say(f"{part}: error: {error}" if part else f"error: {error}")
    if error.hint:
        _say(f"hint: {error.hint}")


def _say(text: str) -> None:
    program = os.path.basename(sys.argv[0]).removesuffix(".py")
    with suppress(OSError):  # nobody listens any more
        print(escape_controls(f"{program}: {text}"), file=sys.stderr)


def _abandon_stdout() -> None:
    """Send what is still to be written nowhere, so that the last flush is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
