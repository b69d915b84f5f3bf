"""Extended attributes and ACLs of entries, asked for by path and never through a link.

Most entries have none, and cost one system call.
"""

import errno
import os
import struct
from collections.abc import Iterator
from typing import Final, Self

from tardis.model import CAPTURED_XATTRS, SourceError
from tardis.policy import ACLS, Flags, capture_level, is_kept, pack_flags
from tardis.protocol import listing
from tardis.streams import pack_attributes

from .flags import FlagReader
from .opening import DENIED, GONE, trouble

_ABSENT: Final = GONE | DENIED | {errno.ENODATA, errno.ENOTSUP, errno.ELOOP}
"""What is no trouble here: gone meanwhile, not ours to see, or no such thing there.

What may not be read of a file for want of its read permission is said when its bytes are.
"""

_CAP_SYS_ADMIN: Final = 21
_ACL_ENTRY: Final = struct.Struct("<HHI")
_ACL_HEADER: Final = 4
_USER, _GROUP = 0x02, 0x08


class AttributeReader:
    """Reads what is kept at one capture level.

    Args:
        level: As `policy.capture_level` says.

    Attributes:
        owners: (uid, gid) of everybody whom an ACL names.
        flags: Reads file flags; None when they are not kept.
    """

    def __init__(self, level: int) -> None:
        self.level = level
        self.owners: set[tuple[int, int]] = set()
        self.flags = FlagReader() if level & CAPTURED_XATTRS else None

    @classmethod
    def wanted(cls, takes_xattrs: bool, takes_acls: bool) -> Self:
        """Return one that sees what is wanted, as far as this process may."""
        return cls(capture_level(takes_xattrs, takes_acls, is_privileged()))

    def read(self, path: bytes, flags: int = 0) -> bytes:
        """Return the attributes of *path*, packed; empty when it has none, or is gone.

        Args:
            path: Not followed.
            flags: File flags that were found; they go among the attributes.

        Raises:
            SourceError: They cannot be read, or are too many.
        """
        if not self.level:
            return b""
        try:
            names = os.listxattr(path, follow_symlinks=False)
        except OSError as error:
            return _nothing(error)
        return self._values(path, names, flags) if names or flags else b""

    def read_folder(self, path: bytes) -> bytes:
        """Return the attributes of the directory *path*, all its flags among them.

        Raises:
            SourceError: They cannot be read, or are too many.
        """
        return self.read(path, self.flags.of_folder(path) if self.flags is not None else 0)

    def _values(self, path: bytes, names: list[str], flags: int) -> bytes:
        found = [(Flags.NAME, pack_flags(flags))] if flags else []
        left = listing.ATTRIBUTES_MAX
        for name in map(os.fsencode, names):
            if not is_kept(name, self.level):
                continue
            try:
                value = os.getxattr(path, name, follow_symlinks=False)
            except OSError as error:
                _nothing(error)
                continue
            if name in ACLS:
                self.owners.update(_named(value))
            found.append((name, value))
            left -= len(name) + len(value) + listing.ATTRIBUTE_HEAD
        if left < 0:
            raise SourceError("its extended attributes are larger than 128 KiB in all")
        return pack_attributes(found)


def is_privileged() -> bool:
    """Tell whether this process sees the attributes of all namespaces."""
    try:
        with open("/proc/self/status", "rb") as status:
            found = [line for line in status if line.startswith(b"CapEff:")]
        return bool(int(found[0].split()[1], 16) >> _CAP_SYS_ADMIN & 1)
    except (OSError, IndexError, ValueError):
        return os.geteuid() == 0


def _nothing(error: OSError) -> bytes:
    """Return that there is nothing, if that is what *error* says.

    Raises:
        SourceError: It says something else.
    """
    if error.errno in _ABSENT:
        return b""
    raise SourceError(f"its extended attributes: {trouble(error).reason}", error.errno or 0)


def _named(acl: bytes) -> Iterator[tuple[int, int]]:
    """Yield (uid, gid) of users and groups that an ACL names, 0 for the other of the two."""
    whole = len(acl) - (len(acl) - _ACL_HEADER) % _ACL_ENTRY.size
    for tag, _, number in _ACL_ENTRY.iter_unpack(acl[_ACL_HEADER:whole]):
        if tag == _USER:
            yield number, 0
        elif tag == _GROUP:
            yield 0, number
