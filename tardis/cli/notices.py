"""What a run of `tardis` has to tell: trouble once for each episode, and its end once."""

import hashlib
import importlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from tardis.config import Settings, table
from tardis.model import SIGNALLED, Outcome, TardisError
from tardis.policy import Change, Episode, after, changes
from tardis.render import FAILURE, INCOMPLETE, STALE, Notice, human_age, run_line

from .user_state import state_folder

_SECOND_NS: Final = 10**9
_PRIVATE: Final = 0o700


def wants_notices(settings: Settings) -> bool:
    """Tell whether anybody is to hear of trouble."""
    direct = settings[table.NOTIFY_COMMAND] or settings[table.NOTIFY_WEBHOOK]
    addresses: tuple[str, ...] = settings[table.NOTIFY_MAIL]
    return bool(direct or addresses)


def notify(
    settings: Settings,
    known: dict[str, Episode],
    found: dict[str, str | None],
    whose: Callable[[Change], tuple[str, str]],
    tell: Callable[[TardisError], None],
) -> dict[str, Episode]:
    """Tell what has changed; return the episodes to remember.

    Args:
        settings: Name the ways.
        known: Episodes so far, by topic.
        found: Topic to what is wrong now, or None.
        whose: Client and job that a change is about.
        tell: Hears of ways that failed.
    """
    now_ns = time.time_ns()
    news = changes(known, found, now_ns)
    told = []
    host = os.uname().nodename
    for change in news:
        event, since = change.topic.partition(":")[0], change.since_ns // _SECOND_NS
        who = whose(change)
        notice = Notice(event, change.is_over, host, *who, change.text, since)
        send = importlib.import_module("tardis.cli.notifying").send
        if send(settings, notice, tell):
            told.append(change)
    return after(known, found, told, now_ns)


def notify_of(settings: Settings, outcome: Outcome, tell: Callable[[TardisError], None]) -> None:
    """Tell of a run that is over, if that is news; what was told is kept in the user's state.

    A run that a signal ended is no trouble: somebody, or a machine going down, wanted that.
    """
    if not wants_notices(settings) or outcome.status > SIGNALLED:
        return
    memory = Memory(outcome)
    if outcome.set_name:
        memory.good_ns = outcome.ended_ns
    found = {**_findings(outcome), **_staleness(settings, outcome, memory.good_ns)}
    whose = (outcome.client, outcome.job)
    memory.episodes = notify(settings, memory.episodes, found, lambda change: whose, tell)
    memory.keep()


def _findings(outcome: Outcome) -> dict[str, str | None]:
    if outcome.skipped:
        return {}
    if outcome.error:
        text = f"{run_line(outcome)}\n{outcome.error}"
        return {FAILURE: f"{text}\n{outcome.hint}".rstrip()}
    named = [f"{os.fsdecode(one.path)}: {one.reason}" for one in outcome.report.problems[:20]]
    more = outcome.problems - len(named)
    named += [f"and {more} more"] if more > 0 else []
    told = "\n".join([f"{run_line(outcome)}, {outcome.set_name}", *named])
    return {FAILURE: None, INCOMPLETE: told if outcome.problems else None}


def _staleness(settings: Settings, outcome: Outcome, good_ns: int) -> dict[str, str | None]:
    """Return whether the newest set that this machine knows of is too old."""
    limit: int = settings[table.STALE_AFTER]
    age = (outcome.ended_ns - good_ns) // _SECOND_NS
    if not limit:
        return {STALE: None}
    if age < limit:
        return {STALE: None}
    wanted = table.STALE_AFTER.show(limit)
    return {STALE: f"no backup was completed for {human_age(age)}; {wanted} were asked for"}


class Memory:
    """What was told of one job, in a file of the user's state; one that cannot be read is empty.

    Args:
        outcome: Of a run of the job.

    Attributes:
        good_ns: When its last set was completed; when it was first heard of, if none was.
        episodes: By topic.
    """

    def __init__(self, outcome: Outcome) -> None:
        names = (outcome.client, outcome.server, outcome.job)
        name = hashlib.blake2b("\0".join(names).encode("utf-8", "surrogateescape"), digest_size=8)
        self._path = os.path.join(state_folder(), f"notices-{name.hexdigest()}.json")
        told = self._read()
        self.good_ns = int(told.get("good_ns", outcome.started_ns))
        self.episodes = {
            str(topic): Episode(str(one["text"]), int(one["since_ns"]), bool(one["is_told"]))
            for topic, one in told.get("episodes", {}).items()
        }

    def _read(self) -> dict[str, Any]:
        try:
            with open(self._path, encoding="utf-8") as file:
                told: dict[str, Any] = json.load(file)
            [(one["text"], one["since_ns"] + 1) for one in told["episodes"].values()]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}
        return told

    def keep(self) -> None:
        """Write it down, as far as that is possible: the backup does not depend on it."""
        episodes = {topic: asdict(one) for topic, one in self.episodes.items()}
        text = json.dumps({"good_ns": self.good_ns, "episodes": episodes}, indent=1)
        fresh = f"{self._path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), _PRIVATE, exist_ok=True)
            with open(fresh, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            os.replace(fresh, self._path)
