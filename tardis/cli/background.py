"""Going to the background, but not before what was asked for stands."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tardis.model import StoreError, TardisError

_STANDS: Final = b"it stands"
_MOST: Final = 4096


def start_in_background(serve: Callable[[Callable[[], None]], None]) -> None:
    """Call *serve* in a process of its own; return once it has called what it is given.

    Raises:
        StoreError: It ended before that; says why.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(_serve(serve, writing))
    os.close(writing)
    answer = b""
    while part := os.read(reading, _MOST):
        answer += part
    os.close(reading)
    if answer != _STANDS:
        os.waitpid(child, 0)
        raise StoreError(answer.decode("utf-8", "replace") or "it ended without a word")


def _serve(serve: Callable[[Callable[[], None]], None], writing: int) -> int:
    """Be the process in the background; return its exit status."""

    def started() -> None:
        _let_go()
        os.write(writing, _STANDS)
        os.close(writing)

    os.setsid()
    try:
        serve(started)
    except TardisError as error:
        with suppress(OSError):  # it stood already: nobody listens any more
            os.write(writing, str(error).encode()[:_MOST])
        return error.exit_status
    return 0


def _let_go() -> None:
    """Leave the terminal and the working directory to others."""
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
