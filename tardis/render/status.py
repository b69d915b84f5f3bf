"""How clients are: a table for people, JSON for monitoring."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from tardis.model import BackupSet

from .columns import table
from .names import escape_controls
from .sizes import human_size

_HEADINGS: Final = ("Client", "Last good set", "Age", "Size", "Stored", "Changed", "New", "Health")
_STEPS: Final = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class State(Protocol):
    """What is shown of a client; see `admin.ClientState`."""

    @property
    def client(self) -> str: ...
    @property
    def good(self) -> BackupSet | None: ...
    @property
    def age(self) -> int: ...
    @property
    def sets(self) -> int: ...
    @property
    def stored_bytes(self) -> int: ...
    @property
    def findings(self) -> tuple[str, ...]: ...
    def is_stale(self, max_age: int | None) -> bool: ...


def human_age(seconds: int) -> str:
    """Return an age in its largest whole unit.

    >>> human_age(59), human_age(7200), human_age(200_000), human_age(-5)
    ('59s', '2h', '2d', 'in the future')
    """
    if seconds < 0:
        return "in the future"
    step, unit = next(((step, unit) for step, unit in _STEPS if seconds >= step), _STEPS[-1])
    return f"{seconds // step}{unit}"


def status_lines(states: Sequence[State], max_age: int | None) -> Iterator[str]:
    """Yield a line for each client, and one more for each further finding."""
    rows: list[tuple[str, ...]] = [_HEADINGS]
    for state in states:
        told = [escape_controls(one) for one in _findings(state, max_age)] or ["good"]
        rows.append((*_figures(state), told[0]))
        rows += [(*[""] * (len(_HEADINGS) - 1), more) for more in told[1:]]
    yield from table(rows, "llrrrrrl")


def status_json(states: Sequence[State], max_age: int | None) -> str:
    """Return the states as a JSON list of objects."""
    return json.dumps([_as_json(state, max_age) for state in states], indent=2)


def _findings(state: State, max_age: int | None) -> list[str]:
    stale = ["older than asked for"] if state.is_stale(max_age) and state.good else []
    return [*stale, *state.findings]


def _figures(state: State) -> tuple[str, ...]:
    good = state.good
    if good is None:
        return (
            escape_controls(state.client),
            "none",
            "",
            "",
            human_size(state.stored_bytes),
            "",
            "",
        )
    return (
        escape_controls(state.client),
        escape_controls(good.name),
        human_age(state.age),
        human_size(good.size_bytes),
        human_size(state.stored_bytes),
        str(good.changed_files + good.gone_files),
        human_size(good.new_bytes),
    )


def _as_json(state: State, max_age: int | None) -> dict[str, Any]:
    good = state.good
    last = good and {
        "number": good.number,
        "name": good.name,
        "ended_ns": good.ended_ns,
        "age_seconds": state.age,
        "size_bytes": good.size_bytes,
        "entries": good.entries,
        "changed_files": good.changed_files,
        "gone_files": good.gone_files,
        "new_bytes": good.new_bytes,
        "sampled_files": good.sampled_files,
        "dense_files": good.dense_files,
        "problems": good.problems,
    }
    return {
        "client": state.client,
        "sets": state.sets,
        "stored_bytes": state.stored_bytes,
        "last_good": last,
        "is_stale": state.is_stale(max_age),
        "findings": list(state.findings),
    }
