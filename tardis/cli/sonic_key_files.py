"""The verbs of sonic that copy keys: to a key file, from one, and onto paper."""

import json
from dataclasses import replace

from tardis.admin import KnownPassword, extract_keys, insert_keys, remove_stored_keys
from tardis.config import Option, Settings, table
from tardis.model import UsageError
from tardis.render import escape_name
from tardis.store import KeyFile

from .asking import confirm
from .restore_store import require_store
from .unlocking import key_file_of


def tell(settings: Settings, text: str, **facts: object) -> None:
    """Say what was done, or *facts* of it to a program."""
    if settings[table.JSON]:
        print(json.dumps({"client": settings[table.TOOL_CLIENT], **facts}, indent=2))
    else:
        print(text)


def extract(settings: Settings, known: KnownPassword) -> None:
    """Copy the keys to a key file; with --delete take them out of the store once that is proved.

    Raises:
        UsageError: No file is named, or nobody is there to confirm.
    """
    place, client = require_store(settings)
    key_file = _named(settings, table.EXTRACT)
    labels = extract_keys(place, client, key_file)
    is_removed = settings[table.DELETE_KEYS] and _agreed(
        settings,
        f"The keys of {escape_name(client)} are in {escape_name(key_file.path)}.",
        "Take them out of the store? Without that file nothing can ever be read",
    )
    if is_removed:
        remove_stored_keys(place, client, replace(known, key_file=key_file))
    shown = ", ".join(labels)
    text = f"the keys are in {escape_name(key_file.path)}: {shown}"
    text += "\nthe store has them no longer: keep copies of that file" if is_removed else ""
    tell(settings, text, file=key_file.path, extracted=labels, removed=is_removed)


def insert(settings: Settings, known: KnownPassword) -> None:
    """Put the keys of a key file into the store; with --delete take them out of the file then.

    Raises:
        UsageError: No file is named, or nobody is there to confirm.
    """
    place, client = require_store(settings)
    key_file = _named(settings, table.INSERT)
    done = insert_keys(place, client, replace(known, key_file=key_file))
    is_removed = settings[table.DELETE_KEYS] and _agreed(
        settings,
        f"The store of {escape_name(client)} has the keys: {', '.join(done.labels)}.",
        "Take the keys of this backup out of the key file?",
    )
    if is_removed:
        key_file.forget_others(done.repository, ())
    text = f"the store has the keys: {', '.join(done.labels)}"
    if done.left:
        text += f"\nleft in the file, for no password of today: {', '.join(done.left)}"
    tell(settings, text, file=key_file.path, inserted=list(done.labels), left=list(done.left),
         removed=is_removed)  # fmt: skip


def _named(settings: Settings, row: Option[str]) -> KeyFile:
    """Return the key file that the verb names, or else ``--keys``."""
    if settings[row]:
        return KeyFile(settings[row])
    found = key_file_of(settings)
    if found is None:
        raise UsageError(f"{row.spoken} needs a key file", hint=f"Say {row.spoken} FILE.")
    return found


def _agreed(settings: Settings, fact: str, question: str) -> bool:
    """Return whether the person agrees, or has said beforehand not to be asked."""
    if not settings[table.CONFIRM]:
        return True
    if not settings[table.JSON]:
        print(fact)
    return confirm(question)
