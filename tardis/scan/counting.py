"""Counting ahead what a run will come to, for those who watch."""

import os
import stat
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tardis.policy import Scope

from .exclusions import Selector
from .opening import open_directory
from .places import WalkRules, join


def count_ahead(
    roots: Iterable[bytes], rules: WalkRules, is_over: Callable[[], bool]
) -> tuple[int, int] | None:
    """Return (files, bytes) below *roots*, about; None when *is_over* says so before the end.

    What cannot be looked at is not counted; bind mounts are counted twice.
    """
    waiting = [_Folder(root, rules.exclusions.scope.below(os.fsdecode(root))) for root in roots]
    selector = Selector(rules.exclusions, rules.problem)
    files = size_bytes = 0
    while waiting:
        if is_over():
            return None
        found, more, folders = _count(waiting.pop(), rules, selector)
        files, size_bytes = files + found, size_bytes + more
        waiting += folders
    return files, size_bytes


class _Folder(NamedTuple):
    """A directory that is to be counted, and the rules it inherits."""

    path: bytes
    scope: Scope


def _count(folder: _Folder, rules: WalkRules, selector: Selector) -> tuple[int, int, list[_Folder]]:
    files, size_bytes, folders = 0, 0, []
    try:
        opened = open_directory(folder.path)
    except OSError:
        return files, size_bytes, []
    try:
        device = os.fstat(opened).st_dev
        here = selector.read(folder.path, opened, folder.scope, selector.found(opened))
        if here.marker:
            return files, size_bytes, []
        with os.scandir(opened) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                is_folder = stat.S_ISDIR(status.st_mode)
                if here.scope.judge(entry.name, is_folder.__bool__).is_left_out:
                    continue
                if stat.S_ISREG(status.st_mode):
                    files += 1
                    size_bytes += status.st_size
                elif is_folder and (rules.crosses_devices or status.st_dev == device):
                    path = join(folder.path, os.fsencode(entry.name))
                    folders.append(_Folder(path, here.below.enter(entry.name)))
    except OSError:
        pass
    finally:
        os.close(opened)
    return files, size_bytes, folders
