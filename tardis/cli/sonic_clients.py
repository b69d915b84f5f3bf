"""The verbs of sonic about a client: its store, its rights and its settings."""

import json
import os

from tardis.admin import change_rights, create_client, reset_rights
from tardis.config import OVERRIDABLE, Settings, find_overridable, read_override, table
from tardis.model import UsageError
from tardis.render import escape_controls
from tardis.store import read_facts, read_grant, read_settings, store_setting

from .restore_store import open_client, place_of
from .sonic_keys import keys_for_new

_WIDE = 18


def create(settings: Settings) -> None:
    """Make a store as the daemon would: for its group at most, for nobody else."""
    os.umask(table.UMASK.default)
    private = os.geteuid() != 0
    scheme = settings[table.SCHEME]
    keys = keys_for_new(settings)
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    create_client(place, client, private=private, scheme=scheme, keys=keys)
    if settings[table.JSON]:
        sealed = keys is not None and keys.repository.is_sealed
        told = {"client": client, "scheme": scheme, "is_sealed": sealed,
                "has_password": keys is not None}  # fmt: skip
        print(json.dumps(told, indent=2))


def show_rights(settings: Settings) -> None:
    """Show what a client may ask for, after changing it if that is wanted."""
    with open_client(settings, may_ask=False):
        pass
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    usual, granted, revoked = (settings[row] for row in (table.RIGHTS, table.GRANT, table.REVOKE))
    if settings[table.RESET]:
        if granted or revoked:
            raise UsageError("--reset leaves nothing to grant or revoke")
        reset_rights(place, client)
    elif granted or revoked:
        change_rights(place, client, usual, (granted, revoked))
    grant = read_grant(place, client)
    rights = usual if grant.rights is None else grant.rights
    if settings[table.JSON]:
        shown = {"client": client, "rights": list(rights), "is_usual": grant.rights is None}
        print(json.dumps(shown, indent=2))
        return
    origin = " (as the server's settings say)" if grant.rights is None else ""
    print(f"{escape_controls(client)}: {', '.join(rights) or 'nothing'}{origin}")


def get_config(settings: Settings) -> None:
    """Show the settings that hold for a client, and which of them are stored for it."""
    with open_client(settings, may_ask=False):
        pass
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    stored = read_settings(place, client)
    rows = [find_overridable(key) for key in settings[table.GET_KEYS]] or OVERRIDABLE
    found = {
        row.keys[0]: (stored[row.keys[0]], True) if row.keys[0] in stored
        else (row.show(settings[row]), False)
        for row in rows
    }  # fmt: skip
    facts = read_facts(place, client) if settings[table.SYSTEM_KEYS] else {}
    if settings[table.JSON]:
        told = {key: {"value": text, "is_stored": is_stored}
                for key, (text, is_stored) in found.items()}  # fmt: skip
        print(json.dumps({"client": client, "settings": told, "system": facts}, indent=2))
        return
    for key, (text, is_stored) in found.items():
        print(f"{key:{_WIDE}}: {escape_controls(text)}{'' if is_stored else '  (of the server)'}")
    for key, text in facts.items():
        print(f"{key:{_WIDE}}: {escape_controls(text)}")


def set_config(settings: Settings) -> None:
    """Store a setting for a client, or let the server's hold again; show the old one first."""
    if not settings[table.SET_KEY]:
        raise UsageError("--key is missing")
    row = find_overridable(settings[table.SET_KEY])
    is_reset = settings[table.RESET]
    if is_reset == settings.is_given(table.SET_VALUE):
        raise UsageError("say either --value VALUE or --reset")
    text = None if is_reset else settings[table.SET_VALUE]
    if text is not None:
        read_override(row, text)
    with open_client(settings, may_ask=False):
        pass
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    key = row.keys[0]
    old = read_settings(place, client).get(key)
    store_setting(place, client, key, text)
    if settings[table.JSON]:
        print(json.dumps({"client": client, "key": key, "old": old, "new": text}, indent=2))
        return
    server = f"{row.show(settings[row])}  (of the server)"
    print(f"{key}: was {escape_controls(server if old is None else old)}")
    print(f"{key}: is  {escape_controls(server if text is None else text)}")
