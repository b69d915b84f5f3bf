"""What the administrator decides for all visits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tardis.model import USUAL_RIGHTS, Outcome, Right
from tardis.policy import DeltaRules, PurgeWish
from tardis.store import Place, Pruned, StoreWriter


class Log(Protocol):
    """Takes lines for the daemon's log, from any thread."""

    def __call__(self, text: str, *, is_trouble: bool = False) -> None:
        """Write *text*; trouble is written at every level."""


Purge = Callable[[StoreWriter], Pruned]
AfterSet = Callable[[Outcome, Callable[[], bool]], None]
"""Is told of a set that is complete, and what tells that the daemon is stopping."""

Upgrader = Callable[[Place, str], object]
WishedPurge = Callable[[StoreWriter, PurgeWish], tuple[Pruned, Sequence[tuple[str, str]]]]
"""Removes what a client wants gone; returns also (name, reason) of each set that went."""


def removes_nothing(
    _writer: StoreWriter, _wish: PurgeWish
) -> tuple[Pruned, Sequence[tuple[str, str]]]:
    """Remove no set: a daemon that nobody told how."""
    return Pruned(), ()


@dataclass(frozen=True, slots=True)
class DaemonOptions:
    """Settings of the daemon.

    Attributes:
        place: Where the stores are.
        program: Name and version, told to clients.
        formats: For automatic names, the most lasting first.
        priorities: One for each format.
        full_formats: Whether the sets of each format are full ones; empty: none is.
        allow_new_hosts: Clients may make their own store.
        require_password: Clients without a password are refused.
        allow_open: Clients without a password are served beyond this machine.
        is_private: New stores can be looked into by their owner only.
        is_local: The daemon serves one client of this machine, which need not ask for its
            store to be made.
        save_config: Keep the configuration that clients send.
        db_backups: Copies of the catalog to keep.
        timeout: Seconds of silence that end a visit.
        purge: Removes old sets with the writer of a run that has ended; None: nothing is
            removed.
        upgrade: Brings the store of a client up to date; None: an older one is refused.
        purge_by_wish: Removes what a client wants gone that has the right to it.
        min_free: Bytes to keep free; a run that finds less, or leaves less, is refused.
        rights: Of clients for which nothing else was settled.
        of_client: These settings as those that are stored for a client change them; raises
            ConfigError; None: nothing that is stored counts.
        deltas: When deltas are asked for and kept.
        links_basis: A link to its basis lies beside each delta of a classic store.
        vacuum_interval: Sets after each of which the catalog is compacted; 0: never.
        is_disabled: Backups are refused.
        max_backups: That run at once; more wait for their turn; 0 for any number.
        after_set: Runs the administrator's hook, without the store's lock; None: there is none.
        verbose: 2 logs every message but those with contents, 3 these too.
    """

    place: Place
    program: str
    formats: tuple[str, ...]
    priorities: tuple[int, ...]
    allow_new_hosts: bool = False
    require_password: bool = False
    allow_open: bool = False
    is_private: bool = False
    is_local: bool = False
    save_config: bool = True
    db_backups: int = 5
    timeout: float = 300.0
    verbose: int = 0
    purge: Purge | None = None
    full_formats: tuple[bool, ...] = ()
    upgrade: Upgrader | None = None
    deltas: DeltaRules = field(default_factory=DeltaRules)
    links_basis: bool = True
    purge_by_wish: WishedPurge = removes_nothing
    min_free: int = 0
    max_backups: int = 0
    vacuum_interval: int = 0
    is_disabled: bool = False
    rights: tuple[Right, ...] = USUAL_RIGHTS
    after_set: AfterSet | None = None
    of_client: Callable[[Mapping[str, str]], "DaemonOptions"] | None = None
