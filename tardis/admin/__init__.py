"""The one place that changes a store outside a backup."""

from .check import check
from .clients import create_client
from .sets import Judge, lock, purge_after_backup, remove, rename, set_priority

__all__ = [
    "Judge",
    "check",
    "create_client",
    "lock",
    "purge_after_backup",
    "remove",
    "rename",
    "set_priority",
]
