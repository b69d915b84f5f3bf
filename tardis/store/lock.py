"""One writer per store: an exclusive `flock`, with who holds it and since when inside.

The lock dies with its process, so nobody ever has to remove it.  A second run that was
told to take over writes its wish into the file; the holder looks for it now and then.
"""

import fcntl
import json
import os
import socket
import time
from typing import Final

from tardis.model import StoreBusyError

from .trouble import store_trouble

_ROOM: Final = 4096
_WISH: Final = b"stop"
_WISH_AT: Final = _ROOM


class WriterLock:
    """The exclusive right to change one store.

    Args:
        path: ``tardis.lock`` in the client's directory.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        with store_trouble(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def take(self, purpose: str, *, is_forced: bool = False, patience: float = 60.0) -> None:
        """Take the lock and leave a note of who has it.

        Args:
            purpose: What it is taken for, e.g. ``backup set 12 of session X``.
            is_forced: Ask the holder to stop, and wait for it.
            patience: Seconds to wait for a holder that was asked.

        Raises:
            StoreBusyError: Somebody else has it; says who, and since when.
        """
        deadline = time.monotonic() + (patience if is_forced else 0)
        while not self._try():
            if is_forced:
                os.pwrite(self._descriptor, _WISH, _WISH_AT)
            if time.monotonic() >= deadline:
                holder = self._holder()
                os.close(self._descriptor)
                raise StoreBusyError(
                    f"the store is being written by {holder}",
                    hint="Wait for it, or run with --force to stop it and take over.",
                )
            time.sleep(0.05)
        self._note(purpose)

    def is_wished_away(self) -> bool:
        """Tell whether another run has asked the holder to stop."""
        return os.pread(self._descriptor, len(_WISH), _WISH_AT) == _WISH

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _note(self, purpose: str) -> None:
        note = {
            "process": os.getpid(),
            "machine": socket.gethostname(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            "purpose": purpose,
        }
        with store_trouble(self._path):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(note).encode()[:_ROOM], 0)

    def _holder(self) -> str:
        try:
            note = json.loads(os.pread(self._descriptor, _ROOM, 0).rstrip(b"\0") or b"{}")
            return (
                f"process {int(note['process'])} on {note['machine']} "
                f"since {note['since']} ({note['purpose']})"
            )
        except (ValueError, KeyError, TypeError, OSError):
            return "another process"
