"""Outcomes of checks, to be shown."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Finding:
    kind: str
    level: str
    text: str
    contents: tuple[int, ...] = ()
    pack: int | None = None


@dataclass
class Touched:
    path: bytes
    sets: tuple[int, ...]


@dataclass
class Checked:
    findings: list[Finding] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    known: list[Touched] = field(default_factory=list)
    set_names: dict[int, str] = field(default_factory=dict)
    entries: int = 5
    contents: int = 4
    packs: int = 1
    large: int = 2
    stored_bytes: int = 1536
    read_bytes: int = 0
    read_before: int = 0


WHOLE: Any = Checked()
CHECKED: Any = Checked(
    [
        Finding("pack-missing", "damage", "pack 3 is gone", (1, 2), 3),
        Finding("orphan", "note", "a name with a \x1b in it"),
    ],
    [Touched(b"top/a\nb", (1, 2)), Touched(b"top/c", (1, 2, 3))],
    [Touched(b"d\xff", (3,))],
    {1: "one", 3: "three"},
    read_bytes=1024,
    read_before=2048,
)
