"""Signatures of what is sent, made while it is read, for the next run to make deltas against."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Final

from tardis.crypto import Seals
from tardis.delta import SignatureMaker
from tardis.model import SEGMENT, TardisError
from tardis.protocol.messages import UploadSignature
from tardis.scan import Body

from .run import Talk

THREADED: Final = 4 * SEGMENT
"""Bytes of a file from which its signature is made beside reading and sending it."""

_WAITING: Final = 2
"""Segments that may wait for that."""


class Signer:
    """Makes the signature of one file, if that is wanted; use it in a `with`.

    Args:
        body: Of the file.
        size: Bytes that the file has, as it was opened.
        is_wanted: Signatures are to be sent; files with holes have none.
    """

    def __init__(self, body: Body, size: int, *, is_wanted: bool) -> None:
        self._body = body
        self._size = size
        is_wanted = is_wanted and not body.has_holes
        self._maker = SignatureMaker(size) if is_wanted else None
        self._add = self._maker.add if self._maker is not None else _drop
        self._beside = _Beside(self._add) if is_wanted and size >= THREADED else None

    def __enter__(self) -> "Signer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._beside is not None:
            self._beside.close()
        if self._maker is not None:
            self._maker.close()

    def segments(self) -> Iterator[bytes]:
        """Yield the segments of the file; the signature is made of them on the way."""
        add = self._add if self._beside is None else self._beside.put
        for data in self._body.segments():
            add(data)
            yield data

    def say(self, line: Talk, seals: Seals | None = None) -> None:
        """Send the signature of what was read, unless that is not as long as it was to be.

        Args:
            line: To the server.
            seals: What it is sealed with; None: it is sent in clear.

        Raises:
            DeltaError: librsync refused.
        """
        if self._maker is None or self._body.size != self._size:
            return
        if self._beside is not None:
            self._beside.close()
            self._beside.check()
        signature = self._maker.finish()
        if seals is not None:
            signature = seals.seal_signature(self._body.digest, signature)
        for start in range(0, len(signature), SEGMENT):
            line.say(UploadSignature(signature[start : start + SEGMENT]))


class _Beside:
    """Hands segments to another thread, which librsync lets run: it is slower than the rest."""

    def __init__(self, add: Callable[[bytes], object]) -> None:
        self._add = add
        self._room = Semaphore(_WAITING)
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._trouble: TardisError | None = None
        self._thread = Thread(target=self._run, name="signer", daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        self._room.acquire()
        self._queue.put(data)

    def close(self) -> None:
        """Return once all was taken."""
        self._queue.put(None)
        self._thread.join()

    def check(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                if self._trouble is None:
                    self._add(data)
            except TardisError as error:
                self._trouble = error
            finally:
                self._room.release()


def _drop(_data: bytes) -> None:
    """Do nothing: no signature is wanted."""
