"""Restores a sample of files into a scratch directory and looks whether they are as they were.

The sample goes round: a later drill tries other files.  Each file is restored alone, looked
at and removed again, so that room is needed for the largest only.
"""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Final

from tardis.crypto import Digester, KeyRing, content_key
from tardis.model import Entry, Reader, StoredContent, TardisError
from tardis.policy import check_client_name
from tardis.store import Place, StoreReader, iter_sample, note_sample, open_reader
from tardis.streams import FolderKind, make_folder

Bring = Callable[[bytes, str], str]
"""(path in the set, existing directory) → restores the file into it under the name ``file``;
returns what went wrong, empty for nothing."""

SAME: Final = "same"
CHANGED: Final = "changed"
ABSENT: Final = "absent"
DIFFERS: Final = "differs"

FOLDER: Final = FolderKind("tardis-drill-", ("file", ".tardis-*"))
"""Where files are restored, and all that ever lies there: also while one is being restored."""

_CHUNK: Final = 1 << 20
_DEEPEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Drilled:
    """One file that was tried.

    Attributes:
        path: In the set.
        size: Plain bytes.
        fault: What is wrong with what was restored, empty for nothing.
        live: How it compares with the file of that path on this machine: ``same``,
            ``changed`` since, ``absent``, or ``differs`` though nothing says that it was
            changed; empty when that was not looked at.
    """

    path: bytes
    size: int
    fault: str
    live: str

    @property
    def is_good(self) -> bool:
        """Tell whether it came back as it was."""
        return not self.fault and self.live != DIFFERS


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be tried.

    Attributes:
        number: Set.
        count: Files at the most.
        scratch: Directory in which a private one is made; empty for the system's.
        looks_at_live: Compare with the files of this machine, too.
    """

    number: int
    count: int
    scratch: str = ""
    looks_at_live: bool = True


def drill(
    place: Place, client: str, wish: Wish, bring: Bring, ring: KeyRing | None = None
) -> list[Drilled]:
    """Try the next files of a set; return what came of each.

    An encrypted backup needs its keys, *ring*.

    Raises:
        StoreError: The store cannot be used.
        OSError: There is no room, or no right, for the scratch directory.
    """
    check_client_name(client)
    found: list[Drilled] = []
    last = 0
    folder = make_folder(wish.scratch, FOLDER)
    here = replace(wish, scratch=folder.path)
    try:
        with closing(open_reader(place, client, ring)) as reader:
            for directory, entry in iter_sample(place, client, wish.number, ring):
                if len(found) >= wish.count:
                    break
                path = path_of(reader, directory, entry, wish.number)
                if path is None or entry.content is None:
                    continue  # another choice of directories has it
                found.append(_try(reader, path, entry, here, bring))
                last = entry.content
    finally:
        folder.remove()
    if found:
        note_sample(place, client, last)
    return found


def path_of(reader: Reader, directory: int, entry: Entry, number: int) -> bytes | None:
    """Return the path of *entry* of *directory* in set *number*; None when it is in no root."""
    roots = reader.roots(number)
    tops = {root.directory: root.path for root in roots if root.name is None}
    names = [entry.name]
    for root in roots:
        if (root.directory, root.name) == (directory, entry.name):
            return root.path
    for _ in range(_DEEPEST):
        top = tops.get(directory)
        if top is not None:
            return b"/".join([top.rstrip(b"/"), *reversed(names)])
        above = [
            (parent, one.name)
            for parent, one in reader.naming(directory)
            if one.first_set <= number <= one.last_set
        ]
        if not above:
            return None
        directory, name = above[0]
        names.append(name)
    return None


def _try(reader: StoreReader, path: bytes, entry: Entry, wish: Wish, bring: Bring) -> Drilled:
    """Restore one file, look at it, remove it."""
    restored = os.path.join(wish.scratch, "file")
    try:
        fault = bring(path, wish.scratch) or _fault_of(reader, entry, restored)
        live = "" if fault or not wish.looks_at_live else _compare_live(path, entry, restored)
        return Drilled(path, entry.size, fault, live)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(restored)


def _fault_of(reader: StoreReader, entry: Entry, restored: str) -> str:
    """Return what is wrong with a restored file, empty for nothing."""
    try:
        found = os.lstat(restored)
    except OSError as error:
        return f"it was not restored: {error.strerror}"
    number = entry.content or 0
    content = reader.contents([number]).get(number)
    if content is None:
        return "the catalog does not know its content"
    if (found.st_mtime_ns - entry.mtime_ns) // 10**9 != entry.mtime:
        return "its time is another"
    if found.st_mode & 0o777 != entry.mode & 0o777:
        return "its mode is another"
    try:
        return "" if _is_content(reader, content, restored) else "its bytes are others"
    except TardisError as error:
        return str(error)


def _is_content(reader: StoreReader, content: StoredContent, restored: str) -> bool:
    """Tell whether a file holds a content: by its digest, with holes byte by byte."""
    with open(restored, "rb") as file:
        if not content.has_holes:
            kept = reader.repository()
            state = Digester(content_key(kept.scheme, kept.digest_key))
            while chunk := file.read(_CHUNK):
                state.update(chunk)
            return state.digest() == content.digest
        with closing(reader.open(content)) as opened:
            for chunk in opened.chunks():
                if file.read(len(chunk)) != chunk:
                    return False
        return not file.read(1)


def _compare_live(path: bytes, entry: Entry, restored: str) -> str:
    """Return how a restored file compares with the live one."""
    if not path.startswith(b"/"):
        return ""
    try:
        now = os.lstat(path)
        wanted = (entry.size, entry.mtime, entry.mtime_ns, entry.ctime, entry.ctime_ns)
        seconds, rest = divmod(now.st_mtime_ns, 10**9)
        found = (now.st_size, seconds, rest, *divmod(now.st_ctime_ns, 10**9))
        if wanted != found:
            return CHANGED
        is_same = _are_equal(path, restored)
        after = os.lstat(path)
    except OSError:
        return ABSENT
    if is_same:
        return SAME
    return DIFFERS if after.st_ctime_ns == now.st_ctime_ns else CHANGED


def _are_equal(live: bytes, restored: str) -> bool:
    with open(live, "rb") as one, open(restored, "rb") as other:
        while chunk := one.read(_CHUNK):
            if other.read(len(chunk)) != chunk:
                return False
        return not other.read(1)
