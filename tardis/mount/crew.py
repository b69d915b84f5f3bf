"""Threads for what may take long, so that whoever waits for something else need not.

Jobs of one key are done one after another, in the order they came, for they use the same
thing; those of different keys are done beside each other, and take turns where there are more
keys than threads.
"""

from collections import deque
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Final

THREADS: Final = 16
"""Keys that jobs are done of at once; threads are started when they are needed."""

Job = Callable[[], object]
"""Raises nothing: there is nobody to hear of it."""


class Crew:
    """Does jobs in up to *most* threads."""

    def __init__(self, most: int = THREADS) -> None:
        self._most = most
        self._turn = Lock()
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._ready: SimpleQueue[Hashable | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._idle = 0

    def do(self, key: Hashable, job: Job) -> None:
        """Have *job* done behind the others of *key*, which is not None; return at once."""
        with self._turn:
            jobs = self._waiting.get(key)
            if jobs is not None:
                jobs.append(job)
                return
            self._waiting[key] = deque((job,))
            if self._idle:
                self._idle -= 1
            elif len(self._threads) < self._most:
                thread = Thread(target=self._work, name="reading", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._ready.put(key)

    def end(self, seconds: float) -> bool:
        """Drop what has not begun; return whether what has begun is done within *seconds*."""
        with self._turn:
            threads = list(self._threads)
            for jobs in self._waiting.values():
                jobs.clear()
            for _ in threads:
                self._ready.put(None)
        limit = monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, limit - monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _work(self) -> None:
        while (key := self._ready.get()) is not None:
            with self._turn:
                jobs = self._waiting[key]
                job = jobs.popleft() if jobs else None
            if job is not None:
                job()
            with self._turn:
                if jobs:
                    self._ready.put(key)
                else:
                    del self._waiting[key]
                    self._idle += 1
