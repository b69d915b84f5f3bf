"""Bytes of a content on their way out, compared with its digest while they are used."""

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Final

from tardis.crypto import Digester
from tardis.model import SEGMENT, IntegrityError
from tardis.streams import iter_beside

BESIDE: Final = 8 * SEGMENT
"""Bytes of a content above which it is read by a thread and digested by another one."""


def iter_proved(
    parts: Iterable[bytes], size: int, key: bytes, digest: bytes
) -> Generator[bytes, None, None]:
    """Yield *parts*, all of a content; of a long one two threads read and digest them.

    Close it before what *parts* are read from is closed.

    Args:
        parts: In their order.
        size: Bytes of them all.
        key: See `crypto.content_key`.
        digest: That they should have.

    Raises:
        IntegrityError: They have another one, which is found when all have been yielded.
    """
    state = Digester(key)
    if size > BESIDE:
        with closing(iter_beside(state.update, parts)) as beside:
            yield from beside
    else:
        for part in parts:
            state.update(part)
            yield part
    if state.digest() != digest:
        raise IntegrityError("a large content does not match its digest")
