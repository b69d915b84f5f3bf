"""Counting ahead what a run will come to, for those who watch."""

import os
import stat
from collections.abc import Callable, Iterable

from .walker import WalkRules


def count_ahead(
    roots: Iterable[bytes], rules: WalkRules, is_over: Callable[[], bool]
) -> tuple[int, int] | None:
    """Return (files, bytes) below *roots*, about; None when *is_over* says so before the end.

    What cannot be looked at is not counted; bind mounts are counted twice.
    """
    waiting = list(roots)
    files = size_bytes = 0
    while waiting:
        if is_over():
            return None
        found, more, folders = _count(waiting.pop(), rules)
        files, size_bytes = files + found, size_bytes + more
        waiting += folders
    return files, size_bytes


def _count(folder: bytes, rules: WalkRules) -> tuple[int, int, list[bytes]]:
    files, size_bytes, folders = 0, 0, []
    try:
        device = os.lstat(folder).st_dev
        with os.scandir(folder) as entries:
            for entry in entries:
                if rules.is_excluded is not None and rules.is_excluded(os.fsdecode(entry.name)):
                    continue
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    files += 1
                    size_bytes += status.st_size
                elif stat.S_ISDIR(status.st_mode) and (
                    rules.crosses_devices or status.st_dev == device
                ):
                    folders.append(entry.path)
    except OSError:
        pass
    return files, size_bytes, folders
