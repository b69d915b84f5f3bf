"""The one place that changes a store outside a backup."""

from .clients import change_rights, create_client, reset_rights
from .sets import Judge, lock, purge_after_backup, purge_by_wish, remove, rename, set_priority

__all__ = [
    "Judge",
    "change_rights",
    "create_client",
    "lock",
    "purge_after_backup",
    "purge_by_wish",
    "remove",
    "rename",
    "reset_rights",
    "set_priority",
]
