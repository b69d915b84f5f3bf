"""What looking through a store finds, as values."""

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    DAMAGE = "damage"
    """Something cannot be restored, or the catalog contradicts itself."""
    SPARE = "spare"
    """All can be restored, but not so if the catalog were lost as well."""
    KNOWN = "known"
    """It is damaged, and marked as such: restoring says so, and a live file heals it."""
    NOTE = "note"
    """Harmless: what killed runs have left, what waits to be removed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        kind: Short name that does not change, for programs.
        text: One sentence, safe to print.
        contents: Ids of the contents that it hits directly.
        pack: Number of the pack that it is about.
        path: Of the file that it is about.
    """

    kind: str
    level: Level
    text: str
    contents: tuple[int, ...] = ()
    pack: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A path that cannot be restored as it was from some sets.

    Attributes:
        path: As stored.
        sets: Numbers of the sets, ascending.
    """

    path: bytes
    sets: tuple[int, ...]


@dataclass(slots=True)
class Checked:
    """The outcome of a check.

    Attributes:
        touched: Every path that damage hits, by path; what is marked already apart.
        known: The same of what is marked as damaged.
        above: Ids of damaged contents, and of all that stand on them.
        set_names: By number.
        entries, contents, packs, large: How many were looked at.
        stored_bytes: Of all contents.
        read_bytes: Stored bytes that were read and digested now.
        read_before: Those that an earlier run has read, which this one went on with.
    """

    findings: list[Finding] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    known: list[Touched] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    set_names: dict[int, str] = field(default_factory=dict)
    entries: int = 0
    contents: int = 0
    packs: int = 0
    large: int = 0
    stored_bytes: int = 0
    read_bytes: int = 0
    read_before: int = 0

    def at(self, *levels: Level) -> list[Finding]:
        """Return the findings of some levels, in their order."""
        return [one for one in self.findings if one.level in levels]

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is damaged but what is known to be."""
        return not self.at(Level.DAMAGE, Level.SPARE)
