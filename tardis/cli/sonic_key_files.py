"""The verbs of sonic that copy keys: to a key file, from one, and onto paper."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from tardis.admin import (
    SHEET_SLOT,
    KnownPassword,
    NewPassword,
    add_recovery,
    extract_keys,
    insert_keys,
    remove_stored_keys,
    wrapped_key,
)
from tardis.config import Option, Settings, table
from tardis.crypto import COSTS, DetachedKeys, new_code
from tardis.model import UsageError
from tardis.policy import LocalZone
from tardis.render import FORMS, Sheet, escape_name
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


def make_sheet(settings: Settings, known: KnownPassword) -> None:
    """Write a recovery sheet to a new file, and let its code open the backup.

    Raises:
        UsageError: The file's name has another end, it is there already, or cannot be written.
    """
    place, client = require_store(settings)
    path, code = settings[table.SHEET], new_code()
    form = _form(path)

    def print_out(repository: bytes, key: str) -> None:
        sheet = Sheet(client, repository.hex(), SHEET_SLOT, _today(), key, code)
        _write_new(path, form(sheet))

    cost = COSTS[settings[table.KDF]]
    new = NewPassword(SHEET_SLOT, code.encode, known.stretch, cost, known.key_file)
    add_recovery(place, client, known, new, print_out)
    text = f"the recovery sheet is {escape_name(path)}: print it, and remove the file"
    tell(settings, text, sheet=path, label=SHEET_SLOT)


def print_key(settings: Settings) -> None:
    """Write the wrapped key of one keyslot to a page, which is worth nothing without a password.

    Raises:
        UsageError: The file's name has another end, it is there already, or cannot be written.
    """
    place, client = require_store(settings)
    path, label = settings[table.KEY_PAGE], settings[table.SLOT]
    form = _form(path)
    key = wrapped_key(place, client, label, key_file_of(settings))
    sheet = Sheet(
        client, key.repository.hex(), label, _today(), DetachedKeys((key,)).text().decode()
    )
    _write_new(path, form(sheet))
    tell(settings, f"the key {label} is in {escape_name(path)}", page=path, label=label)


def _form(path: str) -> Callable[[Sheet], bytes]:
    found = FORMS.get(os.path.splitext(path)[1].lower())
    if found is None:
        raise UsageError("a sheet is written to a file whose name ends with .html, .pdf or .txt")
    return found


def _today() -> str:
    return datetime.now(tz=UTC).astimezone(LocalZone()).strftime("%Y-%m-%d")


def _write_new(path: str, data: bytes) -> None:
    """Write a file that was not there, for its owner's eyes only, so that it stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise UsageError(f"cannot write the sheet {path}: {error.strerror}") from error


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
