"""What a reader asks a tardisremote, and what the answers look like.

Each question is a path below ``/api/v1/reader/<client>/``, its answer one value in msgpack;
records and files come as the bytes that they are.  `ANSWERS` tells the shape of every answer,
and `read_answer` lets nothing else pass: a server is a stranger.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final, get_args, get_type_hints

from tardis.model import (
    DIGEST_SIZE,
    BackupSet,
    Entry,
    RemoteProtocolError,
    Root,
    StoredContent,
)
from tardis.model import Ancestor as AncestorRow
from tardis.streams import pack, unpack

from .shapes import Check, check_of

BASE: Final = "/api/v1/reader"
"""Where the questions begin."""

MEDIA: Final = "application/msgpack"
"""Type of questions and answers that are values."""

WIRE: Final = 2
"""Version of questions and answers; both sides must have the same."""

MAX_ANSWER: Final = 64 << 20
"""Bytes of an answer at the most."""

MAX_QUESTION: Final = 1 << 20
"""Bytes of a question's body at the most."""

MOST_ROWS: Final = 20_000
"""Rows of one answer, more or less: a directory that was begun is told to its page's end."""

PAGE_ROWS: Final = 4_000
"""Rows of one directory in one answer at the most."""

MOST_IDS: Final = 10_000
"""Contents that one question asks about at the most."""

MOST_RECORDS: Final = 4_096
"""Records that one question asks for at the most."""

RECORDS_BYTES: Final = 16 << 20
"""Bytes of the records in one answer, more or less; a single one is always told."""

MAX_RECORD: Final = 1 << 20
"""Bytes of one record at the most."""

MAX_FILE: Final = 4 << 20
"""Bytes of a file at the most that comes together with others."""

GONE: Final = 0xFFFF_FFFF
"""Length of a record that cannot be read; none of its bytes follow."""

_HEADS: Final = 4 << 10
"""Bytes in a file at the most that `StoredContent.stored` does not tell of."""

FIELDS: Final = (Entry._fields, StoredContent._fields, BackupSet._fields)
"""Names of what rows are made of; both sides must have the same."""


def _row(kind: Any) -> Any:
    """Return the shape of a row of *kind*; truth values and numbers are as good as each other."""
    hints = get_type_hints(kind)
    parts = tuple(bool | int if hint in (bool, int) else hint for hint in hints.values())
    return tuple[parts]  # type: ignore[valid-type]


_ROWS: Final = tuple[tuple, ...]  # type: ignore[type-arg] # see `read_entries`
_PLACED: Final = tuple[tuple[int, tuple], ...]  # type: ignore[type-arg] # see `read_entries`
_PAGE: Final = tuple[tuple[tuple[int, int, bytes], ...], _PLACED]  # type: ignore[valid-type]
_ROOT: Final = tuple[bytes, bytes | None, int, tuple[_row(AncestorRow), ...]]  # type: ignore[misc]

ANSWERS: Final[dict[str, Any]] = {
    "open": tuple[int, bytes, str, tuple[tuple[str, ...], ...]],
    "sets": tuple[_row(BackupSet), ...],  # type: ignore[misc]
    "roots": tuple[_ROOT, ...],  # type: ignore[valid-type]
    "roots_of": tuple[tuple[int, tuple[_ROOT, ...]], ...],  # type: ignore[valid-type]
    "tree": tuple[tuple[int, bool, bytes], ...],
    "child": _ROWS,
    "versions": _ROWS,
    "holding": _PLACED,
    "naming": _PLACED,
    "owners": tuple[tuple[bool, int, bytes], ...],
    "contents": tuple[_row(StoredContent), ...],  # type: ignore[misc]
    "batch": tuple[_row(StoredContent), ...],  # type: ignore[misc]
    "find_content": tuple[_row(StoredContent), ...],  # type: ignore[misc]
    "names_of": tuple[bytes, ...],
    "unsettled": tuple[tuple[int, bytes, str], ...],
    "changed_rows": _PAGE,
    "all_rows": _PAGE,
    "only_needed": tuple[tuple[int, int, int, int], ...],
    "heads": tuple[tuple[int, int, bytes, bytes, bytes], ...],
    "totals": tuple[tuple[int, bytes], ...],
    "tags": tuple[tuple[str, int], ...],
    "free_bytes": int,
    "waste": tuple[int, int],
    "usage": tuple[int, int, int],
    "freed_by": tuple[int, int],
}
"""Shape of the answer to each question; entries are looked at by `read_entries`."""

NUMBERS: Final = check_of(tuple[int, ...])
"""Shape of the body of a question about some contents or sets."""

PLACES: Final = check_of(tuple[tuple[int, int, int], ...])
"""Shape of the body of a question for records: pack, offset, and bytes behind the header."""

DIGEST_SIZES: Final = frozenset((DIGEST_SIZE, 48))
"""Bytes that the digest of a content can have, in the modern scheme and in the classic one."""

_CHECKS: Final[dict[str, Check]] = {name: check_of(shape) for name, shape in ANSWERS.items()}


def _kinds_of_entries() -> frozenset[tuple[type, ...]]:
    """Return which types the fields of an entry may have, every mixture by itself."""
    hints = get_type_hints(Entry).values()
    return frozenset(product(*(get_args(hint) or (hint,) for hint in hints)))


_ENTRIES: Final = _kinds_of_entries()


def tell(value: Any) -> bytes:
    """Return *value*, made of tuples, lists, numbers, text, bytes and None, as it travels."""
    return pack(value)


def read_answer(question: str, data: bytes) -> Any:
    """Return the value that *data* tells, lists as tuples.

    Raises:
        RemoteProtocolError: It is no answer to *question*.
    """
    try:
        found = unpack(data)
    except ValueError as error:
        raise _nonsense(question) from error
    if not _CHECKS[question](found):
        raise _nonsense(question)
    return found


def read_question(data: bytes, shape: Check) -> Any:
    """Return the value that the body of a question tells.

    Raises:
        ValueError: It has another shape.
    """
    found = unpack(data, MOST_IDS)
    if not shape(found):
        raise ValueError("the question has another shape")
    return found


def read_entries(rows: Iterable[Any]) -> list[Entry]:
    """Return *rows* as entries.

    Raises:
        RemoteProtocolError: One is none.
    """
    found = list(rows)
    for row in found:
        if type(row) is not tuple or tuple(map(type, row)) not in _ENTRIES:
            raise _nonsense("tree")
    return list(map(Entry._make, found))


def read_block(data: bytes) -> list[Entry]:
    """Return the entries that a block of the answer to ``tree`` tells.

    Raises:
        RemoteProtocolError: It tells something else.
    """
    try:
        rows = unpack(data)
    except ValueError as error:
        raise _nonsense("tree") from error
    if type(rows) is not tuple:
        raise _nonsense("tree")
    return read_entries(rows)


def batch_of(
    rows: Iterable[StoredContent],
) -> tuple[list[tuple[int, int, int]], list[tuple[bytes, int]]]:
    """Return in which order the bytes of a batch of contents are told.

    Returns:
        (pack, offset, stored bytes) of those in packs, then (digest, place) of the small ones
        among those that have files.
    """
    packed, files = [], []
    for one in rows:
        if one.pack is not None:
            packed.append((one.pack, one.place, one.stored))
        elif one.stored <= MAX_FILE - _HEADS:
            files.append((one.digest, one.place))
    packed.sort()
    return packed, files


def runs_of(data: bytes, place: int) -> Iterator[memoryview | None]:
    """Yield the pieces that *data* tells from *place* on, None for one that cannot be read.

    They travel in runs: how many, the length of each or `GONE`, then all of them.  None is
    copied: as long as one is kept, all of *data* is.

    Raises:
        RemoteProtocolError: The answer is cut off.
    """
    whole = memoryview(data)
    while place < len(data):
        count = int.from_bytes(data[place : place + 4], "big")
        place += 4
        behind = place + 4 * count
        if behind > len(data):
            raise RemoteProtocolError("the server's records are cut off")
        lengths = struct.unpack_from(f"!{count}I", data, place)
        place = behind
        for length in lengths:
            if length == GONE:
                yield None
                continue
            if place + length > len(data):
                raise RemoteProtocolError("the server's records are cut off")
            yield whole[place : place + length]
            place += length


def root_row(root: Root) -> tuple[Any, ...]:
    """Return *root* as it travels."""
    return root.path, root.name, root.directory, root.ancestors


def read_root(row: tuple[Any, ...]) -> Root:
    """Return the root that *row*, of an answer that was checked, tells."""
    path, name, directory, ancestors = row
    return Root(path, name, directory, tuple(AncestorRow(*one) for one in ancestors))


def set_row(backup: BackupSet) -> tuple[Any, ...]:
    """Return *backup* as it travels."""
    return tuple(getattr(backup, name) for name in FIELDS[2])


def read_set(row: tuple[Any, ...]) -> BackupSet:
    """Return the set that *row*, of an answer that was checked, tells."""
    return BackupSet(*row)


def _nonsense(question: str) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"the server's answer about {question} makes no sense",
        hint="Check that --database names a tardisremote of this version.",
    )
