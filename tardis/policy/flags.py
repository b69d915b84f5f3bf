"""File flags, those of ``chattr``: which are kept, and how they stand among attributes.

The numbers are those that the kernel tells by ``FS_IOC_GETFLAGS``.
"""

from typing import Final

_LETTERS: Final = {
    0x1: "s",
    0x2: "u",
    0x4: "c",
    0x8: "S",
    0x10: "i",
    0x20: "a",
    0x40: "d",
    0x80: "A",
    0x400: "m",
    0x4000: "j",
    0x8000: "t",
    0x1_0000: "D",
    0x2_0000: "T",
    0x80_0000: "C",
    0x200_0000: "x",
}
"""Those that people set; the others tell how a file system stores a file, or need more than
the flag: encryption, verity, case-blind directories, project quotas."""


class Flags:
    """Sets of flags, and the name under which a file's flags are kept.

    Attributes:
        NAME: Among extended attributes; no file system has that name space.
        KEPT: Those that are kept at all.
        LOCKS: Nothing can be changed any more: immutable, append only.
        EARLY: They say how bytes are written, so they come before these: c, m, C.
        COMMON: Every file system with flags has them: i, a, S, d, A.
        ROOTS: Only root sets them: i, a, j.
    """

    NAME: Final = b"tardis.flags"
    KEPT: Final = sum(_LETTERS)
    LOCKS: Final = 0x30
    EARLY: Final = 0x80_0404
    COMMON: Final = 0xF8
    ROOTS: Final = 0x4030


def flag_letters(flags: int) -> str:
    """Return the kept ones of *flags* as ``lsattr`` calls them, such as ``id``."""
    return "".join(letter for bit, letter in _LETTERS.items() if flags & bit)


def pack_flags(flags: int) -> bytes:
    """Return the kept ones of *flags* as they are stored, 4 bytes; empty for none."""
    kept = flags & Flags.KEPT
    return kept.to_bytes(4, "little") if kept else b""


def unpack_flags(stored: bytes) -> int:
    """Return the flags that `pack_flags` packed, and no others, whatever *stored* is."""
    return int.from_bytes(stored[:4], "little") & Flags.KEPT
