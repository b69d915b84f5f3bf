"""Which extended attributes are kept, and what a row says about how far it looked."""

from typing import Final

from tardis.model import CAPTURED_ACLS, CAPTURED_PRIVILEGED, CAPTURED_XATTRS

ACLS: Final = frozenset({b"system.posix_acl_access", b"system.posix_acl_default"})
"""Names under which the kernel tells POSIX ACLs."""

_NAMESPACES: Final = frozenset({b"user", b"security", b"trusted", b"btrfs"})

_BOUND: Final = frozenset({b"security.evm"})
"""Signs the inode that it is on; on any other it would be wrong."""


def capture_level(takes_xattrs: bool, takes_acls: bool, is_privileged: bool) -> int:
    """Return the level at which entries are looked at; 0 looks at no attributes.

    Args:
        takes_xattrs: Extended attributes are kept.
        takes_acls: POSIX ACLs are kept.
        is_privileged: All namespaces are seen, ``trusted`` too.
    """
    level = CAPTURED_ACLS if takes_acls else 0
    if takes_xattrs:
        level |= CAPTURED_XATTRS | (CAPTURED_PRIVILEGED if is_privileged else 0)
    return level


def is_kept(name: bytes, level: int) -> bool:
    """Tell whether the attribute *name* is kept at *level*."""
    if name in ACLS:
        return bool(level & CAPTURED_ACLS)
    if not level & CAPTURED_XATTRS or name in _BOUND:
        return False
    return name.partition(b".")[0] in _NAMESPACES
