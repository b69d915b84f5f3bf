"""What changes something by the interface of version 0.33: always POST, with the session's token.

Keys and settings are not changed here: passwords by `sonic chpass`, settings by the administrator.
"""

import time
from collections.abc import Sequence
from typing import Final

import flask

from tardis.admin import remove, rename, set_priority
from tardis.model import BackupSet, Right
from tardis.policy import Fate, doomed, plan_by_age, plan_incomplete

from .answers import json_answer
from .old_routes import moment_ns, opened
from .old_session import for_host, host
from .old_shapes import set_object
from .purge_routes import Judge, only
from .service import service
from .sets import chosen_set

blueprint: Final = flask.Blueprint("old-changes", __name__)

_lists = for_host(Right.LIST, "list its sets")
_purges = for_host(Right.PURGE, "remove its sets")


@blueprint.post("/setPriority/<wanted>/<int:priority>")
@for_host(Right.PRIORITY, "choose the priority of its sets")
def change_priority(wanted: str, priority: int) -> flask.Response:
    """Give a set another priority."""
    place, client = service().options.place, host().client
    set_priority(place, client, _number(wanted), min(priority, (1 << 31) - 1))
    return json_answer({"status": "OK"})


@blueprint.post("/setBackupSetName/<wanted>/<name>/<int:priority>")
@for_host(Right.NAME, "give its sets names")
def change_name(wanted: str, name: str, priority: int) -> flask.Response:
    """Give a set another name and priority."""
    place, client, number = service().options.place, host().client, _number(wanted)
    service().require(host(), Right.PRIORITY, "choose the priority of its sets")
    rename(place, client, number, name)
    set_priority(place, client, number, min(priority, (1 << 31) - 1))
    return json_answer({"status": "OK"})


@blueprint.get("/listPurgeSets/<wanted>/<int:priority>/<moment>")
@_lists
def list_purge_sets(wanted: str, priority: int, moment: str) -> flask.Response:
    """List the sets that `purgeSets` would remove."""
    return _listed(_by_age(wanted, priority, moment))


@blueprint.post("/purgeSets/<wanted>/<int:priority>/<moment>")
@_purges
def purge_sets(wanted: str, priority: int, moment: str) -> flask.Response:
    """Remove sets up to a priority, older than a moment and than a set: [contents, sets]."""
    return _removed(_by_age(wanted, priority, moment))


@blueprint.get("/listPurgeIncomplete/<wanted>/<int:_priority>/<_moment>")
@_lists
def list_purge_incomplete(wanted: str, _priority: int, _moment: str) -> flask.Response:
    """List the incomplete sets that `purgeIncomplete` would remove."""
    return _listed(_incomplete(wanted))


@blueprint.post("/purgeIncomplete/<wanted>/<int:_priority>/<_moment>")
@_purges
def purge_incomplete(wanted: str, _priority: int, _moment: str) -> flask.Response:
    """Remove incomplete sets before a set: [contents, sets]."""
    return _removed(_incomplete(wanted))


@blueprint.post("/deleteBackupSet/<wanted>")
@_purges
def delete_backup_set(wanted: str) -> flask.Response:
    """Remove one set; answers with the number of contents that went."""
    place, copies = service().options.place, service().options.db_backups
    done = remove(place, host().client, only([_number(wanted)]), copies)
    return json_answer(done.contents)


@blueprint.post("/removeOrphans")
@_purges
def remove_orphans() -> flask.Response:
    """Remove what no set needs."""
    place, copies = service().options.place, service().options.db_backups
    done = remove(place, host().client, lambda _sets: [], copies)
    return json_answer({"count": done.contents, "size": done.freed_bytes, "rounds": 1})


def _number(wanted: str) -> int:
    with opened(needs_names=False) as reader:
        return chosen_set(reader, wanted).number


def _by_age(wanted: str, priority: int, moment: str) -> Judge:
    cut, limit = moment_ns(moment), _number(wanted)

    def plan(sets: Sequence[BackupSet]) -> list[Fate]:
        fates = plan_by_age(sets, cut, priority, time.time_ns())
        return [one for one in fates if one.backup.number < limit]

    return plan


def _incomplete(wanted: str) -> Judge:
    limit = _number(wanted)

    def plan(sets: Sequence[BackupSet]) -> list[Fate]:
        return [one for one in plan_incomplete(sets, time.time_ns()) if one.backup.number < limit]

    return plan


def _listed(plan: Judge) -> flask.Response:
    with opened(needs_names=False) as reader:
        return json_answer([set_object(one) for one in doomed(plan(reader.sets()))])


def _removed(plan: Judge) -> flask.Response:
    place, copies = service().options.place, service().options.db_backups
    done = remove(place, host().client, plan, copies)
    return json_answer([done.contents, done.sets])
