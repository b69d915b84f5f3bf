"""Extended attributes and ACLs as archives tell them: ACLs as text, which any system reads."""

from collections.abc import Iterator, Mapping
from typing import Final

from tardis.policy import ACLS, Flags, acl_entries
from tardis.streams import unpack_attributes

_TAGS: Final = {
    0x01: b"user",
    0x02: b"user",
    0x04: b"group",
    0x08: b"group",
    0x10: b"mask",
    0x20: b"other",
}
_NAMED: Final = (0x02, 0x08)
_GROUP: Final = 0x08
_RIGHTS: Final = ((4, b"r"), (2, b"w"), (1, b"x"))
_APART: Final = b":,# \t\n\r"
"""Bytes that part the words of an ACL; a name that has one is told by its number."""

Names = Mapping[tuple[bool, int], bytes]
"""(is a group, number) to the name."""


def portable(packed: bytes, names: Names) -> tuple[tuple[bytes, bytes], ...]:
    """Return (name, value) of the attributes *packed*, each ACL as text; no file flags.

    Raises:
        ValueError: *packed* is something else.
    """
    found = []
    for name, value in unpack_attributes(packed):
        if name == Flags.NAME:
            continue  # archives have no common way to tell them
        told = acl_text(value, names) if name in ACLS else value
        if told or name not in ACLS:
            found.append((name, told))
    return tuple(found)


def acl_text(acl: bytes, names: Names) -> bytes:
    """Return a POSIX ACL as one line, ``user::rw-,user:ann:r--:1001,...``; empty if it is none.

    Who is named is told by name, where that is known, and by number, in a fourth field that
    star made up and that others pass over.
    """
    return b",".join(_told(acl, names))


def _told(acl: bytes, names: Names) -> Iterator[bytes]:
    for tag, permissions, number in acl_entries(acl):
        rights = b"".join(letter if permissions & bit else b"-" for bit, letter in _RIGHTS)
        if tag not in _NAMED:
            yield b"%s::%s" % (_TAGS.get(tag, b"other"), rights)
            continue
        name = names.get((tag == _GROUP, number), b"")
        if name and not any(byte in _APART for byte in name):
            yield b"%s:%s:%s:%d" % (_TAGS[tag], name, rights, number)
        else:
            yield b"%s:%d:%s" % (_TAGS[tag], number, rights)
