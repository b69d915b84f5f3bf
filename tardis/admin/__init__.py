"""The one place that changes a store outside a backup."""

from .clients import create_client
from .passwords import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    first_keys,
    remove_password,
    set_password,
)
from .sets import Judge, lock, purge_after_backup, remove, rename, set_priority

__all__ = [
    "Judge",
    "KnownPassword",
    "NewPassword",
    "add_password",
    "change_password",
    "create_client",
    "first_keys",
    "lock",
    "purge_after_backup",
    "remove",
    "remove_password",
    "rename",
    "set_password",
    "set_priority",
]
