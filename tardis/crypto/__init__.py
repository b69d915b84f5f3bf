"""Digests, keys, sealing and the login proof."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .certificates import make_certificate, pin_of
    from .classic_keys import cost_and_salt
    from .detached import DetachedKey, DetachedKeys
    from .digests import (
        MD5_SIZE,
        Digester,
        HoledDigester,
        checksum,
        content_key,
        digest,
        fingerprint,
        is_modern,
        new_digest_key,
        new_repository_id,
    )
    from .entries import ENTRY_MAC, FILE_MAC, EntryFacts, EntrySigner, digest_part
    from .envelope import CHECK, Envelope, EnvelopeSealing, check_object, padded
    from .envelope import LEAST as ENVELOPE
    from .heads import START, Head, HeadSigner, broken_links
    from .kdf import CLASSIC_COST, COSTS, KdfCost, Stretch, check_cost, password_bytes, stretch
    from .keyfile import MOST_ROTATIONS, KeysFile, new_repository
    from .keys import KeyRing, new_master, rotated, rotations_of
    from .login import LoginClient, LoginServer, new_verifier
    from .names import SEALED_NAME_MAX, NameSealer
    from .recovery import canonical, new_code
    from .sealing import (
        NO_PIECES,
        OVERHEAD,
        Sealer,
        check_piece,
        end_context,
        link_piece,
        part_context,
        whole_context,
    )
    from .seals import MOST_MARK, DeltaPlace, Mark, Sealing, Seals, places_digest
    from .slots import (
        MAIN,
        Keyslot,
        Stretched,
        is_password_of,
        kept_elsewhere,
        make_slot,
        open_master,
        unwrap,
        wrong_password,
    )
    from .strength import Strength, strength_of
    from .sums import SUM_SIZE, SetSum

__all__ = [
    "CHECK",
    "CLASSIC_COST",
    "COSTS",
    "ENTRY_MAC",
    "ENVELOPE",
    "FILE_MAC",
    "MAIN",
    "MD5_SIZE",
    "MOST_MARK",
    "MOST_ROTATIONS",
    "NO_PIECES",
    "OVERHEAD",
    "SEALED_NAME_MAX",
    "START",
    "SUM_SIZE",
    "DeltaPlace",
    "DetachedKey",
    "DetachedKeys",
    "Digester",
    "EntryFacts",
    "EntrySigner",
    "Envelope",
    "EnvelopeSealing",
    "Head",
    "HeadSigner",
    "HoledDigester",
    "KdfCost",
    "KeyRing",
    "KeysFile",
    "Keyslot",
    "LoginClient",
    "LoginServer",
    "Mark",
    "NameSealer",
    "Sealer",
    "Sealing",
    "Seals",
    "SetSum",
    "Strength",
    "Stretch",
    "Stretched",
    "broken_links",
    "canonical",
    "check_cost",
    "check_object",
    "check_piece",
    "checksum",
    "content_key",
    "cost_and_salt",
    "digest",
    "digest_part",
    "end_context",
    "fingerprint",
    "is_modern",
    "is_password_of",
    "kept_elsewhere",
    "link_piece",
    "make_certificate",
    "make_slot",
    "new_code",
    "new_digest_key",
    "new_master",
    "new_repository",
    "new_repository_id",
    "new_verifier",
    "open_master",
    "padded",
    "part_context",
    "password_bytes",
    "pin_of",
    "places_digest",
    "rotated",
    "rotations_of",
    "strength_of",
    "stretch",
    "unwrap",
    "whole_context",
    "wrong_password",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
