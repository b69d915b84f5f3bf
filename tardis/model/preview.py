"""What a backup would hold, and what it would leave out, before anything is saved."""

from dataclasses import dataclass, field
from typing import NamedTuple

from .report import Problem


class Weight(NamedTuple):
    """What something holds: regular files and their plain bytes, hard links for each name."""

    files: int = 0
    size_bytes: int = 0

    def plus(self, other: "Weight") -> "Weight":
        """Return both together."""
        return Weight(self.files + other.files, self.size_bytes + other.size_bytes)


class Branch(NamedTuple):
    """A directory with all below it.

    Attributes:
        path: Of the directory.
        weight: Of all that would be saved in it.
        largest: Its largest directories, the largest first.
    """

    path: bytes
    weight: Weight
    largest: "tuple[Branch, ...]"


class LeftOut(NamedTuple):
    """What one rule leaves out.

    Attributes:
        reason: The rule, or what else decided.
        entries: How many it names.
        weight: Of them and all below.
    """

    reason: str
    entries: int
    weight: Weight


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do.

    Attributes:
        trees: The roots, by path.
        saved: Together.
        left_out: By rule, what weighs most first.
        largest_left_out: (path, reason, weight) of the heaviest entries.
        unreadable: Entries left out for want of access.
        problems: What a run would report.
    """

    trees: tuple[Branch, ...]
    saved: Weight
    left_out: tuple[LeftOut, ...]
    largest_left_out: tuple[tuple[bytes, str, Weight], ...]
    unreadable: int = 0
    problems: list[Problem] = field(default_factory=list)


class Explained(NamedTuple):
    """Whether a path would be saved, and why.

    Attributes:
        path: As it was asked for.
        is_saved: Whether a set would hold it.
        reason: What decides; may be empty for what is saved.
        decided_at: The path itself, or the directory above it where the walk ends.
    """

    path: bytes
    is_saved: bool
    reason: str
    decided_at: bytes
