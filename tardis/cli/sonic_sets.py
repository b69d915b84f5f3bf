"""The verbs of sonic that remove sets or change what is said of them."""

import importlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import ModuleType

from tardis.admin import lock, rename, set_priority, tag
from tardis.config import Layer, Settings, overlaid, table
from tardis.history import find_set, find_set_at, moment_ns
from tardis.model import BackupSet, UsageError
from tardis.policy import (
    Fate,
    Schedule,
    make_room,
    parse_moment,
    plan_by_age,
    plan_by_schedule,
    plan_incomplete,
    plan_named,
)
from tardis.render import counted, escape_controls, freed_line, human_size
from tardis.store import StoreReader, read_settings

from .restore_store import open_client, place_of
from .settings import is_remote
from .sonic_removal import local_removal, settle


def purge(settings: Settings) -> None:
    """Remove old sets: by priority and date where those are given, else by the schedule."""
    if is_remote(settings):
        settle(settings, sonic_remote().removal(settings, _purge_wish(settings)))
    else:
        settle(settings, local_removal(settings, lambda sets: _purge_plan(settings, sets)))


def delete(settings: Settings) -> None:
    """Remove exactly the sets that are named."""
    if not settings[table.DELETED_SETS]:
        raise UsageError("name the sets to be removed")
    with open_client(settings, may_ask=False) as reader:
        chosen = _numbers(settings, reader)
    if is_remote(settings):
        settle(settings, sonic_remote().removal(settings, {"numbers": chosen}))
    else:
        settle(settings, local_removal(settings, lambda sets: plan_named(sets, chosen)))


def orphans(settings: Settings) -> None:
    """Remove what no set needs, such as what a killed purge has left."""
    with open_client(settings, may_ask=False) as reader:
        contents, size = reader.freed_by([])
        doomed_files, dead = reader.waste()
    if settings[table.PLAN_ONLY]:
        found = {"contents": contents, "stored_bytes": size, "doomed_files": doomed_files,
                 "dead_bytes": dead}  # fmt: skip
        text = f"{counted(contents, 'content')} that no set needs, {human_size(size)}; "
        text += f"{counted(doomed_files, 'file')} that a purge has left; "
        text += f"{human_size(dead)} in packs that nobody needs"
        print(json.dumps(found, indent=2) if settings[table.JSON] else text)
        return
    if is_remote(settings):
        done = sonic_remote().removal(settings, {"numbers": []}).carry_out()
    else:
        done = local_removal(settings, lambda _sets: []).carry_out()
    print(json.dumps(asdict(done), indent=2) if settings[table.JSON] else freed_line(done))


def change_priority(settings: Settings) -> None:
    """Give a set another priority."""
    priority = settings[table.NEW_PRIORITY]
    if priority is None:
        raise UsageError("--priority is missing")
    backup = _one(settings)
    if is_remote(settings):
        sonic_remote().change(settings, backup.number, "priority", {"priority": priority})
    else:
        set_priority(place_of(settings), settings[table.TOOL_CLIENT], backup.number, priority)
    _tell(settings, f"{backup.name}: priority {priority}", backup, priority=priority)


def change_name(settings: Settings) -> None:
    """Give a set another name."""
    if not settings[table.NEW_NAME]:
        raise UsageError("--name is missing")
    backup = _one(settings)
    name = settings[table.NEW_NAME]
    if is_remote(settings):
        sonic_remote().change(settings, backup.number, "name", {"name": name})
    else:
        rename(place_of(settings), settings[table.TOOL_CLIENT], backup.number, name)
    _tell(settings, f"{backup.name} is {name} now", backup, name=name)


def lock_sets(settings: Settings) -> None:
    """Let sets never be removed."""
    _change_lock(settings, is_locked=True)


def unlock_sets(settings: Settings) -> None:
    """Let sets be removed again as others are."""
    _change_lock(settings, is_locked=False)


def _change_lock(settings: Settings, *, is_locked: bool) -> None:
    if not settings[table.DELETED_SETS]:
        raise UsageError("name the sets")
    with open_client(settings, may_ask=False) as reader:
        chosen = _numbers(settings, reader)
    if is_remote(settings):
        for number in chosen:
            sonic_remote().change(settings, number, "lock" if is_locked else "unlock", {})
    else:
        lock(place_of(settings), settings[table.TOOL_CLIENT], chosen, is_locked=is_locked)
    if settings[table.JSON]:
        print(json.dumps({"numbers": chosen, "is_locked": is_locked}, indent=2))
    else:
        print(f"{counted(len(chosen), 'set')} {'locked' if is_locked else 'unlocked'}")


def change_tags(settings: Settings) -> None:
    """Let tags name a set, take them away, or list them all."""
    tags = settings[table.TAGS]
    if tags:
        _tag(settings, tags)
    with open_client(settings, may_ask=False) as reader:
        names = {one.number: one.name for one in reader.sets()}
        found = {text: names[number] for text, number in reader.tags().items()}
    if settings[table.JSON]:
        print(json.dumps(found, indent=2))
        return
    for text, name in found.items():
        print(f"{escape_controls(text)}: {escape_controls(name)}")


def _tag(settings: Settings, tags: Sequence[str]) -> None:
    moves, removes = settings[table.TAG_MOVE], settings[table.TAG_REMOVE]
    if is_remote(settings):
        with open_client(settings, may_ask=False) as reader:
            named = reader.sets()[-1:] if removes else [_one(settings)]
        fields = {"tags": list(tags), "move": moves, "remove": removes}
        for one in named:
            sonic_remote().change(settings, one.number, "tags", fields)
        return
    number = 0 if removes else _one(settings).number
    tag(place_of(settings), settings[table.TOOL_CLIENT], number, tags, moves=moves)


def sonic_remote() -> ModuleType:
    """Return what asks a server; most runs need none of it."""
    return importlib.import_module("tardis.cli.sonic_remote")


def _tell(settings: Settings, text: str, backup: BackupSet, **changed: object) -> None:
    """Say what was changed of a set."""
    if settings[table.JSON]:
        print(json.dumps({"number": backup.number, "was": backup.name, **changed}, indent=2))
    else:
        print(escape_controls(text))


def _cut(settings: Settings, sets: Sequence[BackupSet]) -> int | None:
    """Return the moment that --date or --backup means, ns since 1970; None without them."""
    if settings[table.DATE]:
        return moment_ns(parse_moment(settings[table.DATE], datetime.now(tz=UTC).astimezone()))
    if settings[table.BACKUP]:
        with open_client(settings, may_ask=False) as reader:
            named = chosen_set(settings, sets, reader.tags())
        return named.ended_ns or named.started_ns
    if settings.is_given(table.PURGE_PRIORITIES):
        raise UsageError("--priority needs --date or --backup")
    return None


def _purge_plan(settings: Settings, sets: Sequence[BackupSet]) -> list[Fate]:
    now_ns = time.time_ns()
    if settings[table.INCOMPLETE]:
        return plan_incomplete(sets, now_ns)
    cut = _cut(settings, sets)
    if cut is not None:
        return plan_by_age(sets, cut, settings[table.PURGE_PRIORITIES], now_ns)
    schedule = schedule_of(settings)
    fates = plan_by_schedule(sets, schedule, now_ns)
    min_free = settings[table.MIN_FREE_SPACE]
    if not min_free:
        return fates
    with open_client(settings, may_ask=False) as reader:
        wanted = min_free - reader.free_bytes()
        return make_room(fates, schedule, now_ns, wanted, lambda some: reader.freed_by(some)[1])


def _purge_wish(settings: Settings) -> dict[str, object]:
    """Return what a server is asked to remove, which has a schedule and a clock of its own."""
    if settings[table.INCOMPLETE]:
        return {"is_incomplete": True}
    with open_client(settings, may_ask=False) as reader:
        cut = _cut(settings, reader.sets())
    if cut is not None:
        return {"before_ns": cut, "priority": settings[table.PURGE_PRIORITIES]}
    for row in (table.FORMATS, table.KEEP_PERIODS, table.KEEP_NAMED, table.MIN_FREE_SPACE):
        if settings.origin(row) is Layer.COMMAND:
            raise UsageError(
                f"{row.spoken} is the server's to say", hint="say --date and --priority instead"
            )
    return {}


def schedule_of(settings: Settings) -> Schedule:
    """Return how long sets are kept: by the client's own settings, then the server's.

    What the command line says outranks both.
    """
    stored = {}
    if settings[table.ALLOW_CLIENT_OVERRIDES]:
        stored = read_settings(place_of(settings), settings[table.TOOL_CLIENT])
    spoken = [row for row in settings if settings.origin(row) is Layer.COMMAND]
    own = overlaid(settings, stored).changed({row: settings[row] for row in spoken}, Layer.COMMAND)
    return Schedule(own[table.FORMATS], own[table.KEEP_PERIODS], own[table.KEEP_NAMED])


def _one(settings: Settings) -> BackupSet:
    """Return the set that --backup or --date means."""
    if not (settings[table.BACKUP] or settings[table.DATE]):
        raise UsageError("say which set: --backup NAME or --date DATE")
    with open_client(settings, may_ask=False) as reader:
        return chosen_set(settings, reader.sets(), reader.tags())


def chosen_set(settings: Settings, sets: Sequence[BackupSet], tags: Mapping[str, int]) -> BackupSet:
    """Return the set that --backup, by name, number or tag, or --date means."""
    if settings[table.DATE]:
        moment = parse_moment(settings[table.DATE], datetime.now(tz=UTC).astimezone())
        return find_set_at(sets, moment)
    current = settings[table.RECENT_SET]
    return find_set(sets, settings[table.BACKUP], tags=tags, current=current)


def _numbers(settings: Settings, reader: StoreReader) -> list[int]:
    """Return the numbers of the sets that the arguments name."""
    sets, tags, current = reader.sets(), reader.tags(), settings[table.RECENT_SET]
    words = settings[table.DELETED_SETS]
    return [find_set(sets, word, tags=tags, current=current).number for word in words]
