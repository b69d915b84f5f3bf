"""The verbs of sonic that are about passwords."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from tardis.admin import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    first_keys,
    lost_by_rotation,
    reencrypt,
    remove_password,
    renew_login,
    rotate_keys,
    set_password,
)
from tardis.config import Settings, table
from tardis.crypto import CLASSIC_COST, COSTS, KeysFile, stretch
from tardis.model import UsageError
from tardis.policy import LocalZone
from tardis.render import escape_name, human_size
from tardis.store import Place, keys_of

from .asking import confirm
from .passwords import NEW, PasswordSource
from .restore_store import require_store
from .sonic_key_files import extract, insert, make_sheet, print_key, tell
from .unlocking import key_file_of


def keys_for_new(settings: Settings) -> KeysFile | None:
    """Return the keys of a client that `sonic create` makes; None without a password.

    Raises:
        UsageError: It is too weak.
    """
    source = _source(settings)
    if not source.is_given:
        return None
    new, client = _new(settings, source, settings[table.SLOT]), settings[table.TOOL_CLIENT]
    scheme, is_sealed = settings[table.SCHEME], settings[table.CRYPT]
    return first_keys(new, scheme, is_sealed=is_sealed, client=client)


def setpass(settings: Settings) -> None:
    """Give the client a password."""
    place, client = require_store(settings)
    label = settings[table.SLOT]
    set_password(place, client, _new(settings, _source(settings), label))
    tell(settings, "the password is set", set=label)


def chpass(settings: Settings) -> None:
    """Change the password of the client."""
    place, client = require_store(settings)
    label = settings[table.SLOT]
    new = _new(settings, _new_source(settings), label)
    change_password(place, client, _known(settings), new)
    tell(settings, "the password is changed", changed=label)


def keys(settings: Settings) -> None:
    """List, add or remove passwords; take keys out of the store, or put them back."""
    place, client = require_store(settings)
    if settings[table.DELETE_KEYS] and not any(map(settings.is_given, _COPYING)):
        raise UsageError(
            "--delete goes with --extract or --insert",
            hint="Keys are removed only once a copy of them was proved.",
        )
    if settings[table.ADD_SLOT]:
        new = _new(settings, _new_source(settings), settings[table.ADD_SLOT])
        add_password(place, client, _known(settings), new)
        tell(settings, f"the password {new.label} is added", added=new.label)
    elif settings[table.REMOVE_SLOT]:
        label = settings[table.REMOVE_SLOT]
        remove_password(place, client, label, key_file_of(settings))
        tell(settings, f"the password {escape_name(label)} is removed", removed=label)
    elif settings.is_given(table.EXTRACT):
        extract(settings, _known(settings))
    elif settings.is_given(table.INSERT):
        insert(settings, _known(settings))
    elif settings[table.SHEET]:
        make_sheet(settings, _known(settings))
    elif settings[table.KEY_PAGE]:
        print_key(settings)
    elif settings[table.RENEW_LOGIN]:
        renew_login(place, client, _known(settings))
        tell(settings, "the login is made anew", renewed=settings[table.SLOT])
    elif settings[table.LIST_SLOTS]:
        _list(settings, keys_of(place, client))
    else:
        raise UsageError(
            "say what to do: --list, --add LABEL, --remove LABEL, --extract FILE, --insert FILE, "
            "--sheet FILE, --page FILE or --renew-login"
        )


def rotate(settings: Settings) -> None:
    """Seal all contents to come with a new key; show first which passwords that ends."""
    place, client = require_store(settings)
    if settings[table.REENCRYPT]:
        _reencrypt(settings, place, client)
        return
    label, is_json = settings[table.SLOT], settings[table.JSON]
    lost = lost_by_rotation(place, client, label)
    if not is_json:
        print(f"contents to come are sealed with a new key, which the password {label} opens")
        if lost:
            print(f"these passwords end, and can be added again: {', '.join(lost)}")
    is_wanted = not settings[table.PLAN_ONLY]
    is_wanted = is_wanted and (not settings[table.CONFIRM] or confirm("Rotate the keys?"))
    if is_wanted:
        known, source = _known(settings), _new_source(settings)
        new = _new(settings, source, label)
        new = new if source.is_given else replace(new, find=known.find)
        rotate_keys(place, client, known, new)
    if is_json:
        print(json.dumps({"client": client, "ends": lost, "rotated": is_wanted}, indent=2))
    elif not settings[table.PLAN_ONLY]:
        print("the keys are rotated" if is_wanted else "nothing was changed")


def _reencrypt(settings: Settings, place: Place, client: str) -> None:
    """Seal what is stored with the newest key; say how much that was."""
    if settings[table.PLAN_ONLY]:
        raise UsageError("--reencrypt has no plan: it seals all anew that an older key has sealed")
    done = reencrypt(place, client, _known(settings))
    if settings[table.JSON]:
        print(json.dumps({"client": client, **asdict(done)}, indent=2))
        return
    size = human_size(done.size_bytes)
    print(f"{done.contents} contents were sealed with the newest key, {size}")
    if done.damaged:
        print(f"{done.damaged} could not be read, and are as they were")


_COPYING = (table.EXTRACT, table.INSERT)


def _list(settings: Settings, found: KeysFile | None) -> None:
    slots = found.slots if found else ()
    if settings[table.JSON]:
        told = [
            {
                "label": slot.label,
                "created": datetime.fromtimestamp(slot.created_ns // 10**9, tz=UTC).isoformat(),
                "memory_kib": slot.cost.memory,
                "passes": slot.cost.passes,
                "lanes": slot.cost.lanes,
                "is_in_store": bool(slot.wrapped),
            }
            for slot in slots
        ]
        rotations = found.rotations if found else 0
        client = settings[table.TOOL_CLIENT]
        print(json.dumps({"client": client, "slots": told, "rotations": rotations}, indent=2))
        return
    for slot in slots:
        made = datetime.fromtimestamp(slot.created_ns // 10**9, tz=UTC)
        when = made.astimezone(LocalZone()).strftime("%Y-%m-%d %H:%M")
        where = "" if slot.wrapped else "  in a key file"
        cost = "PBKDF2" if slot.cost == CLASSIC_COST else f"{slot.cost.memory >> 10} MiB"
        print(f"{slot.label}  {when}  {cost}{where}")


def _source(settings: Settings) -> PasswordSource:
    return PasswordSource(settings, f"Password for {escape_name(settings[table.TOOL_CLIENT])}")


def _new_source(settings: Settings) -> PasswordSource:
    client = escape_name(settings[table.TOOL_CLIENT])
    return PasswordSource(settings, f"New password for {client}", NEW)


def _new(settings: Settings, source: PasswordSource, label: str) -> NewPassword:
    cost = COSTS[settings[table.KDF]]
    return NewPassword(label, source.fresh, stretch, cost, key_file_of(settings))


def _known(settings: Settings) -> KnownPassword:
    source = _source(settings)
    return KnownPassword(settings[table.SLOT], source.known, stretch, key_file_of(settings))
