"""Work on the pieces of a stream in other threads, so that both sides of it go on at once.

It pays where the work lets the interpreter's lock go: reading files, digests, librsync.  Pieces
keep their order, and only a few of them are ever under way.
"""

from collections.abc import Callable, Generator, Iterable
from queue import SimpleQueue
from threading import Thread
from typing import Final, Generic, TypeVar

AHEAD: Final = 3
"""Pieces that are made before they are asked for."""

_T = TypeVar("_T")
_R = TypeVar("_R")


class Lane(Generic[_T, _R]):
    """A thread that does *work* on what it is given, one after the other; close it."""

    def __init__(self, work: Callable[[_T], _R]) -> None:
        self._work = work
        self._given: SimpleQueue[tuple[_T] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[_R] | Exception] = SimpleQueue()
        self._thread = Thread(target=self._run, name="beside", daemon=True)
        self._thread.start()

    def give(self, item: _T) -> None:
        """Let *item* be worked on; there is no bound on what waits."""
        self._given.put((item,))

    def take(self) -> _R:
        """Return what came of the oldest that was not taken so far, or raise what it raised."""
        found = self._done.get()
        if isinstance(found, Exception):
            raise found
        return found[0]

    @property
    def is_ready(self) -> bool:
        """Whether `take` would not have to wait."""
        return not self._done.empty()

    def close(self) -> None:
        """Return once all that was given is done."""
        self._given.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (item := self._given.get()) is not None:
            try:
                self._done.put((self._work(item[0]),))
            except Exception as error:  # noqa: BLE001 - handed over to `take`
                self._done.put(error)


class Errand(Generic[_R]):
    """One piece of *work*, which another thread does meanwhile; close it."""

    def __init__(self, work: Callable[[], _R]) -> None:
        self._lane = Lane[None, _R](lambda _: work())
        self._lane.give(None)

    @property
    def is_done(self) -> bool:
        """Whether `result` would not have to wait."""
        return self._lane.is_ready

    def result(self) -> _R:
        """Return what came of it, when that is there; call it once.

        Raises:
            Exception: What it raised.
        """
        return self._lane.take()

    def close(self) -> None:
        """Return once it has ended; what came of it is of no interest any more."""
        self._lane.close()


def iter_ahead(pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Yield *pieces*, which another thread takes from there a little ahead of need.

    Close it: then, or when it has ended, nothing is taken any more.

    Raises:
        Exception: What *pieces* raised, after what came before.
    """
    source = iter(pieces)
    lane = Lane[None, bytes | None](lambda _: next(source, None))
    try:
        for _ in range(AHEAD):
            lane.give(None)
        while (piece := lane.take()) is not None:
            lane.give(None)
            yield piece
    finally:
        lane.close()


def iter_beside(
    use: Callable[[bytes], object], pieces: Iterable[bytes]
) -> Generator[bytes, None, None]:
    """Yield *pieces*, which a thread takes a little ahead, while another does *use* with each.

    When it has ended, *use* has been done with all of them, in their order.  Close it.

    Raises:
        Exception: What *pieces* raised, after what came before, or *use*.
    """
    lane, waiting = Lane(use), 0
    ahead = iter_ahead(pieces)
    try:
        for piece in ahead:
            lane.give(piece)
            waiting += 1
            if waiting > AHEAD:
                lane.take()
                waiting -= 1
            yield piece
        for _ in range(waiting):
            lane.take()
    finally:
        ahead.close()
        lane.close()


def iter_spread(
    work: Callable[[bytes], bytes], pieces: Iterable[bytes], threads: int = 2
) -> Generator[bytes, None, None]:
    """Yield ``work(piece)`` for each of *pieces* in their order, as `map` does, by some threads.

    Raises:
        Exception: What *work* raised, after what came before, or *pieces*.
    """
    lanes = [Lane(work) for _ in range(threads)]
    given = taken = 0
    try:
        for piece in pieces:
            lanes[given % threads].give(piece)
            given += 1
            if given - taken > 2 * threads:
                yield lanes[taken % threads].take()
                taken += 1
        for number in range(taken, given):
            yield lanes[number % threads].take()
    finally:
        for lane in lanes:
            lane.close()
