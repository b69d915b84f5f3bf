"""Digests now; sealing, keys and the login proof are to stand here too."""

from .digests import Digester, HoledDigester, digest, fingerprint, new_digest_key, new_repository_id

__all__ = [
    "Digester",
    "HoledDigester",
    "digest",
    "fingerprint",
    "new_digest_key",
    "new_repository_id",
]
