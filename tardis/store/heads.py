"""What every pack repeats of the keys file: written when a pack is begun, and anew with new keys.

It is the one part of a pack that is ever overwritten.  A password that was changed, or a key
that was taken out of the store, must not be found there any more.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from tardis.crypto import KeysFile
from tardis.model import IntegrityError, StoreError

from .layout import Layout
from .records import GROUP_ALIGNMENT, HEADER, Kind, parse_header
from .trouble import store_trouble

_LONGEST: Final = 64 << 10
_FILL: Final = b"\n"


def padded(text: bytes) -> bytes:
    """Return the text of a keys file with empty lines behind it, to the next boundary.

    The room is there in any case, and lets a text with one more keyslot be put in its place.
    """
    return text + _FILL * (-(HEADER.size + len(text)) % GROUP_ALIGNMENT)


def repeat_keys(layout: Layout, keys: KeysFile) -> int:
    """Let the heads of all packs say what *keys* says; return how many said something else.

    Where there is no room for all keyslots, the first ones stand there.  A head that is
    damaged is left alone: `sonic check` tells of it.

    Raises:
        StoreError: A pack cannot be written; the others may say old or new.
    """
    with store_trouble(layout.packs):
        return sum(_repeat(path, keys) for path in _packs(layout))


def stale_heads(layout: Layout, keys: KeysFile) -> list[str]:
    """Return the packs, by their paths, whose heads hold a key that *keys* does not."""
    known = {slot.wrapped for slot in keys.slots}
    found = []
    for path in _packs(layout):
        with suppress(StoreError, OSError), open(path, "rb", buffering=0) as file:
            text = _text(file.fileno())
            slots = KeysFile.parse(text, path).slots
            if {slot.wrapped for slot in slots} - known - {b""}:
                found.append(path)
    return found


def _packs(layout: Layout) -> Iterator[str]:
    try:
        names = os.listdir(layout.packs)
    except FileNotFoundError:
        return
    for name in names:
        if name.endswith(".pack"):
            yield os.path.join(layout.packs, name)


def _repeat(path: str, keys: KeysFile) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        old = _text(descriptor)
        new = _fitting(keys, len(old))
        if new == old:
            return False
        os.pwrite(descriptor, new, HEADER.size)
        os.fsync(descriptor)
    except IntegrityError:
        return False
    finally:
        os.close(descriptor)
    return True


def _text(descriptor: int) -> bytes:
    """Return what a pack repeats.

    Raises:
        IntegrityError: It does not begin with a record of keys.
    """
    record = parse_header(os.pread(descriptor, HEADER.size, 0))
    if record.kind != Kind.KEYS or record.stored > _LONGEST:
        raise IntegrityError("a pack does not begin with the keys")
    text = os.pread(descriptor, record.stored, HEADER.size)
    if len(text) != record.stored:
        raise IntegrityError("a pack ends within its head")
    return text


def _fitting(keys: KeysFile, room: int) -> bytes:
    """Return the text of *keys*, with as many keyslots as fit, in just *room* bytes."""
    text = b""
    for count in range(len(keys.slots), -1, -1):
        text = replace(keys, slots=keys.slots[:count]).text()
        if len(text) <= room:
            break
    return text[:room].ljust(room, _FILL)
