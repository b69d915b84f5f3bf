"""Processes that make files at the same time, fed through pipes.

Each gets batches as length and marshalled tuples, and answers every batch with its
counts, which are so small that an answer never has to wait for room.  What went wrong
it tells at its end, in a file without a name.  They are forked before this process has
a thread or an open store; each opens the store for itself.
"""

import gc
import marshal
import os
import select
import signal
import struct
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import IO, Any, Final, NoReturn, Protocol

from tardis.model import SIGNALLED, Problem, StoreError, TardisError, from_wire

_LENGTH: Final = struct.Struct("<I")
_COUNTS: Final = struct.Struct("<QQ")
_MOST: Final = (1 << 64) - 1
_WAITING: Final = 3
"""Batches that one worker may have before it: one at hand, the others in its pipe."""

_IGNORED: Final = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all processes; the one that gives the orders decides."""

_SIGNALS: Final = {*_IGNORED, signal.SIGTERM}
_KILLED: Final = SIGNALLED + signal.SIGTERM


class Maker(Protocol):
    """What does the work, in a worker or in this process."""

    files: int
    size_bytes: int
    problems: list[Problem]

    @property
    def notes(self) -> Counter[str]:
        """How often something happened, by sentence."""

    def take(self, kind: str, batch: list[Any]) -> None:
        """Do what *batch* says."""

    def close(self) -> None:
        """Clean up; nothing half made stays."""


MakeMaker = Callable[[], Maker]


class Crew(Protocol):
    """Takes batches and has them made, somewhere."""

    files: int
    size_bytes: int
    problems: list[Problem]
    notes: Counter[str]

    def give(self, kind: str, batch: list[Any]) -> None:
        """Have *batch* made, now or soon."""

    def settle(self) -> None:
        """Return when all that was given is made.

        Raises:
            StoreError: A worker ended before its time.
        """

    def __enter__(self) -> "Crew":
        """Return the crew; whatever happens, none of it is left at the end."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End at once what was not settled, without anything half made staying behind."""


class Alone:
    """A crew of this very process; nothing is done at the same time."""

    def __init__(self, make_maker: MakeMaker) -> None:
        self._maker = make_maker()
        self.files = self.size_bytes = 0
        self.problems: list[Problem] = []
        self.notes: Counter[str] = Counter()

    def give(self, kind: str, batch: list[Any]) -> None:
        """Make *batch* now."""
        self._maker.take(kind, batch)
        self.files, self.size_bytes = self._maker.files, self._maker.size_bytes

    def settle(self) -> None:
        """Gather what was told."""
        self.problems.extend(self._maker.problems)
        self.notes.update(self._maker.notes)

    def __enter__(self) -> "Alone":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._maker.close()


class Workers:
    """A crew of *count* processes; see `Crew`.

    Args:
        count: How many processes.
        make_maker: Called in each of them for what does its work.
    """

    def __init__(self, count: int, make_maker: MakeMaker) -> None:
        self.files = self.size_bytes = 0
        self.problems: list[Problem] = []
        self.notes: Counter[str] = Counter()
        self._workers: list[_Worker] = []
        for _ in range(count):
            self._workers.append(_Worker(make_maker, self._workers))

    def give(self, kind: str, batch: list[Any]) -> None:
        """Send *batch* to the worker with least before it, once one has room."""
        self._listen(0)
        while min(worker.waiting for worker in self._workers) >= _WAITING:
            self._listen(None)
        worker = min(self._workers, key=lambda one: one.waiting)
        if not worker.order(marshal.dumps((kind, batch))):
            self._end(worker)

    def settle(self) -> None:
        """Wait until all is made, and gather what was told."""
        for worker in self._workers:
            worker.finish()
        for worker in tuple(self._workers):
            self._end(worker)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell workers that are left to end, and wait until they have cleaned up."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.wait()
        self._workers.clear()

    def _listen(self, timeout: float | None) -> None:
        """Hear what workers have done; wait for at most *timeout* milliseconds."""
        poll = select.poll()
        busy = {worker.answers: worker for worker in self._workers if worker.waiting}
        for descriptor in busy:
            poll.register(descriptor, select.POLLIN)
        for descriptor, _ in poll.poll(timeout):
            heard = busy[descriptor].hear()
            if not heard:
                self._end(busy[descriptor])
            for files, size in heard:
                self.files += files
                self.size_bytes += size

    def _end(self, worker: "_Worker") -> None:
        """Wait for the end of *worker* and take over what it told.

        Raises:
            StoreError: It ended before its time; or what ended it.
        """
        unheard, problems, notes = worker.wait_and_read()
        self._workers.remove(worker)
        self.files += unheard[0]
        self.size_bytes += unheard[1]
        self.problems.extend(Problem(path, reason) for path, reason in problems)
        self.notes.update(notes)


class _Worker:
    """One process, seen from the one that gives the orders.

    Attributes:
        answers: Descriptor to wait for.
        waiting: Batches that it has and did not answer yet.
    """

    def __init__(self, make_maker: MakeMaker, others: Sequence["_Worker"]) -> None:
        self.waiting = 0
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed at its end
        orders, self._orders = os.pipe()
        self.answers, answers = os.pipe()
        self._heard = [0, 0]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._pid = os.fork()
        self._status = 0
        if self._pid == 0:
            try:
                for other in (*others, self):
                    other.close()
                with _Ending(self._told) as ending:
                    _serve(orders, answers, make_maker, ending)
            finally:  # a signal while it ends must not lead back into the caller
                os._exit(_KILLED)
        os.close(orders)
        os.close(answers)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        """Close both pipes; the worker then ends after what it has."""
        self.finish()
        os.close(self.answers)

    def finish(self) -> None:
        """Say that there are no more orders."""
        if self._orders >= 0:
            os.close(self._orders)
        self._orders = -1

    def order(self, order: bytes) -> bool:
        """Send *order*; return False when nobody is there to take it."""
        frame = memoryview(_LENGTH.pack(len(order)) + order)
        try:
            while frame:
                frame = frame[os.write(self._orders, frame) :]
        except BrokenPipeError:
            return False
        self.waiting += 1
        return True

    def hear(self) -> list[tuple[int, int]]:
        """Return files and bytes of the batches done; nothing when the worker is gone."""
        heard = list(_COUNTS.iter_unpack(os.read(self.answers, _COUNTS.size * _WAITING)))
        self.waiting -= len(heard)
        for files, size in heard:
            self._heard[0] += files
            self._heard[1] += size
        return heard

    def terminate(self) -> None:
        """Tell it to clean up and end at once, unless it has ended."""
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end; return its exit status."""
        self.finish()
        if self._pid:
            _, status = os.waitpid(self._pid, 0)
            self._pid = 0
            os.close(self.answers)
            self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def wait_and_read(self) -> tuple[tuple[int, int], list[tuple[bytes, str]], dict[str, int]]:
        """Wait for its end; return (files, bytes) not yet heard of, problems and notes.

        Raises:
            StoreError: It was ended from outside; or what it raised.
        """
        status = self.wait()
        with self._told as told:
            told.seek(0)
            said = told.read()
        if not said:
            raise StoreError(
                f"a process that restores files ended too early, with status {status}",
                hint="restore again, with --jobs 1 if that happens often",
            )
        failure, files, size, problems, notes = marshal.loads(said)
        if failure:
            _raise(*failure)
        return (files - self._heard[0], size - self._heard[1]), problems, notes


class _Ending:
    """The end of a worker: whatever happened is told, and the process is gone.

    Args:
        told: Where it is told.
    """

    def __init__(self, told: IO[bytes]) -> None:
        self._told = told

    def __enter__(self) -> "_Ending":
        return self

    def tell(self, maker: Maker) -> None:
        """Tell what *maker* has done in all."""
        problems = [(problem.path, problem.reason) for problem in maker.problems]
        said = (None, maker.files, maker.size_bytes, problems, dict(maker.notes))
        self._told.write(marshal.dumps(said))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> NoReturn:
        if isinstance(error, TardisError):
            self._fail(error.wire_code, str(error), error.hint)
        elif isinstance(error, Exception):
            self._fail("", "".join(traceback.format_exception(error)), "")
        with suppress(OSError):
            self._told.flush()
        os._exit(_KILLED if isinstance(error, KeyboardInterrupt) else 0)

    def _fail(self, code: str, message: str, hint: str) -> None:
        with suppress(OSError):
            self._told.write(marshal.dumps(((code, message, hint), 0, 0, [], {})))


def _serve(orders: int, answers: int, make_maker: MakeMaker, ending: _Ending) -> None:
    """Do what is ordered until there are no more orders, then tell *ending*."""
    for ignored in _IGNORED:
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    gc.disable()
    maker = make_maker()
    try:
        with open(orders, "rb") as heard:
            while len(head := heard.read(_LENGTH.size)) == _LENGTH.size:
                kind, batch = marshal.loads(heard.read(*_LENGTH.unpack(head)))
                files, size = maker.files, maker.size_bytes
                maker.take(kind, batch)
                made = min(maker.size_bytes - size, _MOST)
                os.write(answers, _COUNTS.pack(maker.files - files, made))
    finally:
        maker.close()
    ending.tell(maker)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # once is enough: cleaning up takes its time
    raise KeyboardInterrupt


def _raise(code: str, message: str, hint: str) -> NoReturn:
    if code:
        raise from_wire(code, message, hint)
    raise RuntimeError(f"a process that restores files failed:\n{message}")
