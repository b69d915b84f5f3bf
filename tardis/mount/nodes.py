"""What the kernel knows by number: each has a name in a directory that has a number, too.

A number stands for one name of one set, and is the same whenever it is looked up: so what the
kernel keeps under it stays true.  Sets that change are numbered anew whenever they may have.
"""

from collections.abc import Hashable
from typing import Final

from .wire import ROOT

_MASK: Final = (1 << 63) - 1
_SPECIAL: Final = (0, ROOT)


class Known:
    """One number that the kernel has.

    Attributes:
        parent: Number of its directory.
        key: What it is there, whatever it is called: its name, unless it has a stamp.
        name: Its name there.
        count: How often the kernel was told of it.
    """

    __slots__ = ("count", "key", "name", "parent")

    def __init__(self, parent: int, key: Hashable) -> None:
        self.parent = parent
        self.key = key
        self.name = b""
        self.count = 0


class Nodes:
    """The numbers that the kernel has; it says when it forgets one."""

    def __init__(self) -> None:
        self._known: dict[int, Known] = {ROOT: Known(0, b"")}

    def __len__(self) -> int:
        """Return how many there are, the top included."""
        return len(self._known)

    def tell(self, parent: int, name: bytes, stamp: Hashable = None) -> int:
        """Return the number of *name* in *parent*, which the kernel is told once more.

        Args:
            parent: Number of the directory.
            name: Of what is in it.
            stamp: What makes it another thing under the same name, for what is not below
                something that has one.
        """
        key = name if stamp is None else stamp
        number = hash((parent, key)) & _MASK
        while (known := self._known.get(number)) is not None or number in _SPECIAL:
            if known is not None and known.parent == parent and known.key == key:
                break
            number = (number + 1) & _MASK
        else:
            known = self._known[number] = Known(parent, key)
        known.name = name
        known.count += 1
        return number

    def forget(self, number: int, count: int) -> None:
        """Let go of *number* once the kernel has forgotten it as often as it was told."""
        known = self._known.get(number)
        if known is not None and number != ROOT:
            known.count -= count
            if known.count <= 0:
                del self._known[number]

    def path(self, number: int) -> bytes:
        """Return the path of *number* from the top of the mount, ``/`` for the top itself.

        Raises:
            KeyError: A directory above it is forgotten.
        """
        parts = []
        while number != ROOT:
            known = self._known[number]
            parts.append(known.name)
            number = known.parent
        parts.append(b"")
        return b"/".join(reversed(parts)) or b"/"
