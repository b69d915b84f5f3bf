"""Which of the directories on a command line are walked, and under which paths they are kept."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tardis.model import UsageError

TOP: Final = b"/"


class Seen(NamedTuple):
    """A root that exists: its real path, the device it lies on."""

    path: bytes
    device: int
    is_directory: bool


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


def walked(roots: Sequence[Seen], *, crosses_devices: bool, max_depth: int) -> list[Seen]:
    """Return the roots that are to be walked, by path; none is reached twice.

    A root below another is reached from there, unless it lies on another device that is
    not crossed into, or too deep.
    """
    chosen: list[Seen] = []
    for root in sorted(set(roots)):
        covered = any(
            _is_below(root.path, above.path)
            and (crosses_devices or above.device == root.device)
            and (not max_depth or _levels(root, above) < max_depth)
            for above in chosen
            if above.is_directory
        )
        if not covered:
            chosen.append(root)
    return chosen


def _is_below(path: bytes, above: bytes) -> bool:
    return path != above and path.startswith(above.rstrip(b"/") + b"/")


def _levels(root: Seen, above: Seen) -> int:
    """Return how many listings lead from *above* to *root*, less the first for a file."""
    depth = root.path[len(above.path.rstrip(b"/")) :].count(b"/")
    return depth if root.is_directory else depth - 1
