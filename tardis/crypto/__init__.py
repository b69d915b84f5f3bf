"""Digests now; sealing, keys and the login proof are to stand here too."""

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

__all__ = [
    "MD5_SIZE",
    "Digester",
    "HoledDigester",
    "content_key",
    "digest",
    "fingerprint",
    "new_digest_key",
    "new_repository_id",
]
