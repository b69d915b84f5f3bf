"""What checking a store found: lines for people, JSON for programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from .listing_json import bytes_fields
from .names import escape_name
from .sizes import counted, human_size

_FEW: Final = 2


class Finding(Protocol):
    """What is shown of one finding; see `store.Finding`."""

    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def contents(self) -> Sequence[int]: ...
    @property
    def pack(self) -> int | None: ...


class Touched(Protocol):
    """A path and the sets in which it is damaged."""

    @property
    def path(self) -> bytes: ...
    @property
    def sets(self) -> Sequence[int]: ...


class Checked(Protocol):
    """What is shown of a whole check; see `store.Checked`."""

    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def touched(self) -> Sequence[Touched]: ...
    @property
    def known(self) -> Sequence[Touched]: ...
    @property
    def set_names(self) -> Mapping[int, str]: ...

    entries: int
    contents: int
    packs: int
    large: int
    stored_bytes: int
    read_bytes: int
    read_before: int


class RepairPlan(Protocol):
    """What is shown of the plan of a repair; see `admin.RepairPlan`."""

    @property
    def checked(self) -> Checked: ...
    @property
    def reasons(self) -> Sequence[Finding]: ...
    @property
    def left(self) -> Sequence[Finding]: ...
    @property
    def rebuilds(self) -> int: ...
    @property
    def marks(self) -> int: ...
    @property
    def renews(self) -> Sequence[str]: ...


class Mended(Protocol):
    """What is shown of the outcome of a repair; see `store.Mended`."""

    rebuilt: int
    marked: int
    unmarked: int
    moved_files: int
    renewed: list[str]


def checked_lines(done: Checked) -> Iterator[str]:
    """Yield a line for each finding, then for each path that damage touches, then figures."""
    for one in done.findings:
        yield f"{one.level}: {escape_name(one.text)}"
    yield from touched_lines("These cannot be restored as they were:", done.touched, done.set_names)
    yield from touched_lines("These are known to be damaged:", done.known, done.set_names)
    figures = {
        "entries": done.entries,
        "contents": done.contents,
        "packs": done.packs,
        "large files": done.large,
    }
    looked = ", ".join(f"{number} {what}" for what, number in figures.items())
    yield f"looked at: {looked}, {human_size(done.stored_bytes)}"
    if done.read_bytes or done.read_before:
        before = f", {human_size(done.read_before)} by earlier runs" if done.read_before else ""
        yield f"read and compared: {human_size(done.read_bytes)}{before}"


def plan_lines(plan: RepairPlan) -> Iterator[str]:
    """Yield what a repair would do: the findings that it is about, what is done, the paths."""
    for one in plan.left:
        yield f"left alone: {escape_name(one.text)}"
    for one in plan.reasons:
        yield f"{one.level}: {escape_name(one.text)}"
    if plan.rebuilds:
        yield f"rebuild {counted(plan.rebuilds, 'content')} from other copies in the store"
    if plan.marks:
        yield (
            f"mark {counted(plan.marks, 'content')} as damaged: restoring will say so,"
            " and the next backup heals what has not changed since"
        )
    if plan.renews:
        yield f"write anew: {', '.join(plan.renews)}"
    names = plan.checked.set_names
    yield from touched_lines(
        "These cannot be restored now as they were:", plan.checked.touched, names
    )


def plan_json(plan: RepairPlan) -> str:
    """Return what a repair would do as JSON."""
    told = {
        "left": [one.text for one in plan.left],
        "reasons": [
            {"kind": one.kind, "level": str(one.level), "text": one.text} for one in plan.reasons
        ],
        "rebuilds": plan.rebuilds,
        "marks": plan.marks,
        "renews": list(plan.renews),
        "damaged": [_touched(one) for one in plan.checked.touched],
        "sets": {str(number): name for number, name in plan.checked.set_names.items()},
    }
    return json.dumps(told, indent=2)


def mended_line(done: Mended) -> str:
    """Return one sentence about what a repair has done."""
    text = f"{counted(done.rebuilt, 'content')} rebuilt, {done.marked} marked as damaged"
    if done.unmarked:
        text += f", {done.unmarked} found whole"
    if done.moved_files:
        text += f", {counted(done.moved_files, 'damaged file')} moved to the quarantine"
    if done.renewed:
        text += f", written anew: {', '.join(done.renewed)}"
    return text


def touched_lines(
    heading: str, touched: Sequence[Touched], names: Mapping[int, str]
) -> Iterator[str]:
    """Yield *heading* and a line for each path with its sets; nothing without paths."""
    if touched:
        yield heading
    for one in touched:
        yield f"  {escape_name(one.path)}  ({_sets(one.sets, names)})"


def checked_json(done: Checked) -> str:
    """Return all that was found as JSON."""
    levels = {str(one.level) for one in done.findings}
    status = "damaged" if levels & {"damage", "spare"} else "known" if "known" in levels else "ok"
    told: dict[str, Any] = {
        "status": status,
        "findings": [
            {
                "kind": one.kind,
                "level": str(one.level),
                "text": one.text,
                "contents": len(one.contents),
                "pack": one.pack,
            }
            for one in done.findings
        ],
        "damaged": [_touched(one) for one in done.touched],
        "known": [_touched(one) for one in done.known],
        "sets": {str(number): name for number, name in done.set_names.items()},
    }
    figures = ("entries", "contents", "packs", "large", "stored_bytes", "read_bytes", "read_before")
    return json.dumps(told | {name: getattr(done, name) for name in figures}, indent=2)


def _touched(one: Touched) -> dict[str, Any]:
    return {**bytes_fields("path", one.path), "sets": list(one.sets)}


def _sets(numbers: Sequence[int], names: Mapping[int, str]) -> str:
    shown = [escape_name(names.get(number, str(number))) for number in numbers]
    if len(shown) <= _FEW:
        return ", ".join(shown)
    return f"{len(shown)} sets, {shown[0]} to {shown[-1]}"
