"""The one place that changes a store outside a backup."""

from .check import check
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
from .repair import RepairPlan, plan_repair, repair
from .sets import Judge, lock, purge_after_backup, remove, rename, set_priority

__all__ = [
    "Judge",
    "KnownPassword",
    "NewPassword",
    "RepairPlan",
    "add_password",
    "change_password",
    "check",
    "create_client",
    "first_keys",
    "lock",
    "plan_repair",
    "purge_after_backup",
    "remove",
    "remove_password",
    "rename",
    "repair",
    "set_password",
    "set_priority",
]
