"""Which of the directories on a command line are walked, and under which paths they are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tardis.model import UsageError

TOP: Final = b"/"


class Seen(NamedTuple):
    """A root that exists: its real path, the device it lies on."""

    path: bytes
    device: int
    is_directory: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the walk of a root goes.

    Attributes:
        crosses_devices: Other file systems are entered.
        max_depth: Levels of directories that are listed, 0 for all.
        leaves_out: Tells of a root and one below it whether the walk of the first leaves out
            the second.
    """

    crosses_devices: bool = False
    max_depth: int = 0
    leaves_out: Callable[[bytes, bytes], object] | None = None

    def covers(self, above: Seen, root: Seen) -> bool:
        """Tell whether the walk of *above* comes to *root* too."""
        if not above.is_directory or not _is_below(root.path, above.path):
            return False
        if above.device != root.device and not self.crosses_devices:
            return False
        names = root.path[len(above.path.rstrip(b"/")) + 1 :].split(b"/")
        levels = len(names) if root.is_directory else len(names) - 1
        if self.max_depth and levels >= self.max_depth:
            return False
        return self.leaves_out is None or not self.leaves_out(above.path, root.path)


def stored_paths(paths: Sequence[bytes], how: str) -> dict[bytes, bytes]:
    """Return real path to stored path.

    Args:
        paths: Absolute and normal, in any order.
        how: ``full``: as they are; ``common``: without what all have in common; ``none``:
            the last component only.

    Raises:
        UsageError: Two paths would be kept under the same name.
    """
    unique = sorted(set(paths))
    if how == "full" or TOP in unique:
        return {path: path for path in unique}
    if how == "common":
        prefix = _common(unique)
        return {path: path[len(prefix) :] for path in unique}
    stored = {path: path.rpartition(b"/")[2] for path in unique}
    if len(set(stored.values())) < len(stored):
        raise UsageError(
            "two of the directories have the same last component",
            hint="Give --basepath full or --basepath common.",
        )
    return stored


def _common(paths: Sequence[bytes]) -> bytes:
    """Return the directory, with its slash, that all *paths* lie below."""
    split = [path.split(b"/")[:-1] for path in paths]
    shared = []
    for level in zip(*split, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return b"/".join(shared) + b"/"


def lineage(job: str, stored: Sequence[bytes]) -> bytes:
    """Return what tells the runs of one job, or of one choice of roots, from others."""
    if job:
        return b"job:" + job.encode("utf-8", "surrogateescape")
    return b"roots:" + b"\0".join(sorted(stored))


def walked(roots: Sequence[Seen], reach: Reach) -> list[Seen]:
    """Return the roots that are to be walked, by path; none is reached twice."""
    chosen: list[Seen] = []
    for root in sorted(set(roots)):
        if not any(reach.covers(above, root) for above in chosen):
            chosen.append(root)
    return chosen


def _is_below(path: bytes, above: bytes) -> bool:
    return path != above and path.startswith(above.rstrip(b"/") + b"/")
