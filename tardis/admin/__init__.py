"""The one place that changes a store outside a backup."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .alarms import Limits, alarms_of
    from .check import check
    from .clients import acknowledge, change_quota, change_rights, create_client, reset_rights
    from .drill import Drilled, Wish, drill
    from .encrypt import EncryptAgree, Stages, encrypt
    from .fingerprints import fingerprint_directories
    from .forget import forget
    from .key_files import Inserted, extract_keys, insert_keys, remove_stored_keys, wrapped_key
    from .passwords import (
        KnownPassword,
        NewPassword,
        add_password,
        change_password,
        first_keys,
        remove_password,
        renew_login,
        set_password,
    )
    from .recover import recover
    from .recovery import SHEET_SLOT, add_recovery
    from .repair import RepairPlan, plan_repair, repair
    from .replicate import replicate
    from .rotation import lost_by_rotation, reencrypt, rotate_keys
    from .sets import (
        Judge,
        lock,
        purge_after_backup,
        purge_by_wish,
        remove,
        rename,
        set_priority,
        tag,
    )
    from .state import ClientState, state_of
    from .upgrade import upgrade

__all__ = [
    "SHEET_SLOT",
    "ClientState",
    "Drilled",
    "EncryptAgree",
    "Inserted",
    "Judge",
    "KnownPassword",
    "Limits",
    "NewPassword",
    "RepairPlan",
    "Stages",
    "Wish",
    "acknowledge",
    "add_password",
    "add_recovery",
    "alarms_of",
    "change_password",
    "change_quota",
    "change_rights",
    "check",
    "create_client",
    "drill",
    "encrypt",
    "extract_keys",
    "fingerprint_directories",
    "first_keys",
    "forget",
    "insert_keys",
    "lock",
    "lost_by_rotation",
    "plan_repair",
    "purge_after_backup",
    "purge_by_wish",
    "recover",
    "reencrypt",
    "remove",
    "remove_password",
    "remove_stored_keys",
    "rename",
    "renew_login",
    "repair",
    "replicate",
    "reset_rights",
    "rotate_keys",
    "set_password",
    "set_priority",
    "state_of",
    "tag",
    "upgrade",
    "wrapped_key",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
