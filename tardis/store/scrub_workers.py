"""Processes that share a list of jobs; each answers every job with one marshalled value.

They are forked from a process without other threads.  Which job comes next they take from
one pipe, so that whoever is free goes on.
"""

import marshal
import os
import select
import signal
import struct
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any, Final, NoReturn

from tardis.model import StoreError

_JOB: Final = struct.Struct("<I")
_LENGTH: Final = struct.Struct("<I")
_IGNORED: Final = (signal.SIGINT, signal.SIGHUP)
_FED: Final = 1024
"""Jobs that are put into the pipe at first; after that, one for each answer."""

Work = Callable[[int], Any]
"""Number of a job → its answer, of what `marshal` knows."""

Begin = Callable[[], AbstractContextManager[Work]]
"""Begins and ends what does the work."""


def share(count: int, jobs: int, begin: Begin) -> Iterator[tuple[int, Any]]:
    """Yield (number, answer) of jobs 0 to *jobs* - 1 as *count* processes have done them.

    Args:
        count: Of processes; 1 works in this one.
        jobs: How many there are.
        begin: Called in each process.

    Raises:
        StoreError: A process ended before its time.
    """
    if count <= 1 or jobs <= 1:
        with begin() as work:
            for number in range(jobs):
                yield number, work(number)
        return
    crew = _Crew(min(count, jobs), jobs, begin)
    try:
        yield from crew.answers()
    finally:
        crew.end()


class _Crew:
    def __init__(self, count: int, jobs: int, begin: Begin) -> None:
        self._jobs = iter(range(jobs))
        self._left = jobs
        orders, self._orders = os.pipe()
        self._feed(_FED)
        self._heard: dict[int, bytearray] = {}
        self._pids: list[int] = []
        for _ in range(count):
            answers, told = os.pipe()
            pid = os.fork()
            if pid == 0:
                self._close_orders()
                for one in (answers, *self._heard):
                    os.close(one)
                _serve(orders, told, begin)
            os.close(told)
            self._heard[answers] = bytearray()
            self._pids.append(pid)
        os.close(orders)

    def answers(self) -> Iterator[tuple[int, Any]]:
        """Yield what the processes say until all jobs are done."""
        poll, running = select.poll(), len(self._heard)
        for one in self._heard:
            poll.register(one, select.POLLIN)
        while self._left:
            if not running:
                raise StoreError("a process that reads the store ended too early")
            for one, _ in poll.poll():
                data = os.read(one, 1 << 20)
                self._heard[one] += data
                yield from self._whole(self._heard[one])
                if not data:
                    poll.unregister(one)
                    running -= 1

    def end(self) -> None:
        """Let no process be left."""
        self._close_orders()
        for pid in self._pids:
            if self._left:
                os.kill(pid, signal.SIGKILL)
        for pid in self._pids:
            os.waitpid(pid, 0)
        for one in self._heard:
            os.close(one)

    def _whole(self, heard: bytearray) -> Iterator[tuple[int, Any]]:
        while len(heard) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(heard)
            end = _LENGTH.size + length
            if len(heard) < end:
                return
            number, answer, failure = marshal.loads(bytes(heard[_LENGTH.size : end]))
            del heard[:end]
            if failure:
                raise RuntimeError(f"a process that reads the store failed:\n{failure}")
            self._left -= 1
            self._feed(1)
            yield number, answer

    def _feed(self, most: int) -> None:
        for _ in range(most):
            number = next(self._jobs, None)
            if number is None:
                self._close_orders()
                return
            os.write(self._orders, _JOB.pack(number))

    def _close_orders(self) -> None:
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1


def _serve(orders: int, told: int, begin: Begin) -> NoReturn:
    """Do jobs until there are none; the process ends here, whatever happens."""
    try:
        for ignored in _IGNORED:  # the one that gives the orders decides
            signal.signal(ignored, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            with begin() as work:
                while len(order := os.read(orders, _JOB.size)) == _JOB.size:
                    (number,) = _JOB.unpack(order)
                    _say(told, (number, work(number), ""))
        except Exception as error:  # noqa: BLE001 - handed over to the process that waits
            _say(told, (0, None, "".join(traceback.format_exception(error))))
    finally:
        os._exit(0)


def _say(told: int, value: tuple[int, Any, str]) -> None:
    data = marshal.dumps(value)
    view = memoryview(_LENGTH.pack(len(data)) + data)
    with suppress(BrokenPipeError):
        while view:
            view = view[os.write(told, view) :]
