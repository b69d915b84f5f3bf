"""The one place that changes a store outside a backup."""

from .check import check
from .clients import acknowledge, change_quota, change_rights, create_client, reset_rights
from .passwords import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    first_keys,
    remove_password,
    set_password,
)
from .sets import Judge, lock, purge_after_backup, purge_by_wish, remove, rename, set_priority, tag
from .state import ClientState, state_of

__all__ = [
    "ClientState",
    "Judge",
    "KnownPassword",
    "NewPassword",
    "acknowledge",
    "add_password",
    "change_password",
    "change_quota",
    "change_rights",
    "check",
    "create_client",
    "first_keys",
    "lock",
    "purge_after_backup",
    "purge_by_wish",
    "remove",
    "remove_password",
    "rename",
    "reset_rights",
    "set_password",
    "set_priority",
    "state_of",
    "tag",
]
