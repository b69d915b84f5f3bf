"""The one place that changes a store outside a backup."""

from .check import check
from .clients import acknowledge, change_quota, change_rights, create_client, reset_rights
from .drill import Drilled, Wish, drill
from .encrypt import EncryptAgree, Stages, encrypt
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
from .repair import RepairPlan, plan_repair, repair
from .replicate import replicate
from .sets import Judge, lock, purge_after_backup, purge_by_wish, remove, rename, set_priority, tag
from .state import ClientState, state_of
from .upgrade import upgrade

__all__ = [
    "ClientState",
    "Drilled",
    "EncryptAgree",
    "Judge",
    "KnownPassword",
    "NewPassword",
    "RepairPlan",
    "Stages",
    "Wish",
    "acknowledge",
    "add_password",
    "change_password",
    "change_quota",
    "change_rights",
    "check",
    "create_client",
    "drill",
    "encrypt",
    "first_keys",
    "forget",
    "lock",
    "plan_repair",
    "purge_after_backup",
    "purge_by_wish",
    "recover",
    "remove",
    "remove_password",
    "rename",
    "repair",
    "replicate",
    "reset_rights",
    "set_password",
    "set_priority",
    "state_of",
    "tag",
    "upgrade",
]
