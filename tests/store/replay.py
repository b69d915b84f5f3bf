"""Rebuilds the rows of a catalog from the manifests alone, as docs/store-format.md tells it.

Shares no code with the product but the format of a record's header.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack

OPEN = (1 << 63) - 1
HEADER = struct.Struct("<4sBBBBQQII32s32s")
BORDER = 4096
MANIFEST = 4
FULL_TABLES = {"backup_sets", "roots", "filesystems", "directories", "contents", "entries"}

Row = tuple[Any, ...]


def scan(packs: Path) -> list[tuple[int, int, Row]]:
    """Return (pack, place, value) of every manifest; what is damaged is passed over."""
    found = []
    for path in packs.glob("*.pack"):
        data = path.read_bytes()
        for place in range(0, len(data), BORDER):
            value = _manifest(data, place)
            if value is not None:
                found.append((int(path.stem), place, value))
    return sorted(found, key=lambda one: one[:2])


def _manifest(data: bytes, place: int) -> Row | None:
    if len(data) < place + HEADER.size or data[place : place + 4] != b"TdR1":
        return None
    head = HEADER.unpack_from(data, place)
    kind, stored, checksum = head[1], head[6], head[7]
    payload = data[place + HEADER.size : place + HEADER.size + stored]
    bare = HEADER.pack(*head[:7], 0, *head[8:])
    if kind != MANIFEST or zlib.crc32(bare) != checksum:
        return None
    try:
        value: Row = msgpack.unpackb(zlib.decompress(payload), use_list=False)
    except (zlib.error, ValueError):
        return None  # a run was killed, or lost its power, in the middle of it
    return value


@dataclass
class Rebuilt:
    """The rows as far as manifests know them."""

    sets: dict[int, Row] = field(default_factory=dict)
    roots: dict[tuple[int, bytes], Row] = field(default_factory=dict)
    filesystems: dict[int, Row] = field(default_factory=dict)
    directories: dict[int, Row] = field(default_factory=dict)
    digests: dict[int, bytes] = field(default_factory=dict)
    entries: dict[tuple[int, int, bytes], Row] = field(default_factory=dict)
    lineages: dict[int, Row] = field(default_factory=dict)
    owners: dict[int, set[Row]] = field(default_factory=dict)

    def apply(self, value: Row) -> None:
        """Replay the record of a group, or of a set's end."""
        form, number, _, row, tables, digests = value
        assert form == 1
        filesystems, identities, directories, deleted, closed, opened, roots, *more = tables
        self.filesystems |= {one[0]: one for one in filesystems}
        for *identity, directory in identities:
            self.directories[directory] = (directory, *identity)
        self.directories |= {one[0]: one for one in directories}
        for directory, name in deleted:
            del self.entries[directory, OPEN, name]
        for last_set, directory, name in closed:
            self.entries[directory, last_set, name] = self.entries.pop((directory, OPEN, name))
        for one in opened:
            assert (one[0], OPEN, one[1]) not in self.entries
            self.entries[one[0], OPEN, one[1]] = one
        self.digests |= dict(digests)
        if row is not None:
            self.sets[number] = row
            self.roots = {key: one for key, one in self.roots.items() if key[0] != number}
            self.owners[number] = set(more[1])
            self.lineages |= {one[0]: one for one in more[0]}
        self.roots |= {one[:2]: one for one in roots}

    def page(self, table: str, rows: Iterable[Row]) -> None:
        """Take over one page of a full manifest."""
        for one in rows:
            if table == "entries":
                self.entries[one[0], one[1], one[2]] = _as_opened(one)
            elif table == "contents":
                self.digests[one[0]] = one[1]
            elif table == "roots":
                self.roots[one[:2]] = one
            elif table == "backup_sets":
                self.sets[one[0]] = one
            elif table in ("directories", "filesystems"):
                getattr(self, table)[one[0]] = one


def _as_opened(one: Row) -> Row:
    """Return a row of the table as the record of a group has it."""
    directory, _, name, first_set, *listed = one
    child, content, target = listed[12:15]
    return (directory, name, *listed[:12], child, content, target, first_set, *listed[15:17])


def chosen(packs: Path) -> list[Row]:
    """Return the true records in the order of replay: the last of each set and sequence."""
    newest = {value[1:3]: value for _, _, value in scan(packs)}
    return [newest[key] for key in sorted(newest)]


def replayed(packs: Path) -> Rebuilt:
    """Rebuild from the records of all groups."""
    rebuilt = Rebuilt()
    for value in chosen(packs):
        if not isinstance(value[3], str):
            rebuilt.apply(value)
    return rebuilt


def replayed_from_full(packs: Path) -> Rebuilt:
    """Rebuild from the newest whole full manifest and what came after it."""
    values = chosen(packs)
    full = max(value[1] for value in values if value[3] == "END")
    rebuilt = Rebuilt()
    for value in values:
        if value[1] == full and isinstance(value[3], str):
            rebuilt.page(value[3], value[4])
        elif value[1] > full:
            rebuilt.apply(value)
    return rebuilt
