"""The one place that changes a store outside a backup."""

from .check import check
from .clients import create_client
from .drill import Drilled, Wish, drill
from .forget import forget
from .passwords import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    first_keys,
    remove_password,
    set_password,
)
from .recover import recover
from .replicate import replicate
from .sets import Judge, lock, purge_after_backup, remove, rename, set_priority
from .upgrade import upgrade

__all__ = [
    "Drilled",
    "Judge",
    "KnownPassword",
    "NewPassword",
    "Wish",
    "add_password",
    "change_password",
    "check",
    "create_client",
    "drill",
    "first_keys",
    "forget",
    "lock",
    "purge_after_backup",
    "recover",
    "remove",
    "remove_password",
    "rename",
    "replicate",
    "set_password",
    "set_priority",
    "upgrade",
]
