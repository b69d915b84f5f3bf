"""What a visit may ask for: rights are looked up once for each request, never remembered.

A request that needs more fails with one sentence, goes to the log, and is noted where
`sonic status` finds it.
"""

from typing import Final, Protocol

from tardis.model import Right, RightsError
from tardis.policy import kind_of, needed_rights
from tardis.protocol.messages import OpenSet
from tardis.store import Place, has_store, note_denial, read_grant

from .options import DaemonOptions, Log

_LEAVE_OUT: Final = {
    Right.NAME: "Leave out --name and the kind of the set",
    Right.PRIORITY: "Leave out --priority",
    Right.PURGE: "Leave out --purge",
}


class Settled(Protocol):
    """What a server's settings say about rights; see `DaemonOptions`."""

    @property
    def place(self) -> Place: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def rights(self) -> tuple[Right, ...]: ...


class Permit:
    """Looks up what one client may do.

    Args:
        options: The server's; one that serves its own user's machine asks nobody.
        client: Who asks.
        peer: Where from, for the log.
        log: Hears of what was refused.
        is_backup: It asks by the options of `tardis`, which it may leave out.
    """

    def __init__(
        self, options: Settled, client: str, peer: str, log: Log, *, is_backup: bool = True
    ) -> None:
        self._options = options
        self._client = client
        self._peer = peer
        self._log = log
        self._is_backup = is_backup

    def require(self, right: Right, doing: str) -> None:
        """Return if the client has *right*.

        Args:
            right: That is needed.
            doing: What it is needed for, behind "may not".

        Raises:
            RightsError: It has not; that is logged and noted.
        """
        options = self._options
        if options.is_local:
            return
        granted = read_grant(options.place, self._client).rights
        if right in (options.rights if granted is None else granted):
            return
        if has_store(options.place, self._client):  # names that nobody knows would fill the disk
            note_denial(options.place, self._client, right, self._peer)
        self._log(
            f"{self._client}: denied: it has no right to {doing} (from {self._peer})",
            is_trouble=True,
        )
        way = _LEAVE_OUT.get(right) if self._is_backup else None
        command = f"sonic rights --client {self._client} --grant {right}"
        grant = f"`{command}` on the server allows it."
        raise RightsError(
            f"the client {self._client} may not {doing} on this server",
            hint=f"{way}, or: {grant}" if way else grant,
        )

    def require_set(self, wish: OpenSet, usual: int | None) -> None:
        """Return if the client may make the set it wishes for.

        Args:
            wish: What it asks for.
            usual: Priority that comes with the format, see `usual_priority`.

        Raises:
            RightsError: It may not; no set was begun.
        """
        for right, doing in needed_rights(wish.name, wish.format, wish.priority, usual):
            self.require(right, doing)


def usual_priority(options: DaemonOptions, form: str) -> int | None:
    """Return the priority of sets that are named by *form*, None when nobody knows it."""
    own = dict(zip(options.formats, options.priorities, strict=False))
    kind = kind_of(form)
    return own.get(form, None if kind is None else kind.priority)
