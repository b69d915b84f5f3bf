"""Trouble of a store, in the words of a file system: what is asked ends with a number."""

import errno
from collections.abc import Callable
from types import TracebackType

from tardis.model import NoSuchPathError, TardisError
from tardis.render import escape_name

TROUBLE, SETS, FILES = 0, 1, 2
"""How much is told: trouble only, sets that come and go too, each file that is opened too."""

Tell = Callable[[int, str], None]
"""Hears what happens, and how much of it that is."""


class Trouble:
    """Tells of what happens, by *tell*, but not again and again: programs repeat themselves."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told = ""

    def say(self, level: int, text: str) -> None:
        """Tell *text*, unless it was the last that was told."""
        if text != self._told:
            self._told = text
            self._tell(level, text)

    def asking(self, path: bytes) -> "Asking":
        """Return what makes OSError of all that goes wrong within a `with` about *path*."""
        return Asking(self, path)


class Asking:
    """See `Trouble.asking`.  A mistake of ours costs what was asked for, not the mount."""

    __slots__ = ("_path", "_trouble")

    def __init__(self, trouble: Trouble, path: bytes) -> None:
        self._trouble, self._path = trouble, path

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, OSError) or not isinstance(error, Exception):
            return
        if isinstance(error, NoSuchPathError):
            raise OSError(errno.ENOENT, str(error)) from error
        is_known = isinstance(error, TardisError)
        text = str(error) if is_known else repr(error)
        self._trouble.say(TROUBLE, f"{escape_name(self._path)}: {text}")
        raise OSError(errno.EIO, text if is_known else "a bug of tardisfs") from error
