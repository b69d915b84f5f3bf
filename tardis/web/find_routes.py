"""Searching all sets of a client, some rows at a time: no request looks at more than a bound."""

import os
import re
import struct
from collections.abc import Mapping
from fnmatch import translate
from typing import Any, Final, NotRequired, TypedDict

from tardis.history import AnyPaths
from tardis.model import Entry, Right
from tardis.store import StoreReader

from .api import LIMIT, Api, Call, Param
from .entry_shapes import NEXT, EntryState, contents_of, entry_state, next_of

api: Final = Api("find", "/api/v1/clients/<client>")

_LOOKED_AT: Final = 20_000
"""Rows that one request looks at, at the most."""

_SOME: Final = 2_000
_KEY: Final = struct.Struct(">QQ")
_EVER: Final = (1 << 63) - 1
_MOST_PATTERN: Final = 1000


def _pattern(text: bytes) -> re.Pattern[str]:
    if len(text) > _MOST_PATTERN:
        raise ValueError("is too long")
    return re.compile(translate(os.fsdecode(text)))


def _integer(text: bytes) -> int:
    found = re.fullmatch(rb"-?\d{1,18}", text)
    if found is None:
        raise ValueError("is no number")
    return int(text)


_NUMBER: Final = {"type": "integer", "minimum": 1 - 10**18, "maximum": 10**18 - 1}
_ANY: Final = re.compile("(?s:.*)")

NAME: Final = Param("name", _pattern, _ANY, "name or path, as a shell pattern",
                    {"type": "string", "maxLength": _MOST_PATTERN})  # fmt: skip
LARGER: Final = Param("larger", _integer, 0, "least size in bytes", _NUMBER)
SMALLER: Final = Param("smaller", _integer, _EVER, "greatest size in bytes", _NUMBER)
NEWER: Final = Param("newer", _integer, -_EVER, "first mtime, seconds since 1970", _NUMBER)
OLDER: Final = Param("older", _integer, _EVER, "last mtime, seconds since 1970", _NUMBER)


class Found(TypedDict):
    """Something that was found, and the sets that show it.

    Attributes:
        entry: What it is.
        first_set: Name of the oldest one.
        last_set: Name of the newest one.
    """

    entry: EntryState
    first_set: str
    last_set: str


class FoundPage(TypedDict):
    """What some rows of the catalog held; none of them may have been what was looked for.

    Attributes:
        found: In an order that stays.
        next: What `after` is to go on; absent when all was looked at.
    """

    found: list[Found]
    next: NotRequired[str]


@api.get(
    "/find",
    answers=FoundPage,
    right=(Right.LIST, "search files"),
    query=(NAME, LARGER, SMALLER, NEWER, OLDER, NEXT, LIMIT),
)
def find(call: Call) -> FoundPage:
    """Search what any set holds, by name, size and time.

    A page may be empty and have a next one: each request looks at a bounded number of rows.
    """
    with call.service.reader(call.client) as reader:
        search = _Search(call, reader)
        rows, key = search.rows()
        contents = contents_of(reader, [row for _, row, _ in rows])
        page: FoundPage = {"found": [_told(row, where, contents) for _, row, where in rows]}
    if key is not None:
        page["next"] = next_of(_KEY.pack(*key[:2]) + key[2])
    return page


class _Search:
    """One request's.

    Args:
        call: Says what is wanted.
        reader: Of the store.
    """

    def __init__(self, call: Call, reader: StoreReader) -> None:
        self._call = call
        self._reader = reader
        self._paths = AnyPaths(reader, reader.sets())

    def rows(self) -> tuple[list[tuple[int, Entry, Any]], tuple[int, int, bytes] | None]:
        """Return (directory, row, where it lies) of what was found, and the key to go on with."""
        found: list[tuple[int, Entry, Any]] = []
        key: tuple[int, int, bytes] | None = _key(self._call[NEXT])
        looked_at = 0
        while key is not None and looked_at < _LOOKED_AT and len(found) < self._call[LIMIT]:
            rows = self._reader.rows_from(key, _SOME)
            key = None if len(rows) < _SOME else _key_of(*rows[-1])
            for at, (directory, sealed) in enumerate(rows):
                row = self._reader.in_plain_words(sealed)
                if self._is_wanted(row) and (where := self._where(directory, row)):
                    found.append((directory, row, where))
                    if len(found) == self._call[LIMIT]:
                        is_last = key is None and at == len(rows) - 1
                        return found, None if is_last else _key_of(directory, sealed)
            looked_at += len(rows)
        return found, key

    def _is_wanted(self, row: Entry) -> bool:
        call = self._call
        return call[LARGER] <= row.size <= call[SMALLER] and call[NEWER] <= row.mtime <= call[OLDER]

    def _where(self, directory: int, row: Entry) -> Any:
        """Return path, oldest and newest set of a row; None if it is not called as wanted."""
        pattern = self._call[NAME]
        has_slash = "/" in pattern.pattern
        if not has_slash and not pattern.match(os.fsdecode(row.name)):
            return None
        where = self._paths.of(directory, row)
        if where is None or not has_slash:
            return where
        return where if pattern.match(os.fsdecode(where[0])) else None


def _told(row: Entry, where: Any, contents: Mapping[int, Any]) -> Found:
    path, oldest, newest = where
    state = entry_state(path, row, contents)
    return {"entry": state, "first_set": oldest.name, "last_set": newest.name}


def _key(packed: bytes) -> tuple[int, int, bytes]:
    if len(packed) < _KEY.size:
        return 0, 0, b""
    directory, first = _KEY.unpack_from(packed)
    return min(directory, _EVER), min(first, _EVER), packed[_KEY.size :]


def _key_of(directory: int, row: Entry) -> tuple[int, int, bytes]:
    return directory, row.first_set, row.name
