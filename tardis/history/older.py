"""Finds an older version of a file whose stored content is damaged."""

from collections.abc import Iterable
from contextlib import closing
from typing import Final

from tardis.model import BackupSet, IntegrityError, NoSuchPathError, Reader

from .timeline import backwards
from .tree import Tree

_TRIED: Final = 50
"""Sets that are looked into for one file."""


def is_readable(reader: Reader, number: int) -> bool:
    """Tell whether the content of that number is in the store, whole."""
    content = reader.contents([number]).get(number)
    if content is None:
        return False
    left = content.size
    try:
        with closing(reader.open(content)) as source:
            for chunk in source.chunks():
                left -= len(chunk)
                if left < 0:
                    return False
    except IntegrityError:
        return False
    return left == 0


def older_version(
    reader: Reader, sets: Iterable[BackupSet], number: int, path: bytes
) -> BackupSet | None:
    """Return the newest set before *number* with another, good content of the file *path*.

    None when the content in set *number* is good, or when there is no other.
    """
    bad = content_at(reader, number, path)
    if bad is None or is_readable(reader, bad):
        return None
    known = {bad}
    for backup in [one for one in backwards(sets) if one.number < number][:_TRIED]:
        content = content_at(reader, backup.number, path)
        if content is None or content in known:
            continue
        if is_readable(reader, content):
            return backup
        known.add(content)
    return None


def content_at(reader: Reader, number: int, path: bytes) -> int | None:
    """Return the content of the regular file *path* in set *number*, None without one."""
    try:
        entry = Tree(reader, number).resolve(path).entry
    except NoSuchPathError:
        return None
    return entry.content if entry is not None and entry.is_regular else None
