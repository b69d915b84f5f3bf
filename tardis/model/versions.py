"""What a listing says about one name: which sets changed it, and how."""

from typing import Final, NamedTuple

from .records import BackupSet, Entry

NEW: Final = "new"
CHANGED: Final = "changed"
MOVED: Final = "moved"
KEPT: Final = "kept"
GONE: Final = "gone"


class Version(NamedTuple):
    """A name as of one backup set.

    Attributes:
        change: Against the version before: ``new``, ``changed`` (other bytes, or what else
            was asked for), ``moved`` (the same bytes in another inode), ``kept`` or ``gone``.
        backup: The set.
        entry: What it was; of a name that is gone, what it was last.
        elsewhere: Where the same file was before, or went to; empty when that is unknown.
    """

    change: str
    backup: BackupSet
    entry: Entry
    elsewhere: bytes = b""


class Shown(NamedTuple):
    """A path and the versions of it that a listing shows.

    Attributes:
        path: As stored.
        name: What the listing calls it.
        versions: In order of time; none when versions are not asked for.
        newest: What it was last.
        is_gone: It is not there any more in the newest set that looked for it.
    """

    path: bytes
    name: bytes
    versions: tuple[Version, ...]
    newest: Entry
    is_gone: bool
