"""One writer per store: an exclusive `flock`, with who holds it and since when inside.

The lock dies with its process, so nobody ever has to remove it.  A second run that was
told to take over writes its wish into the file; the holder looks for it now and then.
"""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from typing import Final

from tardis.model import StoreBusyError, StoreError

from .trouble import store_trouble

_ROOM: Final = 4096
_WISH: Final = b"stop"
_WISH_AT: Final = _ROOM
_PURPOSE: Final = 500
_FINISHING: Final = "finishing"


class WriterLock:
    """The exclusive right to change one store.

    Args:
        path: ``tardis.lock`` in the client's directory.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._purpose = ""
        with store_trouble(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def take(self, purpose: str, *, is_forced: bool = False, patience: float = 60.0) -> None:
        """Take the lock and leave a note of who has it.

        Args:
            purpose: What it is taken for, e.g. ``backup set 12 of session X``.
            is_forced: Ask the holder to stop, and wait for it.
            patience: Seconds to wait for a holder that was asked, or that is finishing.

        Raises:
            StoreBusyError: Somebody else has it; says who, and since when.
            StoreError: Its file cannot be written.
        """
        with store_trouble(self._path):
            self._take(purpose, is_forced, time.monotonic() + patience)

    def _take(self, purpose: str, is_forced: bool, deadline: float) -> None:
        try:
            while not self._try():
                self._bear(is_forced=is_forced, is_over=time.monotonic() >= deadline)
                time.sleep(0.02)
            self._purpose = purpose[:_PURPOSE]
            self._note("writing")
        except BaseException:
            self.close()
            raise

    def finish(self) -> None:
        """Let others know that the holder is done but for its aftermath: they wait for it.

        Where even the note finds no room they are refused instead; the set is complete
        by then and stays so.
        """
        with suppress(StoreError):
            self._note(_FINISHING)

    def is_wished_away(self) -> bool:
        """Tell whether another run has asked the holder to stop."""
        return os.pread(self._descriptor, len(_WISH), _WISH_AT) == _WISH

    def close(self) -> None:
        """Give the lock back, if it was taken."""
        os.close(self._descriptor)

    def _bear(self, *, is_forced: bool, is_over: bool) -> None:
        """Go on waiting for the holder, or refuse to."""
        if is_forced:
            with store_trouble(self._path):
                os.pwrite(self._descriptor, _WISH, _WISH_AT)
        is_patient = is_forced or self._read_note().get("state") == _FINISHING
        if is_over or not is_patient:
            raise StoreBusyError(
                f"the store is being written by {self._holder()}",
                hint="Wait for it, or run with --force to stop it and take over.",
            )

    def _try(self) -> bool:
        """Try to lock the file that has the name now; one that lost it locks nothing."""
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self._is_current():
                return True
            os.close(self._descriptor)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False

    def _note(self, state: str) -> None:
        note = {
            "process": os.getpid(),
            "machine": socket.gethostname(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            "purpose": self._purpose,
            "state": state,
        }
        with store_trouble(self._path):
            os.pwrite(self._descriptor, json.dumps(note).encode().ljust(_ROOM)[:_ROOM], 0)
            os.ftruncate(self._descriptor, _ROOM)

    def _read_note(self) -> dict[str, object]:
        """Return the holder's note, empty while there is none that can be read."""
        try:
            found = json.loads(os.pread(self._descriptor, _ROOM, 0))
        except (ValueError, OSError):
            return {}
        return found if isinstance(found, dict) else {}

    def _holder(self) -> str:
        note = self._read_note()
        if not note:
            return "another process"
        return (
            f"process {note.get('process')} on {note.get('machine')} "
            f"since {note.get('since')} ({note.get('purpose')})"
        )
