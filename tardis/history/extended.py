"""Extended attributes and POSIX ACLs of what is restored.

Owners in ACLs are numbers, so they are translated as the owner of a file is.  What only
root can set, or this file system cannot hold, is left out and counted.
"""

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from tardis.model import Entry
from tardis.policy import (
    ACLS,
    Flags,
    Protected,
    acl_entries,
    common,
    narrowed,
    pack_acl,
    renumbered,
    unpack_flags,
)
from tardis.streams import unpack_attributes

from .flags import are_flags_set

NEEDS_ROOT: Final = "without extended attributes that need root"
NOT_HELD: Final = "without extended attributes or ACLs that this file system does not keep"

_PRIVILEGED: Final = (b"security.", b"trusted.")
_DENIED: Final = frozenset({errno.EPERM, errno.EACCES})
_UNHEARD: Final = frozenset({errno.ENOTSUP, errno.ENODATA})

ACCESS: Final = b"system.posix_acl_access"
CAPABILITY: Final = b"security.capability"

Place = int | bytes
"""A descriptor, or a path."""

Translate = Callable[[int, bool, int], int]
"""(backup set, is a group, stored number) to the number on this machine."""


class Extended:
    """Sets attributes and ACLs of what has its owner, and not yet its mode.

    Args:
        notes: Counts what was left out.
        translate: For the owners in ACLs.
        takes: Tells by its name whether an attribute is restored; the others are passed over.

    Attributes:
        lost: Names of what could not be set the last time.
    """

    def __init__(
        self, notes: Counter[str], translate: Translate, takes: Callable[[bytes], bool] = bool
    ) -> None:
        self.lost: frozenset[bytes] = frozenset()
        self._notes = notes
        self._translate = translate
        self._takes = takes

    def set(
        self, place: Place, number: int, packed: bytes, *, is_owned: bool, is_link: bool = False
    ) -> str:
        """Set what *packed* says, which may be anything if the store lies.

        Args:
            place: What gets it.
            number: Backup set that it comes from.
            packed: As in the catalog.
            is_owned: It belongs to whom it should; else it gets no capability.
            is_link: It is a symbolic link, by its path.

        Returns:
            Why some could not be set, empty when there is nothing to say beyond the notes.
        """
        self.lost = frozenset()
        try:
            items = unpack_attributes(packed)
        except ValueError:
            return "the store does not tell its extended attributes in a way that can be read"
        reason = ""
        left_out: set[str] = set()
        lost: set[bytes] = set()
        for name, stored in items:
            if name == Flags.NAME or not self._takes(name):
                continue
            if name == CAPABILITY and not is_owned:
                left_out.add(NEEDS_ROOT)
                lost.add(name)
                continue
            value = self._here(number, name, stored)
            try:
                os.setxattr(place, name, value, follow_symlinks=not is_link)
            except OSError as error:
                lost.add(name)
                if error.errno in _DENIED:
                    left_out.add(NEEDS_ROOT)
                elif error.errno in _UNHEARD:
                    left_out.add(NOT_HELD)
                else:
                    reason = f"not all its extended attributes were set: {error.strerror}"
        self._notes.update(left_out)
        self.lost = frozenset(lost)
        return reason

    def are_set(self, place: bytes, number: int, packed: bytes, *, is_root: bool) -> bool:
        """Tell whether the path *place*, not followed, has all that `set` could give it.

        What it has besides is not looked at.
        """
        try:
            items = unpack_attributes(packed)
        except ValueError:
            return True
        for name, stored in items:
            if not self._takes(name) or (name.startswith(_PRIVILEGED) and not is_root):
                continue
            if name == Flags.NAME:
                if not are_flags_set(place, unpack_flags(stored), is_root=is_root):
                    return False
                continue
            try:
                value = os.getxattr(place, name, follow_symlinks=False)
            except OSError as error:
                if error.errno == errno.ENOTSUP:
                    continue
                return False
            if value != self._here(number, name, stored):
                return False
        return True

    def _here(self, number: int, name: bytes, stored: bytes) -> bytes:
        """Return the value of an attribute on this machine."""
        return translated(stored, partial(self._translate, number)) if name in ACLS else stored


def remove_other_acls(place: Place, mode: int, packed: bytes) -> None:
    """Take from *place* the ACLs that it inherited and that *packed* does not have."""
    wanted = names_in(packed)
    kinds = ACLS if stat.S_ISDIR(mode) else ACLS - {b"system.posix_acl_default"}
    for name in kinds - wanted:
        with suppress(OSError):  # most have none, which is an error too
            os.removexattr(place, name)


def mode_without_acl(mode: int, packed: bytes) -> int:
    """Return the mode of what had the ACL in *packed* and has to do without it.

    It allows nobody more than the ACL does.
    """
    return narrowed(protected(Protected(mode, 0, 0), packed))


def protected(
    thing: Protected, packed: bytes, translate: Callable[[bool, int], int] | None = None
) -> Protected:
    """Return *thing* with the ACL among the attributes in *packed*, if there is one.

    Attributes that cannot be read hold no ACL.

    Args:
        translate: For the numbers in it; None leaves them as they were saved.
    """
    try:
        packed_acl = dict(unpack_attributes(packed)).get(ACCESS, b"")
    except ValueError:
        return thing
    entries = acl_entries(packed_acl)
    if translate is not None:
        entries = renumbered(entries, translate)
    return thing._replace(acl=tuple(entries))


def common_protection(entries: Sequence[Entry]) -> Protected:
    """Return what allows only those whom each of *entries* allows; it has no ACL."""
    return common(
        protected(Protected(one.mode, one.uid, one.gid), one.xattrs or b"") for one in entries
    )


def has_acl(place: Place) -> bool:
    """Tell whether *place*, a descriptor or a path that is not followed, has an access ACL."""
    try:
        return bool(os.getxattr(place, ACCESS, follow_symlinks=isinstance(place, int)))
    except OSError:
        return False


def names_in(packed: bytes) -> frozenset[bytes]:
    """Return the names of attributes, none if they cannot be read."""
    try:
        return frozenset(name for name, _ in unpack_attributes(packed))
    except ValueError:
        return frozenset()


def translated(acl: bytes, translate: Callable[[bool, int], int]) -> bytes:
    """Return a POSIX ACL with this machine's numbers of users and groups.

    What is no ACL as the kernel tells it is left as it is, for the kernel to refuse.
    """
    entries = acl_entries(acl)
    return pack_acl(renumbered(entries, translate)) if entries else acl
