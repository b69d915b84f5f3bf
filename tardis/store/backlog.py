"""Jobs that a thread of its own does one after the other, with a bound on what waits.

What hands work over goes on at once; it learns of a failure with the next job, or when it
waits for what it has handed over.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from tardis.model import TardisError

from .trouble import failure_of

LIMIT: Final = 6 << 20
"""Bytes that waiting jobs may hold."""

Job = Callable[[], object]


class Backlog:
    """A thread that does jobs in their order.

    Args:
        place: The store's directory, for errors.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._turn = threading.Condition()
        self._jobs: deque[tuple[Job, int, bool]] = deque()
        self._waiting = 0
        self._put = self._done = 0
        self._is_stopping = False
        self._failure: TardisError | None = None
        self._thread = threading.Thread(target=self._run, name="backlog", daemon=True)
        self._thread.start()

    def put(self, job: Job, size: int, *, always: bool = False) -> None:
        """Hand *job* over; waits while too much waits already.

        Args:
            job: Raises what `store_trouble` knows, or one of our errors.
            size: Bytes it holds.
            always: Do it even after another job has failed, and raise nothing.

        Raises:
            TardisError: An earlier job failed; this one is not done.
        """
        with self._turn:
            while self._waiting > LIMIT and self._failure is None:
                self._turn.wait()
            if self._failure is not None and not always:
                raise self._failure
            self._jobs.append((job, size, always))
            self._waiting += size
            self._put += 1
            self._turn.notify_all()

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._failure is not None:
            raise self._failure

    def mark(self) -> int:
        """Return what `wait` needs to wait for all jobs handed over so far."""
        return self._put

    def wait(self, mark: int) -> None:
        """Return once all jobs before *mark* are done.

        Raises:
            TardisError: One of them, or one after them, failed.
        """
        with self._turn:
            while self._done < mark and self._failure is None:
                self._turn.wait()
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        """End the thread; of the jobs that wait only those that are always due are done."""
        with self._turn:
            self._is_stopping = True
            self._turn.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._turn:
                while not (self._jobs or self._is_stopping):
                    self._turn.wait()
                if not self._jobs:
                    return
                job, size, always = self._jobs.popleft()
                is_due = always or not (self._failure or self._is_stopping)
            failure = failure_of(self._place, job) if is_due else None
            with self._turn:
                self._done += 1
                self._waiting -= size
                self._failure = self._failure or failure
                self._turn.notify_all()
