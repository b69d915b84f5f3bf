"""Digests, keys, sealing and the login proof."""

from .digests import (
    MD5_SIZE,
    Digester,
    HoledDigester,
    content_key,
    digest,
    fingerprint,
    new_digest_key,
    new_repository_id,
)
from .kdf import COSTS, KdfCost, Stretch, check_cost, stretch
from .keyfile import KeysFile
from .keys import KeyRing, new_master
from .login import LoginClient, LoginServer
from .names import SEALED_NAME_MAX, NameSealer
from .sealing import OVERHEAD, Sealer, check_piece, end_context, part_context, whole_context
from .slots import MAIN, Keyslot, Stretched, is_password_of, make_slot, unwrap, wrong_password
from .strength import Strength, strength_of

__all__ = [
    "COSTS",
    "MAIN",
    "MD5_SIZE",
    "OVERHEAD",
    "SEALED_NAME_MAX",
    "Digester",
    "HoledDigester",
    "KdfCost",
    "KeyRing",
    "KeysFile",
    "Keyslot",
    "LoginClient",
    "LoginServer",
    "NameSealer",
    "Sealer",
    "Strength",
    "Stretch",
    "Stretched",
    "check_cost",
    "check_piece",
    "content_key",
    "digest",
    "end_context",
    "fingerprint",
    "is_password_of",
    "make_slot",
    "new_digest_key",
    "new_master",
    "new_repository_id",
    "part_context",
    "strength_of",
    "stretch",
    "unwrap",
    "whole_context",
    "wrong_password",
]
