"""A listing of versions as text: short in columns, or long with a line for each version."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tardis.model import CHANGED, GONE, MOVED, NEW, Entry, Shown, StoredContent, Version

from .colors import Palette
from .columns import width
from .names import escape_name
from .sizes import human_size

Owners = Callable[[int], Mapping[tuple[bool, int], bytes]]
"""Names behind (is it a group, number) as of a set's number."""
Contents = Mapping[int, StoredContent]

_GAP: Final = "  "
_INDENT: Final = "  "
_MARKS: Final = {
    stat.S_IFDIR: "/",
    stat.S_IFLNK: "@",
    stat.S_IFIFO: "|",
    stat.S_IFSOCK: "=",
}
_DEVICES: Final = (stat.S_IFBLK, stat.S_IFCHR)
_YEAR: Final = timedelta(days=365)
_NO_DIGEST: Final = "-"


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a listing looks.

    Attributes:
        is_long: Mode, links, owner, group, size and time for each version.
        size: Add the size.
        human: Sizes in KB, MB and so on.
        inode: Add the inode number.
        checksum: Add the checksum.
        chain: Add the number of deltas.
        annotate: Mark names with their kind.
        one_line: A name and its versions in one line.
        columns: Places of a line; 0 for one name or version in each.
        names_only: Versions are not asked for.
        palette: Of colors.
    """

    is_long: bool = False
    size: bool = False
    human: bool = False
    inode: bool = False
    checksum: bool = False
    chain: bool = False
    annotate: bool = False
    one_line: bool = False
    columns: int = 0
    names_only: bool = False
    palette: Palette = field(default_factory=Palette)

    @property
    def has_details(self) -> bool:
        """Whether each version takes a line of its own."""
        return self.is_long or self.size or self.inode or self.checksum or self.chain


class ListView:
    """Turns what is shown into lines.

    Args:
        style: How they look.
        owners: Asked once for each set.
        now: Aware local time, for the form of dates.
    """

    def __init__(self, style: ListStyle, owners: Owners, now: datetime) -> None:
        self._style = style
        self._now = now
        self._ask_owners = owners
        self._owners: dict[int, Mapping[tuple[bool, int], bytes]] = {}

    def heading(self, text: str) -> str:
        """Return a heading."""
        return self._style.palette.paint("header", text)

    def lines(self, shown: Sequence[Shown], contents: Contents, number: int) -> Iterator[str]:
        """Yield the lines of some names; set *number* names owners where no version does."""
        if self._style.names_only:
            yield from self._names(shown, contents, number)
            return
        for one in shown:
            yield from self._one(one, contents)

    def versions(self, shown: Shown, contents: Contents) -> Iterator[str]:
        """Yield the lines of the versions of one name, without the name."""
        style = self._style
        if style.has_details:
            for version in shown.versions:
                yield _INDENT + self._detailed(version, contents)
            return
        cells = [self._cell(version, contents) for version in shown.versions]
        for line in self._filled(cells):
            yield _INDENT + line

    def _names(self, shown: Sequence[Shown], contents: Contents, number: int) -> Iterator[str]:
        style = self._style
        if style.has_details:
            for one in shown:
                fields = self._fields(one.newest, number, contents)
                yield "".join((*fields, self._name(one, has_target=style.is_long)))
            return
        if style.columns:
            plain = [(self._plain_name(one), self._name(one)) for one in shown]
            yield from grid(plain, style.columns)
            return
        yield from map(self._name, shown)

    def _one(self, shown: Shown, contents: Contents) -> Iterator[str]:
        style, name = self._style, self._name(shown)
        if not style.one_line:
            yield name
            yield from self.versions(shown, contents)
        elif style.has_details:
            for version in shown.versions:
                yield f"{self._detailed(version, contents)}{_GAP}{name}"
        else:
            cells = [painted for _, painted in (self._cell(v, contents) for v in shown.versions)]
            yield _GAP.join((name, *cells))

    def _filled(self, cells: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield cells in columns of one width, row by row."""
        if not self._style.columns:
            yield from (painted for _, painted in cells)
            return
        wide = max((width(plain) for plain, _ in cells), default=0) + len(_GAP)
        count = max(1, (self._style.columns - len(_INDENT) + len(_GAP)) // wide)
        for start in range(0, len(cells), count):
            row = cells[start : start + count]
            padded = [painted + " " * (wide - width(plain)) for plain, painted in row[:-1]]
            yield "".join((*padded, row[-1][1]))

    def _cell(self, version: Version, contents: Contents) -> tuple[str, str]:
        name = escape_name(version.backup.name)
        told = meaning(version, contents)
        text = {"gone": f"({name})", "error": f"{name} (no content)"}.get(told, name)
        return text, self._style.palette.paint(told, text)

    def _detailed(self, version: Version, contents: Contents) -> str:
        _, name = self._cell(version, contents)
        number = version.backup.number
        fields = self._fields(version.entry, number, contents, is_gone=version.change == GONE)
        words = [*fields, name]
        if version.entry.is_link and self._style.is_long and version.change != GONE:
            words.append(f" -> {escape_name(version.entry.target or b'')}")
        if version.elsewhere:
            word = "moved to" if version.change == GONE else "moved from"
            words.append(f"{_GAP}{word} {escape_name(version.elsewhere)}")
        return "".join(words)

    def _fields(
        self, entry: Entry, number: int, contents: Contents, *, is_gone: bool = False
    ) -> list[str]:
        """Return the fields before a name, each with the gap behind it."""
        fields = list(self._raw_fields(entry, number, contents))
        return [" " * len(one) for one in fields] if is_gone else fields

    def _raw_fields(self, entry: Entry, number: int, contents: Contents) -> Iterator[str]:
        style = self._style
        if style.is_long:
            yield f"{stat.filemode(entry.mode)} {entry.nlink or 1:>3} "
            yield f"{self._owner(False, entry.uid, number):<8} "
            yield f"{self._owner(True, entry.gid, number):<8} "
        if style.is_long or style.size:
            yield f"{self._size(entry):>10}{_GAP}"
        if style.is_long:
            yield f"{short_time(entry.mtime, self._now)}{_GAP}"
        if style.inode:
            yield f"{entry.inode or _NO_DIGEST:>10}{_GAP}"
        stored = contents.get(entry.content) if entry.content is not None else None
        if style.checksum:
            yield f"{stored.digest.hex() if stored else _NO_DIGEST:<64}{_GAP}"
        if style.chain:
            yield f"{stored.chain if stored else _NO_DIGEST:>3}{_GAP}"

    def _size(self, entry: Entry) -> str:
        kind = stat.S_IFMT(entry.mode)
        if kind in _DEVICES:
            return f"{os.major(entry.rdev)}, {os.minor(entry.rdev)}"
        if entry.is_directory:
            return _NO_DIGEST
        return human_size(entry.size) if self._style.human else str(entry.size)

    def _owner(self, is_group: bool, owner: int, number: int) -> str:
        names = self._owners.get(number)
        if names is None:
            names = self._owners[number] = self._ask_owners(number)
        name = names.get((is_group, owner))
        return escape_name(name) if name else str(owner)

    def _plain_name(self, shown: Shown) -> str:
        name = escape_name(shown.name)
        if self._style.annotate:
            name += mark_of(shown.newest)
        return f"({name})" if shown.is_gone else name

    def _name(self, shown: Shown, *, has_target: bool = False) -> str:
        name = self._style.palette.paint(
            "gone" if shown.is_gone else "name", self._plain_name(shown)
        )
        if has_target and shown.newest.is_link:
            return f"{name} -> {escape_name(shown.newest.target or b'')}"
        return name


def meaning(version: Version, contents: Contents) -> str:
    """Return what the color of a version tells."""
    if version.change == GONE:
        return "gone"
    entry = version.entry
    if not entry.is_regular:
        return "moved" if version.change == MOVED else "default"
    stored = contents.get(entry.content) if entry.content is not None else None
    if entry.content is None or (stored and stored.is_damaged):
        return "error"
    if version.change == MOVED:
        return "moved"
    if version.change in (NEW, CHANGED) and stored:
        return "changed" if stored.chain and not stored.is_part else "full"
    return "default"


def mark_of(entry: Entry) -> str:
    """Return the sign that tells the kind, as ``ls -F`` puts it; nothing for a plain file."""
    kind = stat.S_IFMT(entry.mode)
    if kind == stat.S_IFREG:
        return "*" if entry.mode & 0o111 else ""
    return _MARKS.get(kind, "")


def short_time(seconds: int, now: datetime) -> str:
    """Return a time as ``Nov 20 10:00``, one of another year as ``Nov 20, 2014``."""
    try:
        moment = datetime.fromtimestamp(seconds, now.tzinfo)
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"
    if abs(now - moment) > _YEAR:
        return f"{moment:%b %d, %Y}"
    return f"{moment:%b %d %H:%M}"


def grid(cells: Sequence[tuple[str, str]], columns: int) -> Iterator[str]:
    """Yield (plain, painted) cells in as many columns as fit, read from top to bottom."""
    widths = [width(plain) for plain, _ in cells]
    rows = len(cells)
    for rows in range(1, len(cells) + 1):
        wide = [max(widths[at : at + rows]) for at in range(0, len(cells), rows)]
        if sum(wide) + len(_GAP) * (len(wide) - 1) <= columns:
            break
    for row in range(rows):
        parts = []
        for at in range(row, len(cells), rows):
            fill = max(widths[at - row : at - row + rows]) - widths[at]
            parts.append(cells[at][1] + " " * fill * (at + rows < len(cells)))
        yield _GAP.join(parts)
