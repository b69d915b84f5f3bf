"""Directories on the walk, and how far it goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tardis.policy import Scope

from .exclusions import Exclusions
from .filesystems import Filesystems
from .ranges import Identity


class Place(NamedTuple):
    """A directory that is to be walked; its depth is 0 at a root.

    `scope` holds the rules that it inherits.
    """

    path: bytes
    device: int
    directory: Identity
    depth: int
    scope: Scope


def _ignore(path: bytes, reason: str) -> None:
    """Pass over a remark."""


@dataclass(slots=True)
class WalkRules:
    """What is looked at.

    Attributes:
        exclusions: What is left out.
        crosses_devices: Other file systems are entered.
        max_depth: Levels of directories that are listed, 0 for all.
        is_leaving_out: What may not be looked at is left out instead of reported.
        remark: Hears of what is passed over, as (path, why), for the curious.
        problem: Hears of trouble that does not stop the walk.
        left_out: Hears of an entry that may not be looked at.
        excluded: Hears of what is left out, as (path, which rule); None: nobody listens.
    """

    exclusions: Exclusions = field(default_factory=Exclusions)
    crosses_devices: bool = False
    max_depth: int = 0
    is_leaving_out: bool = True
    remark: Callable[[bytes, str], None] = _ignore
    problem: Callable[[bytes, str], None] = _ignore
    left_out: Callable[[bytes, str], None] = _ignore
    excluded: Callable[[bytes, str], None] | None = None


def barrier(
    rules: WalkRules, filesystems: Filesystems, place: Place, path: bytes, key: tuple[int, int]
) -> str:
    """Return why the directory *path* in *place* is not entered, empty: it is.

    Args:
        rules: What is looked at.
        filesystems: Know what is mounted.
        place: The directory above.
        path: Of the directory.
        key: (device, inode) of it.
    """
    if rules.max_depth and place.depth + 1 >= rules.max_depth:
        return f"it lies below --maxdepth {rules.max_depth}"
    if key in rules.exclusions.stores:
        return "backups are kept in it"
    if key[0] != place.device:
        if not rules.crosses_devices:
            return "it is another file system; --crossdevice enters it"
        if filesystems.shows_backups(key[0], path):
            return "it shows backups"
    return ""


def join(path: bytes, name: bytes) -> bytes:
    """Return the path of *name* in the directory *path*."""
    return path + name if path.endswith(b"/") else path + b"/" + name
