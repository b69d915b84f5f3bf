"""The one place that changes a store outside a backup."""

from .clients import acknowledge, change_quota, change_rights, create_client, reset_rights
from .sets import Judge, lock, purge_after_backup, purge_by_wish, remove, rename, set_priority
from .state import ClientState, state_of

__all__ = [
    "ClientState",
    "Judge",
    "acknowledge",
    "change_quota",
    "change_rights",
    "create_client",
    "lock",
    "purge_after_backup",
    "purge_by_wish",
    "remove",
    "rename",
    "reset_rights",
    "set_priority",
    "state_of",
]
