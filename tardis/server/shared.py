"""What the visits of one daemon have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tardis.store import DaemonState, Flushers

from .login import Attempts
from .turns import Turns, stopping


@dataclass(frozen=True, slots=True)
class Shared:
    """What all visits share.

    Attributes:
        flushers: One for each file system.
        state: The daemon's own files.
        attempts: Wrong passwords.
        is_stopping: Tells whether the daemon wants visits to end.
        turns: How many backups run at once.
    """

    flushers: Flushers
    state: DaemonState
    attempts: Attempts
    is_stopping: Callable[[], bool]
    turns: Turns = field(default_factory=Turns)

    def require_running(self) -> None:
        """Return unless the daemon wants visits to end.

        Raises:
            UnavailableError: It does.
        """
        if self.is_stopping():
            raise stopping()
