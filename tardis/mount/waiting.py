"""Who waits for answers that take their time, and is let go when he is killed.

The kernel tells of every signal, but to a request that is given up a program hears EINTR, which
few expect of a file.  So only who is about to die is answered so, as network file systems do.
"""

import signal
from pathlib import Path
from typing import Final

_PENDING: Final = ("SigPnd:", "ShdPnd:")
_KILLED: Final = 1 << (signal.SIGKILL - 1)


class Waiting:
    """The requests that are still to be answered, by number, for several threads."""

    def __init__(self) -> None:
        self._pids: dict[int, int] = {}

    def begin(self, number: int, pid: int) -> None:
        """Note that the thread *pid* waits for the answer to a request."""
        self._pids[number] = pid

    def pid(self, number: int) -> int | None:
        """Return who waits for an answer; None if it was taken."""
        return self._pids.get(number)

    def take(self, number: int) -> bool:
        """Take it upon oneself to answer; False if somebody else has."""
        return self._pids.pop(number, None) is not None


def is_killed(pid: int) -> bool:
    """Tell whether a thread dies as soon as it is let; False if nothing can be known of it."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(
        int(line.split()[1], 16) & _KILLED
        for line in told.splitlines()
        if line.startswith(_PENDING)
    )
