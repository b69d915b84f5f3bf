"""Two sides compared, name by name: what is on one side only, and what is not the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from tardis.model import IntegrityError

from .sides import Thing
from .tree import join

MISSING: Final = "missing"
KIND: Final = "kind"
VALUE: Final = "value"
BYTES: Final = "bytes"
TROUBLE: Final = "trouble"


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that is not the same on both sides.

    Attributes:
        path: As it was asked for.
        what: ``missing`` on a side, another ``kind``, another ``value`` (where a link points,
            which device), other ``bytes``, or ``trouble``: it could not be compared.
        left: On the first side, None where it is missing.
        right: On the second.
        offset: First byte that differs, for files.
        reason: Of trouble.
    """

    path: bytes
    what: str
    left: Thing | None
    right: Thing | None
    offset: int = 0
    reason: str = ""


def differences(
    path: bytes, left: Thing | None, right: Thing | None, *, recurse: bool
) -> Iterator[Difference]:
    """Yield what differs between two things that are not both missing.

    Directories are compared by the names in them and what these are; what is deeper only
    with *recurse*.  Bytes are compared unless both sides name the same content.
    """
    if left is None or right is None:
        yield Difference(path, MISSING, left, right)
    elif left.kind != right.kind:
        yield Difference(path, KIND, left, right)
    elif left.is_directory:
        yield from _inside(path, left, right, recurse=recurse)
    elif left.is_regular:
        yield from _bytes(path, left, right)
    elif left.value != right.value:
        yield Difference(path, VALUE, left, right)


def _inside(path: bytes, left: Thing, right: Thing, *, recurse: bool) -> Iterator[Difference]:
    try:
        ours, theirs = dict(left.children()), dict(right.children())
    except OSError as error:
        yield Difference(path, TROUBLE, left, right, reason=error.strerror or str(error))
        return
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if not recurse and one and other and one.is_directory and other.is_directory:
            continue
        yield from differences(join(path, name), one, other, recurse=recurse)


def _bytes(path: bytes, left: Thing, right: Thing) -> Iterator[Difference]:
    if left.value is not None and left.value == right.value:
        return
    try:
        one, other = left.read(), right.read()
        offset = first_difference(one, other)
        for _ in chain(one, other):
            pass  # a damaged content is told at its end, and must not pass for a difference
    except IntegrityError as error:
        yield Difference(path, TROUBLE, left, right, reason=str(error))
    except OSError as error:
        yield Difference(path, TROUBLE, left, right, reason=error.strerror or str(error))
    else:
        if offset is not None:
            yield Difference(path, BYTES, left, right, offset)


def first_difference(one: Iterator[bytes], other: Iterator[bytes]) -> int | None:
    """Return the first place where two streams of bytes differ, None when they do not."""
    offset = 0
    left = right = b""
    while True:
        left = left or next(one, b"")
        right = right or next(other, b"")
        length = min(len(left), len(right))
        if left[:length] != right[:length]:
            return offset + next(at for at in range(length) if left[at] != right[at])
        if not length:
            return None if left == right else offset
        left, right, offset = left[length:], right[length:], offset + length
