"""Who may do what by mode, owner and ACL: the rules of POSIX.1e, as a kernel has them.

Where nobody evaluates the ACL, a mode has to stand for it; it then allows nobody more than
the ACL does.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

READ: Final = 4
SEARCH: Final = 1

USER_ENTRY, OWNING_GROUP, GROUP_ENTRY, MASK = 0x02, 0x04, 0x08, 0x10
"""Tags of an ACL's entries; those of the owner and of others are equal to the mode."""

_ALL: Final = 0o7
_CLASSES: Final = 0o777
_HEADER: Final = struct.Struct("<I")
_ENTRY: Final = struct.Struct("<HHI")
_VERSION: Final = 2

AclEntry = tuple[int, int, int]
"""Tag, permissions, number of the user or group."""


class Person(NamedTuple):
    """A user; *groups* are all that it is in, the first one too."""

    uid: int
    groups: frozenset[int]


class Protected(NamedTuple):
    """What guards one object; *acl* is empty where it has none."""

    mode: int
    uid: int
    gid: int
    acl: tuple[AclEntry, ...] = ()


def acl_entries(packed: bytes) -> list[AclEntry]:
    """Return the entries of an ACL as the kernel tells it; none if it is no ACL."""
    size = len(packed) - _HEADER.size
    if size < 0 or size % _ENTRY.size or _HEADER.unpack_from(packed)[0] != _VERSION:
        return []
    return list(_ENTRY.iter_unpack(packed[_HEADER.size :]))


def pack_acl(entries: Iterable[AclEntry]) -> bytes:
    """Return *entries*, in the order the kernel wants, as it tells an ACL."""
    return _HEADER.pack(_VERSION) + b"".join(_ENTRY.pack(*entry) for entry in entries)


def renumbered(
    entries: Iterable[AclEntry], translate: Callable[[bool, int], int]
) -> list[AclEntry]:
    """Return *entries* with other numbers, by (is it a group, number), in the kernel's order."""
    found = [
        (tag, allowed, translate(tag == GROUP_ENTRY, number))
        if tag in (USER_ENTRY, GROUP_ENTRY)
        else (tag, allowed, number)
        for tag, allowed, number in entries
    ]
    return sorted(found, key=lambda entry: (entry[0], entry[2]))


def may(person: Person, thing: Protected, wanted: int) -> bool:
    """Tell whether *person* has all the permissions *wanted* on *thing*; root always has."""
    if not person.uid:
        return True
    if person.uid == thing.uid:
        return not wanted & ~(thing.mode >> 6)
    if not thing.acl:
        shift = 3 if thing.gid in person.groups else 0
        return not wanted & ~(thing.mode >> shift)
    return _may_by_acl(person, thing, wanted)


def _may_by_acl(person: Person, thing: Protected, wanted: int) -> bool:
    """Decide for somebody who is not the owner."""
    limit = next((allowed for tag, allowed, _ in thing.acl if tag == MASK), _ALL)
    for tag, allowed, number in thing.acl:
        if tag == USER_ENTRY and number == person.uid:
            return not wanted & ~(allowed & limit)
    groups = [
        allowed
        for tag, allowed, number in thing.acl
        if (tag == OWNING_GROUP and thing.gid in person.groups)
        or (tag == GROUP_ENTRY and number in person.groups)
    ]
    if groups:
        return any(not wanted & ~(allowed & limit) for allowed in groups)
    return not wanted & ~thing.mode


def narrowed(thing: Protected) -> int:
    """Return a mode that allows nobody more than mode and ACL of *thing* do together.

    The bits of the owning group are what its own entry allows, not the limit that stands
    there beside an ACL.  Whom the ACL names may be in that group or be one of all others,
    so both get no more than each of these has.
    """
    limit = next((allowed for tag, allowed, _ in thing.acl if tag == MASK), _ALL)
    group, others = thing.mode >> 3 & _ALL, thing.mode & _ALL
    for tag, allowed, _ in thing.acl:
        if tag == OWNING_GROUP:
            group &= allowed
        elif tag == USER_ENTRY:
            group &= allowed & limit
            others &= allowed & limit
        elif tag == GROUP_ENTRY:
            others &= allowed & limit
    return thing.mode & ~(_ALL << 3 | _ALL) | group << 3 | others


def common(things: Iterable[Protected]) -> Protected:
    """Return what allows only those who are allowed by each of *things*, of which there is one.

    Kind and set-id bits are those of the last.  Where owners differ it is root's, for whoever
    owns one of them may be anybody for another.
    """
    every = list(things)
    last = every[-1]
    modes = [narrowed(one) for one in every]
    allowed = _CLASSES
    for mode in modes:
        allowed &= mode
    kind = modes[-1] & ~_CLASSES
    if len({(one.uid, one.gid) for one in every}) == 1:
        return Protected(kind | allowed, last.uid, last.gid)
    least = allowed >> 6 & allowed >> 3 & allowed & _ALL
    return Protected(kind | least << 6 | least << 3 | least, 0, 0)
