"""The daemon's look round: it tells when a client grows stale or the disk fills up."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tardis.admin import Limits, alarms_of
from tardis.cli.notices import notify, wants_notices
from tardis.config import Settings, table
from tardis.model import StoreError, TardisError
from tardis.net import Transport
from tardis.policy import Change, Episode
from tardis.server import Log
from tardis.store import DaemonState, Place


class Watch:
    """Looks round every few minutes and after each visit, while somebody is to be told.

    What was told is kept beside the stores, so that a restart does not tell it again.

    Args:
        settings: Of the daemon.
        place: Of the stores.
        log: Hears what is told, and of ways that failed.
    """

    def __init__(self, settings: Settings, place: Place, log: Log) -> None:
        self._settings = settings
        self._place = place
        self._log = log
        self._state = DaemonState(place.base)
        self._limits = Limits(
            settings[table.STALE_AFTER],
            max(settings[table.ALARM_FREE], settings[table.MIN_FREE_SPACE]),
        )
        self._is_over = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        if wants_notices(settings) and not settings[table.SINGLE]:
            self._thread = threading.Thread(target=self._go_on, name="watch", daemon=True)

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over = True
        self._wake.set()

    def over(self, visit: Callable[[Transport], None]) -> Callable[[Transport], None]:
        """Return *visit* with a look round after it."""
        if self._thread is None:
            return visit

        def watched(transport: Transport) -> None:
            try:
                visit(transport)
            finally:
                self._wake.set()

        return watched

    def look(self) -> None:
        """Look round once, and tell what has changed.

        Raises:
            StoreError: What was told cannot be kept.
        """
        found = alarms_of(self._place, self._limits, time.time_ns())
        known = {topic: Episode(*one) for topic, one in self._state.alarms().items()}
        told = notify(self._settings, known, found, _whose, self._tell)
        if told != known:
            self._state.keep_alarms(
                {topic: (one.text, one.since_ns, one.is_told) for topic, one in told.items()}
            )

    def _go_on(self) -> None:
        while not self._is_over:
            self._wake.clear()
            try:
                self.look()
            except StoreError as error:
                self._tell(error)
            self._wake.wait(self._settings[table.ALARM_EVERY])

    def _tell(self, error: TardisError) -> None:
        self._log(f"a notice did not go: {error}", is_trouble=True)


def _whose(change: Change) -> tuple[str, str]:
    return change.topic.partition(":")[2], ""
