"""The codes that a client sends with the entries of an encrypted modern backup.

Nobody here can check them: each goes into the row that it was made for.
"""

from collections.abc import Iterable
from itertools import repeat

from tardis.crypto import ENTRY_MAC
from tardis.model import Listed, RemoteProtocolError


class Proofs:
    """Codes as they came in messages.

    Args:
        is_wanted: Each row of the store has one; else none is taken.
    """

    def __init__(self, is_wanted: bool) -> None:
        self.is_wanted = is_wanted

    def each(self, packed: bytes, count: int, size: int) -> Iterable[bytes | None]:
        """Return the codes of *count* items, *size* bytes each; None for each without.

        Raises:
            RemoteProtocolError: There are more or less of them.
        """
        if len(packed) != (count * size if self.is_wanted else 0):
            raise RemoteProtocolError("entries were told without their codes, or with others")
        if not packed:
            return repeat(None, count)
        return (packed[at : at + size] for at in range(0, len(packed), size))


class Others:
    """The codes of a listing: of all that is no regular file, in order."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._at = 0

    def proved(self, listed: Listed) -> Listed:
        """Return the next entry that is no regular file with its code.

        Raises:
            RemoteProtocolError: There is none.
        """
        self._at += ENTRY_MAC
        mac = self._packed[self._at - ENTRY_MAC : self._at]
        if len(mac) != ENTRY_MAC:
            raise _odd()
        return listed._replace(mac=mac)

    def end(self) -> None:
        """Make sure that no code is left.

        Raises:
            RemoteProtocolError: One is.
        """
        if self._at != len(self._packed):
            raise _odd()


def _odd() -> RemoteProtocolError:
    return RemoteProtocolError("a listing came without its codes, or with too many")
