"""Going to the background, but not before what was asked for stands.

A daemon owns nothing of who started it: no terminal, no session, no working directory.  Whoever
started it waits until it stands, and ends with the status of what went wrong otherwise.
"""

import os
import sys
from collections.abc import Callable
from typing import Final

from tardis.model import DONE, OUR_BUG

from .main import run

Serve = Callable[[Callable[[], None]], None]
"""Serves, and calls what it is given once it stands."""


def start_in_background(serve: Serve) -> int:
    """Call *serve* in a process of its own; return once it has called what it is given.

    The process is no session leader, so no terminal it opens becomes its own.

    Returns:
        0, or the status with which it ended before that: it has said why on our standard error.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        os._exit(_serve(serve, writing) if os.fork() == 0 else DONE)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, "rb") as pipe:
        answer = pipe.read(1)
    return answer[0] if answer else OUR_BUG


def _serve(serve: Serve, writing: int) -> int:
    """Be the process in the background; return its exit status."""
    listeners: Final = [writing]

    def answer(status: int) -> None:
        if listeners:
            os.write(writing, bytes((status,)))
            os.close(listeners.pop())

    def started() -> None:
        _let_go()
        answer(DONE)

    def command(_argv: object) -> int:
        serve(started)
        return DONE

    status = run(command, sys.argv[1:])
    answer(status)
    return status


def _let_go() -> None:
    """Leave the terminal and the working directory to others."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
