"""Bytes that travel behind the packed part of a frame, so that neither side copies them.

Where small files follow each other by the thousand, and large ones by the segment, their
bytes are nearly all that a frame has.  In the packed part stands the length of each
instead, in its place; behind it they lie in that order, with nothing between.
"""

from typing import Any, Final

from .messages import Contents, Message, UploadPart

Buffer = bytes | memoryview

_COLUMN: Final = 7
"""Of the stored bytes, in an item of `Contents`."""

_FIELD: Final = 2
"""Of the stored bytes, in an `UploadPart`."""

_ITEM = tuple[int, int, int, bytes, bytes, int, int, int]

TAILED: Final[dict[type[Message], tuple[Any, ...]]] = {
    Contents: (tuple[_ITEM, ...], bytes),
    UploadPart: (int, int, int, int, bytes),
}
"""The messages that have such bytes, and the types of their fields in the packed part."""


def cut_tail(kind: type[Message], values: list[Any]) -> tuple[list[Any], list[Buffer]]:
    """Return the field *values* of a message with lengths for its bytes, and these bytes."""
    if kind is Contents:
        items, macs = values
        pieces = [item[_COLUMN] for item in items]
        lengths = map(len, pieces)
        packed = [(*item[:_COLUMN], length) for item, length in zip(items, lengths, strict=True)]
        return [packed, macs], pieces
    piece = values[_FIELD]
    return [*values[:_FIELD], len(piece), *values[_FIELD + 1 :]], [piece]


def join_tail(kind: type[Message], values: Any, tail: memoryview) -> tuple[Any, ...]:
    """Return the field values that `cut_tail` had; those of small contents are parts of *tail*.

    Args:
        kind: Of the message.
        values: Their shape was checked.
        tail: All that lies behind the packed part.

    Raises:
        ValueError: They do not fit together.
    """
    if kind is Contents:
        packed, macs = values
        start, items = 0, []
        for item in packed:
            end = start + item[_COLUMN]
            if end < start:
                raise ValueError("no length where one should be")
            items.append((*item[:_COLUMN], tail[start:end]))
            start = end
        joined: tuple[Any, ...] = (tuple(items), macs)
    else:
        start = values[_FIELD]
        joined = (*values[:_FIELD], bytes(tail), *values[_FIELD + 1 :])
    if start != len(tail):
        raise ValueError("the bytes behind a message are not as many as it says")
    return joined
