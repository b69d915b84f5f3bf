"""A private view of what is mounted where: snapshots are shown in the places of their origins.

Nothing outside sees it, and it ends with this process, however that ends.  Threads that ran
before keep the view they had; those that are started inside share the new one.
"""

import ctypes
import os
import tempfile
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Final, Self

from .mounts import read_mounts

CLONE_NEWNS: Final = 0x00020000
CLONE_FS: Final = 0x00000200
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18

_HERE: Final = b"/proc/self/ns/mnt"
_PLACES: Final = "/run/tardis-snapshots"
_TOP: Final = b"/"


class Namespace:
    """A mount namespace of our own, entered and left as a context.

    Attributes:
        place: A directory that nobody else sees, for mount points.

    Raises:
        OSError: We may not, or the kernel cannot.
    """

    place: bytes

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._back = ExitStack()
        self._root = b""

    def __enter__(self) -> Self:
        with ExitStack() as back:
            before = _opened(back, _HERE, os.O_RDONLY)
            root = _opened(back, _TOP, os.O_PATH)
            here = _opened(back, b".", os.O_PATH)
            self.place = os.fsencode(_place(back))
            self._call("unshare", CLONE_NEWNS)
            back.callback(self._return, before, root, here)
            self.mount(b"none", _TOP, flags=MS_REC | MS_PRIVATE)
            self.mount(b"tardis", self.place, b"tmpfs")
            self._back = back.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._back.close()

    def mount(
        self,
        source: bytes,
        target: bytes,
        kind: bytes = b"",
        flags: int = 0,
        options: bytes = b"",
    ) -> None:
        """Mount as mount(2) does.

        Raises:
            OSError: It is refused.
        """
        self._call("mount", source, target, kind or None, ctypes.c_ulong(flags), options or None)

    def cover(self, point: bytes, shown: bytes) -> None:
        """Show the directory *shown* at *point*; what is mounted below it stays where it is.

        The top of all is covered first, others in the order of their paths.
        """
        below = _mounted_below(point)
        with ExitStack() as held:
            opened = [(at, _opened(held, at, os.O_PATH)) for at in below]
            if point == _TOP:
                self._root = target = os.path.join(self.place, b"top")
                os.mkdir(target)
            else:
                target = self._root + point
            self.mount(shown, target, flags=MS_BIND)
            for at, descriptor in opened:
                with suppress(FileNotFoundError, NotADirectoryError):
                    again = self._root + at
                    self.mount(b"/proc/self/fd/%d" % descriptor, again, flags=MS_BIND | MS_REC)

    def enter(self) -> None:
        """Let paths mean what they show now; everything is covered."""
        if self._root:
            os.chroot(self._root)

    def _return(self, before: int, root: int, here: int) -> None:
        """Go back to the view from before; threads that are left behind do not hold us."""
        self._call("unshare", CLONE_FS)
        self._call("setns", before, CLONE_NEWNS)
        os.fchdir(root)
        os.chroot(b".")
        os.fchdir(here)

    def _call(self, name: str, *words: object) -> None:
        if getattr(self._libc, name)(*words) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")


def _opened(stack: ExitStack, path: bytes, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return descriptor


def _place(stack: ExitStack) -> str:
    """Return an empty directory to hide behind a mount of our own."""
    try:
        os.makedirs(_PLACES, 0o700, exist_ok=True)
    except OSError:
        made = tempfile.mkdtemp(prefix="tardis-")
        stack.callback(os.rmdir, made)
        return made
    return _PLACES


def _mounted_below(point: bytes) -> list[bytes]:
    """Return the mount points right below *point*, in the order of paths."""
    inside = point.rstrip(b"/") + b"/"
    found: list[bytes] = []
    for at in sorted({mount.point for mount in read_mounts()}):
        is_deeper = any(at.startswith(above.rstrip(b"/") + b"/") for above in found)
        if at.startswith(inside) and at != point and not is_deeper:
            found.append(at)
    return found
