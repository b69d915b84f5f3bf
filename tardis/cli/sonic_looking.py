"""The verbs of sonic that show what sets hold: info, files, find."""

import json
import os
import re
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import translate
from itertools import groupby, islice
from typing import Final

from tardis.config import Settings, table
from tardis.history import AnyPaths, SetPaths, moment_ns
from tardis.model import BackupSet, Entry, StoredContent, UsageError
from tardis.policy import LocalZone, parse_moment
from tardis.render import (
    bytes_fields,
    entry_fields,
    escape_name,
    human_size,
    info_fields,
    info_lines,
)
from tardis.store import StoreReader

from .restore_store import open_client
from .sonic_sets import chosen_set

_PAGE: Final = 500
_EVER: Final = (1 << 63) - 1
Row = tuple[int, Entry]


def info(settings: Settings) -> None:
    """Show all figures of one set, or of every one."""
    with open_client(settings, may_ask=False) as reader:
        sets = reader.sets()
        one = (
            chosen_set(settings, sets, reader.tags())
            if settings[table.BACKUP] or settings[table.DATE]
            else None
        )
        purgeable = reader.only_needed([each.number for each in sets])
    shown = sets if one is None else [one]
    figures = [(each, purgeable.get(each.number, (0, 0, 0))) for each in shown]
    if settings[table.JSON]:
        print(json.dumps([info_fields(*each) for each in figures], indent=2))
        return
    zone = LocalZone()
    for at, (each, freed) in enumerate(figures):
        if at:
            print("-" * 40)
        for line in info_lines(each, freed, zone):
            print(line)


def files(settings: Settings) -> None:
    """List the files that a set changed, directory by directory."""
    with open_client(settings) as reader:
        sets = reader.sets()
        one = chosen_set(settings, sets, reader.tags())
        before = max((each.number for each in sets if each.number < one.number), default=0)
        view = _FileView(settings, reader, sets)
        paths = SetPaths(reader, one.number)
        wanted = (
            row for row in reader.changed_rows(one.number, before)
            if settings[table.DIRS] or not row[1].is_directory
        )  # fmt: skip
        told = []
        for directory, rows in groupby(wanted, key=lambda row: row[0]):
            path = paths.of(directory)
            for line in view.section(paths, path, list(rows)):
                if settings[table.JSON]:
                    told.append(line)
                else:
                    print(line)
        if settings[table.JSON]:
            print(f"[{', '.join(told)}]")


class _FileView:
    """What is shown of each file.

    Args:
        settings: Of sonic files.
        reader: Of the store.
        sets: By number.
    """

    def __init__(self, settings: Settings, reader: StoreReader, sets: list[BackupSet]) -> None:
        self._settings = settings
        self._reader = reader
        self._sets = sets

    def section(self, paths: SetPaths, path: bytes | None, rows: list[Row]) -> Iterator[str]:
        """Yield the lines of one directory, whose set shows it under *path*."""
        named = [(one, paths.of_entry(*_key(one))) for one in rows]
        shown = [(row, whole) for row, whole in named if whole is not None]
        wants_json = self._settings[table.JSON]
        has_heading = not (wants_json or self._settings[table.FULL_PATH])
        if shown and has_heading:
            yield f"{escape_name(path or b'')}:"
        ids = {entry.content for (_, entry), _ in shown if entry.content is not None}
        contents = self._reader.contents(sorted(ids))
        for (directory, entry), whole in shown:
            older = self._older(directory, entry)
            if wants_json:
                fields = bytes_fields("path", whole) | entry_fields(entry, contents)
                yield json.dumps(fields | {"is_new": older is None, "older": older and older.name})
            else:
                yield self._line(entry, whole, contents, older)

    def _older(self, directory: int, entry: Entry) -> BackupSet | None:
        """Return the newest set before that had an older version under the same name."""
        versions = self._reader.versions(directory, entry.name, 1, entry.first_set - 1)
        if not versions:
            return None
        last = versions[-1]
        there = [one for one in self._sets if last.first_set <= one.number <= last.last_set]
        return there[-1] if there else None

    def _line(
        self,
        entry: Entry,
        whole: bytes,
        contents: dict[int, StoredContent],
        older: BackupSet | None,
    ) -> str:
        settings = self._settings
        stored = contents.get(entry.content) if entry.content is not None else None
        name = whole if settings[table.FULL_PATH] else entry.name
        parts = ["" if settings[table.FULL_PATH] else "   "]
        if settings[table.STATUS]:
            is_delta = stored is not None and stored.basis is not None and not stored.is_part
            parts.append("[Delta]" if is_delta else "[New]  " if older is None else "[Full] ")
        if settings[table.LIST_LONG]:
            size = human_size(entry.size) if settings[table.HUMAN] else str(entry.size)
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.mtime))
            owner = f"{entry.uid}:{entry.gid}"
            parts.append(f"{stat.filemode(entry.mode)} {owner:>11} {size:>12} {when}")
        if settings[table.INODE]:
            parts.append(f"{entry.inode:>10}")
        if settings[table.CHAIN_LENGTH]:
            parts.append(f"{stored.chain if stored else '':>3}")
        if settings[table.CHECKSUMS]:
            parts.append(stored.digest.hex() if stored else " " * 64)
        parts.append(escape_name(name) + ("/" if entry.is_directory else ""))
        if settings[table.PREVIOUS] and older is not None:
            parts.append(f"(before: {escape_name(older.name)})")
        return " ".join(parts).rstrip() if parts[0] else " ".join(parts[1:]).rstrip()


def find(settings: Settings) -> None:
    """List what any set holds under certain names, by size and time."""
    matches = [re.compile(translate(one)) for one in settings[table.FIND_NAMES]]
    limits = _limits(settings)
    has_slash = any("/" in one for one in settings[table.FIND_NAMES])
    with open_client(settings) as reader:
        paths = AnyPaths(reader, reader.sets())
        rows = (
            row for row in reader.all_rows(limits)
            if not matches or has_slash or _is_like(matches, row[1].name)
        )  # fmt: skip
        told = []
        while page := list(islice(rows, _PAGE)):
            ids = {entry.content for _, entry in page if entry.content is not None}
            contents = reader.contents(sorted(ids)) if settings[table.JSON] else {}
            for directory, entry in page:
                found = paths.of(directory, entry)
                if found is None:
                    continue
                path, oldest, newest = found
                if has_slash and not (_is_like(matches, path) or _is_like(matches, entry.name)):
                    continue
                if settings[table.JSON]:
                    between = {"first_set": oldest.name, "last_set": newest.name}
                    told.append(
                        bytes_fields("path", path) | entry_fields(entry, contents) | between
                    )
                else:
                    print(_found_line(entry, path, oldest, newest))
        if settings[table.JSON]:
            print(json.dumps(told, indent=2))


def _found_line(entry: Entry, path: bytes, oldest: BackupSet, newest: BackupSet) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.mtime))
    sets = escape_name(oldest.name)
    if newest is not oldest:
        sets += f" .. {escape_name(newest.name)}"
    mark = "/" if entry.is_directory else ""
    return f"{human_size(entry.size):>10}  {when}  {escape_name(path)}{mark}  ({sets})"


def _is_like(matches: list[re.Pattern[str]], name: bytes) -> bool:
    text = os.fsdecode(name)
    return any(one.match(text) for one in matches)


def _limits(settings: Settings) -> tuple[int, int, int, int]:
    """Return least and greatest size, first and last mtime."""
    now = datetime.now(tz=UTC).astimezone()
    moments = [
        moment_ns(parse_moment(settings[row], now)) // 10**9 if settings[row] else None
        for row in (table.NEWER, table.OLDER)
    ]
    least, most = settings[table.LARGER], settings[table.SMALLER]
    if not (settings[table.FIND_NAMES] or any(one is not None for one in (*moments, least, most))):
        raise UsageError("say what is to be found: a name, --newer, --older, --larger or --smaller")
    return (
        least or 0,
        _EVER if most is None else most,
        -_EVER if moments[0] is None else moments[0],
        _EVER if moments[1] is None else moments[1],
    )


def _key(row: Row) -> tuple[int, bytes]:
    return row[0], row[1].name
