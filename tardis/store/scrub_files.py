"""Looks at the files beside packs and catalog: keys, journal, large contents, what nobody names."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Final

from tardis.crypto import KeysFile
from tardis.model import IntegrityError, SchemaError, StoredContent, StoreError
from tardis.render import counted

from .findings import Finding, Level
from .heads import stale_heads
from .keys import read_keys
from .layout import Layout
from .meta import BASIS, LONGEST, SIGNATURE, SUFFIX, Meta, meta_text, parse_meta
from .records import HEADER, Kind, parse_header
from .scrub_packs import look_at_large

_LINE: Final = rb"[0-9a-f]+:[0-9a-f]*:\d+:\w+:(?:\d+\+|file-)\d+:\d+:\d+(?::[0-9a-f]+){0,2}"
CONTENT_LINE: Final = re.compile(_LINE)
"""A line of the journal that tells of a content."""

_CONTENT_LINES: Final = re.compile(rb"(?:%b\n)*+" % _LINE)
"""As many of them as there are: a journal is made of little else."""

HEADER_LINE: Final = re.compile(rb"===== S: (\d+) .*")
"""A line of the journal that begins a set."""

_BLOCK: Final = 1 << 20
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_MOST_KEYS: Final = 64 << 10


def find_keys(layout: Layout) -> tuple[KeysFile, list[Finding]]:
    """Return what identifies the store, from its keys file or else from the packs.

    Raises:
        StoreError: It is nowhere to be found.
        SchemaError: It was made by a newer program.
    """
    try:
        return read_keys(layout.keys), []
    except SchemaError:
        raise
    except StoreError as error:
        trouble = error
    for text in _heads(layout):
        with suppress(StoreError):
            found = KeysFile.parse(text, "the head of a pack")
            said = f"{trouble}; the packs still tell what it held"
            return found, [Finding("keys", Level.DAMAGE, said, path=layout.keys)]
    raise trouble


def look_at_heads(layout: Layout, keys: KeysFile) -> list[Finding]:
    """Return a finding if packs repeat a key that was changed or taken out of the store."""
    stale = stale_heads(layout, keys)
    if not stale:
        return []
    text = f"{counted(len(stale), 'pack')} still repeat keys from before their last change, which "
    text += "was ended too early: change a password, and all are written anew"
    return [Finding("pack-head-old", Level.NOTE, text)]


def look_at_journal(layout: Layout, contents: int, newest: int) -> list[Finding]:
    """Return what is wrong with the journal.

    Args:
        layout: Of the store.
        contents: How many the catalog has; each has a line.
        newest: The highest number that a set was ever given.
    """
    found = []
    try:
        good, broken, last = _count_lines(layout.journal)
    except OSError as error:
        if not contents and isinstance(error, FileNotFoundError):
            return []
        text = f"the journal cannot be read: {error.strerror}"
        return [Finding("journal", Level.SPARE, text, path=layout.journal)]
    if broken:
        text = f"the journal has {counted(broken, 'line')} without sense"
        found.append(Finding("journal", Level.NOTE, text, path=layout.journal))
    if good < contents:
        text = f"the journal tells of {counted(good, 'content')}, the catalog of {contents}"
        found.append(Finding("journal", Level.SPARE, text, path=layout.journal))
    if last > newest:
        text = f"the journal knows set {last}, the catalog ends with {newest}: it is an old copy"
        found.append(Finding("catalog-old", Level.DAMAGE, text, path=layout.database))
    return found


class LargeCheck:
    """Looks at contents that are files of their own, and for files beside them that nobody names.

    Args:
        layout: Of the store.
        doomed: (digest, place) of files that wait to be removed.
    """

    def __init__(self, layout: Layout, doomed: set[tuple[bytes, int]]) -> None:
        self.findings: list[Finding] = []
        self.files = 0
        self._layout = layout
        self._doomed = {path for one in doomed for path in self._paths(*one)}
        self._orphans: list[str] = []

    def look(self, contents: Iterable[tuple[StoredContent, bytes | None]]) -> None:
        """Compare the files with the rows of their contents, by digest."""
        folders = {name for name in os.listdir(self._layout.directory) if _FOLDER.fullmatch(name)}
        for folder, group in groupby(contents, lambda one: one[0].digest[:1].hex()):
            named: set[str] = set()
            for content, basis in group:
                self.files += 1
                named.update(self._paths(content.digest, content.place))
                if not content.is_damaged:
                    self._look_at(content, basis)
            folders.discard(folder)
            self._look_around(folder, named)
        for folder in sorted(folders):
            self._look_around(folder, set())
        if self._orphans:
            some = ", ".join(self._orphans[:3]) + (", ..." if len(self._orphans) > 3 else "")  # noqa: PLR2004
            text = f"nothing names {counted(len(self._orphans), 'file')}: {some}"
            self.findings.append(Finding("orphan", Level.NOTE, text))

    def _paths(self, digest: bytes, place: int) -> tuple[str, ...]:
        """Return the paths, below the store, that a content takes."""
        path = self._layout.large(digest, place)[len(self._layout.directory) + 1 :]
        is_classic = self._layout.is_classic
        return (path, path + SUFFIX, path + SIGNATURE, path + BASIS) if is_classic else (path,)

    def _look_at(self, content: StoredContent, basis: bytes | None) -> None:
        why = look_at_large(self._layout, content, basis)
        path = self._layout.large(content.digest, content.place)
        name, *beside = self._paths(content.digest, content.place)
        if why:
            kind = "large" if os.path.lexists(path) else "large-missing"
            text = f"{name}: the file of a content is gone"
            if kind == "large":
                text = f"{name}: {why.removeprefix(f'{path} ')}"
            self.findings.append(Finding(kind, Level.DAMAGE, text, (content.id,), path=path))
        elif beside and not is_meta_whole(path + SUFFIX, content, basis):
            text = f"{beside[0]} is gone, or does not tell what is in the file beside it"
            path += SUFFIX
            self.findings.append(Finding("meta", Level.SPARE, text, (content.id,), path=path))

    def _look_around(self, folder: str, named: set[str]) -> None:
        top = os.path.join(self._layout.directory, folder)
        for place, _, names in os.walk(top):
            above = os.path.relpath(place, self._layout.directory)
            paths = sorted(os.path.join(above, name) for name in names)
            self._orphans += [
                path for path in paths if path not in named and path not in self._doomed
            ]


def meta_of(content: StoredContent, basis: bytes | None) -> Meta:
    """Return what the file beside a classic content says, but for a sealed one's checksum."""
    facts = (content.digest, content.codec, content.size, content.stored)
    return Meta(*facts, basis or b"")


def is_meta_whole(path: str, content: StoredContent, basis: bytes | None) -> bool:
    """Tell whether the file beside a classic content says what the catalog says."""
    wanted = meta_of(content, basis)
    try:
        with open(path, "rb") as file:
            text = file.read(LONGEST)
        found = parse_meta(text)
    except (OSError, IntegrityError):
        return False
    is_same = found._replace(check=b"") == wanted and bool(found.check) == bool(content.cipher)
    return is_same and text == meta_text(found)


def look_at_manifests(layout: Layout, rows: Iterable[tuple[int, int, int]]) -> list[Finding]:
    """Return what is wrong with manifests that are files: (set, place, stored bytes) of each."""
    lost = []
    for number, place, stored in rows:
        path = layout.manifest(number, place)
        try:
            is_whole = os.stat(path).st_size == stored
        except OSError:
            is_whole = False
        if not is_whole:
            lost.append(os.path.relpath(path, layout.directory))
    return [
        Finding("manifest", Level.SPARE, f"{path} is gone or cut off", path=path) for path in lost
    ]


def look_at_packs_folder(layout: Layout, known: Iterable[int]) -> list[Finding]:
    """Return what lies among the packs that the catalog does not know."""
    names = {f"{number}.pack" for number in known}
    try:
        found = sorted(os.listdir(layout.packs))
    except FileNotFoundError:
        return []
    others = [name for name in found if name.endswith(".pack") and name not in names]
    if not others:
        return []
    some = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")  # noqa: PLR2004
    text = f"the catalog does not name {counted(len(others), 'pack')} of killed runs: {some}"
    return [Finding("pack-unknown", Level.NOTE, text)]


def iter_packs(layout: Layout) -> Iterator[int]:
    """Yield the numbers of all packs that are there, ascending."""
    try:
        names = os.listdir(layout.packs)
    except FileNotFoundError:
        return
    stems = (name.removesuffix(".pack") for name in names if name.endswith(".pack"))
    yield from sorted(int(stem) for stem in stems if stem.isdecimal())


def _heads(layout: Layout) -> Iterator[bytes]:
    """Yield the keys texts at the heads of all packs."""
    for number in iter_packs(layout):
        with suppress(OSError, StoreError), open(layout.pack(number), "rb") as file:
            record = parse_header(file.read(HEADER.size))
            if record.kind == Kind.KEYS and record.stored <= _MOST_KEYS:
                yield file.read(record.stored)


def _count_lines(path: str) -> tuple[int, int, int]:
    """Return how many lines tell of contents, how many make no sense, and the last set's number."""
    good = broken = last = 0
    rest = b""
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            *lines, rest = (rest + block).rsplit(b"\n", 1)
            data, place = b"".join(lines) + b"\n" if lines else b"", 0
            while place < len(data):
                end = _CONTENT_LINES.match(data, place).end()  # type: ignore[union-attr]
                good += data.count(b"\n", place, end)
                place = data.find(b"\n", end) + 1 if end < len(data) else end
                header = HEADER_LINE.fullmatch(data, end, max(end, place - 1))
                last = int(header[1]) if header else last
                broken += place > end and header is None
    return good, broken + bool(rest), last
