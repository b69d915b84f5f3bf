"""What becomes of sets, as a table, as JSON and in one sentence."""

import json
from dataclasses import dataclass
from datetime import UTC

from tardis.render import fate_json, fate_lines, freed_line


@dataclass(frozen=True)
class Backup:
    number: int
    name: str
    priority: int = 3
    started_ns: int = 1_790_000_000 * 10**9


@dataclass(frozen=True)
class Fate:
    backup: Backup
    goes: bool
    reason: str


@dataclass
class Freed:
    sets: int = 2
    contents: int = 7
    freed_bytes: int = 5_000_000
    flattened: int = 0
    moved: int = 0
    damaged: int = 0
    given_up: int = 0


FATES = [
    Fate(Backup(1, "Daily-2026-01-01"), True, "31 days old, kept for 30"),
    Fate(Backup(12, "odd\x1bname"), False, "locked"),
]


def test_only_what_goes_is_shown_unless_all_is_wanted() -> None:
    assert list(fate_lines(FATES, UTC, shows_all=False)) == [
        "        Name              Id  Pri  Start             Why",
        "remove  Daily-2026-01-01   1    3  2026-09-21 14:13  31 days old, kept for 30",
    ]
    lines = list(fate_lines(FATES, UTC, shows_all=True))
    assert len(lines) == 3 and lines[2].startswith("keep    odd\\x1bname")
    assert list(fate_lines(FATES[1:], UTC, shows_all=False)) == []


def test_the_same_for_programs() -> None:
    told = json.loads(fate_json(FATES, (7, 5000)))
    assert (told["contents"], told["stored_bytes"]) == (7, 5000)
    assert told["sets"][1] == {
        "number": 12,
        "name": "odd\x1bname",
        "goes": False,
        "reason": "locked",
    }


def test_what_went_in_one_sentence() -> None:
    assert freed_line(Freed()) == "2 sets and 7 contents removed, 4.8 MB freed"
    assert freed_line(Freed(flattened=2)).endswith("freed, 2 contents stored whole")
    text = freed_line(Freed(moved=3, damaged=1))
    assert text.endswith("3 contents moved together, 1 damaged pack left as found")
    assert freed_line(Freed(given_up=2)).endswith(", 2 damaged records put into the quarantine")
