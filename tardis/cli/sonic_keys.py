"""The verbs of sonic that are about passwords."""

from datetime import UTC, datetime

from tardis.admin import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    first_keys,
    remove_password,
    set_password,
)
from tardis.config import Settings, table
from tardis.crypto import CLASSIC_COST, COSTS, KeysFile, stretch
from tardis.model import UsageError
from tardis.policy import LocalZone
from tardis.render import escape_name
from tardis.store import keys_of

from .passwords import NEW, PasswordSource
from .restore_store import place_of, require_store


def keys_for_new(settings: Settings) -> KeysFile | None:
    """Return the keys of a client that `sonic create` makes; None without a password.

    Raises:
        UsageError: It is too weak.
    """
    source = _source(settings)
    if not source.is_given:
        return None
    new, client = _new(settings, source, settings[table.SLOT]), settings[table.TOOL_CLIENT]
    return first_keys(new, client, settings[table.SCHEME], is_sealed=settings[table.CRYPT])


def setpass(settings: Settings) -> None:
    """Give the client a password."""
    require_store(settings)
    new = _new(settings, _source(settings), settings[table.SLOT])
    set_password(place_of(settings), settings[table.TOOL_CLIENT], new)
    print("the password is set")


def chpass(settings: Settings) -> None:
    """Change the password of the client."""
    require_store(settings)
    label = settings[table.SLOT]
    new = _new(settings, _new_source(settings), label)
    change_password(place_of(settings), settings[table.TOOL_CLIENT], _known(settings), new)
    print("the password is changed")


def keys(settings: Settings) -> None:
    """List, add or remove passwords."""
    require_store(settings)
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    if settings[table.ADD_SLOT]:
        new = _new(settings, _new_source(settings), settings[table.ADD_SLOT])
        add_password(place, client, _known(settings), new)
        print(f"the password {new.label} is added")
    elif settings[table.REMOVE_SLOT]:
        remove_password(place, client, settings[table.REMOVE_SLOT])
        print(f"the password {escape_name(settings[table.REMOVE_SLOT])} is removed")
    elif settings[table.LIST_SLOTS]:
        found = keys_of(place, client)
        for slot in found.slots if found else ():
            made = datetime.fromtimestamp(slot.created_ns // 10**9, tz=UTC)
            when = made.astimezone(LocalZone()).strftime("%Y-%m-%d %H:%M")
            cost = "PBKDF2" if slot.cost == CLASSIC_COST else f"{slot.cost.memory >> 10} MiB"
            print(f"{slot.label}  {when}  {cost}")
    else:
        raise UsageError("say what to do: --list, --add LABEL or --remove LABEL")


def _source(settings: Settings) -> PasswordSource:
    return PasswordSource(settings, f"Password for {escape_name(settings[table.TOOL_CLIENT])}")


def _new_source(settings: Settings) -> PasswordSource:
    client = escape_name(settings[table.TOOL_CLIENT])
    return PasswordSource(settings, f"New password for {client}", NEW)


def _new(settings: Settings, source: PasswordSource, label: str) -> NewPassword:
    return NewPassword(label, source.fresh, stretch, COSTS[settings[table.KDF]])


def _known(settings: Settings) -> KnownPassword:
    return KnownPassword(settings[table.SLOT], _source(settings).known, stretch)
