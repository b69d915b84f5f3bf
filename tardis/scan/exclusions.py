"""What is left out of a tree: rules told ahead, and files in its directories that tell more.

The names of such files are looked for in what a directory was found to hold anyway; a
directory without them costs one search in a sorted list, and no system call.
"""

import errno
import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tardis.policy import Rule, RuleSet, Scope, parse_rules

from .opening import GONE, trouble

CACHE_TAG: Final = b"CACHEDIR.TAG"
CACHE_SIGNATURE: Final = b"Signature: 8a477f597d28d172789f06886806bc55"
"""How the tag of a cache directory begins; see https://bford.info/cachedir/."""

RULE_BYTES: Final = 16 << 20
"""Longest file with patterns that is read."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What is left out of all trees of a run.

    Attributes:
        scope: Rules that hold everywhere, seen from ``/``.
        inherited: Names of files with rules for their directory and all below.
        local: Names of files with rules for their directory only.
        skip: Name of a file whose presence empties its directory; empty: none does.
        skips_caches: Directories with the tag of a cache are empty, too.
        stores: (device, inode) of directories in which backups are kept.
    """

    scope: Scope = field(default_factory=Scope)
    inherited: tuple[bytes, ...] = ()
    local: tuple[bytes, ...] = ()
    skip: bytes = b""
    skips_caches: bool = False
    stores: frozenset[tuple[int, int]] = frozenset()


class Here(NamedTuple):
    """What holds in one directory.

    Attributes:
        scope: Rules for what lies in it.
        below: Rules that its directories inherit.
        marker: Name of the file that empties it, if any.
    """

    scope: Scope
    below: Scope
    marker: bytes = b""


class Selector:
    """Finds the files that tell what to leave out, and reads them.

    Args:
        exclusions: What they are called.
        problem: Hears of those that cannot be read.
    """

    def __init__(self, exclusions: Exclusions, problem: Callable[[bytes, str], None]) -> None:
        self._exclusions = exclusions
        self._problem = problem
        tag = (CACHE_TAG,) if exclusions.skips_caches else ()
        names = {*exclusions.inherited, *exclusions.local, exclusions.skip, *tag} - {b""}
        self._names = sorted(names)
        self._starts = _common_starts(self._names)
        self._seen_scope: Scope | None = None
        self._is_hidden = False

    def found_in(self, rows: Sequence[tuple[bytes, Any]], scope: Scope, folder: int) -> list[bytes]:
        """Return which of the names a directory holds.

        Args:
            rows: What it holds, sorted, less what *scope* leaves out.
            scope: What holds in it by inheritance.
            folder: Its descriptor.
        """
        if scope is not self._seen_scope:
            self._seen_scope = scope
            hits = scope.hits
            self._is_hidden = hits is not None and any(map(hits, map(os.fsdecode, self._names)))
        if self._is_hidden:
            return self.found(folder)
        for start in self._starts:
            at = bisect_left(rows, (start,))
            if at < len(rows) and rows[at][0].startswith(start):
                return self.found(folder)
        return []

    def found(self, folder: int) -> list[bytes]:
        """Return which of the names the directory *folder* holds, by asking for each."""
        return [name for name in self._names if _is_file(name, folder)]

    def read(self, path: bytes, folder: int, scope: Scope, found: Sequence[bytes]) -> Here:
        """Return what holds in the directory *path*, which holds the *found* files.

        Args:
            path: Of the directory.
            folder: Its descriptor.
            scope: What it inherits.
            found: Of the names of such files.
        """
        wanted = self._exclusions
        if wanted.skip in found:
            return Here(scope, scope, wanted.skip)
        if wanted.skips_caches and CACHE_TAG in found and _is_cache(folder):
            return Here(scope, scope, CACHE_TAG)
        shared = self._rules(path, folder, [name for name in wanted.inherited if name in found])
        own = self._rules(path, folder, [name for name in wanted.local if name in found])
        below = scope.with_rules(RuleSet(shared)) if shared else scope
        return Here(below.with_rules(RuleSet(own)) if own else below, below)

    def _rules(self, path: bytes, folder: int, names: Sequence[bytes]) -> list[Rule]:
        rules = []
        for name in names:
            whole = os.path.join(path, name)
            try:
                text = _read_text(name, folder)
            except OSError as error:
                if error.errno not in GONE:
                    self._problem(whole, f"its patterns do not count: {trouble(error).reason}")
                continue
            rules += parse_rules(text, os.fsdecode(whole))
        return rules


def read_rules(path: bytes) -> list[Rule]:
    """Return the rules in the file *path*, which may be of any kind.

    Raises:
        OSError: It cannot be read, or is too long.
    """
    return parse_rules(_read_text(path, None), os.fsdecode(path))


def _common_starts(names: list[bytes]) -> list[bytes]:
    """Return beginnings of which every one of *names* has one, as few as make sense."""
    usual = [name for name in names if name != CACHE_TAG]
    length = 0
    while usual and all(name[: length + 1] == usual[0][: length + 1] for name in usual):
        length += 1
        if length == len(usual[0]):
            break
    tag = [CACHE_TAG] if CACHE_TAG in names else []
    return ([usual[0][:length]] if length else usual) + tag


def _is_file(name: bytes, folder: int) -> bool:
    """Tell whether *folder* holds *name* and it is no directory."""
    try:
        return not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _is_cache(folder: int) -> bool:
    """Tell whether the tag in *folder* is a regular file that begins as it must."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        tag = os.open(CACHE_TAG, flags, dir_fd=folder)
    except OSError:
        return False
    with os.fdopen(tag, "rb") as file:
        is_regular = stat.S_ISREG(os.fstat(tag).st_mode)
        return is_regular and file.read(len(CACHE_SIGNATURE)) == CACHE_SIGNATURE


def _read_text(name: bytes, folder: int | None) -> str:
    """Return a file's text, of any bytes, as names are decoded; links are followed.

    What was found in a *folder* must be a regular file, for nobody asked to wait for it.
    """
    waits = 0 if folder is None else os.O_NONBLOCK
    opened = os.open(name, os.O_RDONLY | waits | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(opened, "rb") as file:
        if folder is not None and not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        text = file.read(RULE_BYTES + 1)
    if len(text) > RULE_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {RULE_BYTES >> 20} MiB")
    return os.fsdecode(text)
