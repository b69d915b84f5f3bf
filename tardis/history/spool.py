"""What is put aside on disk so that a tree of any size fits in memory: plain tuples.

The files have no names, so nothing is left behind whatever happens.
"""

import marshal
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, Final

_BUCKETS: Final = 32


class Spool:
    """Keeps tuples of numbers and bytes in the order they came."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, record: tuple[Any, ...]) -> None:
        """Put *record* behind the others."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        marshal.dump(record, self._file)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._file is None:
            return
        end = self._file.seek(0, 2)
        self._file.seek(0)
        while self._file.tell() < end:
            yield marshal.load(self._file)


class Groups:
    """Gathers tuples by key; a thirty-second part of them is in memory at a time."""

    def __init__(self) -> None:
        self._buckets = [Spool() for _ in range(_BUCKETS)]

    def __enter__(self) -> "Groups":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for bucket in self._buckets:
            bucket.__exit__(kind, error, trace)

    def add(self, key: tuple[Any, ...], record: tuple[Any, ...]) -> None:
        """Put *record* with the others of the same *key*."""
        self._buckets[hash(key) % _BUCKETS].add((key, record))

    def __iter__(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the records of each key, in the order they came."""
        for bucket in self._buckets:
            gathered: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
            for key, record in bucket:
                gathered.setdefault(key, []).append(record)
            yield from gathered.values()
