"""Extended attributes of one entry as bytes, ACLs among them: what travels and is stored.

A msgpack list of (name, value), in the order of the names; no attributes are no bytes.
"""

from collections.abc import Iterable
from typing import Final

from .packing import pack, unpack

NAME_MAX: Final = 255
"""Bytes of an attribute's name, at most."""

Attribute = tuple[bytes, bytes]
"""Name with its namespace, and value."""


def pack_attributes(items: Iterable[Attribute]) -> bytes:
    """Return *items* as bytes."""
    ordered = sorted(items)
    return pack(ordered) if ordered else b""


def unpack_attributes(packed: bytes) -> tuple[Attribute, ...]:
    """Return what `pack_attributes` packed, empty for no bytes.

    Raises:
        ValueError: *packed* is something else; it came from a stranger.
    """
    items = unpack(packed) if packed else ()
    if not isinstance(items, tuple) or not all(map(_is_attribute, items)):
        raise ValueError("these are no extended attributes")
    return items


def _is_attribute(item: object) -> bool:
    match item:
        case (bytes(name), bytes()):
            return 0 < len(name) <= NAME_MAX and b"\0" not in name
    return False
