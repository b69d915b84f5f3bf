"""From the settings of `tardis` to what its backup job needs to know."""

import glob
import importlib
import json
import os
import shlex
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from tardis.cli.backup_excludes import exclusions
from tardis.cli.backup_purge import purge_wish
from tardis.cli.head_book import FileBook
from tardis.cli.passwords import PasswordSource
from tardis.client import Access, JobOptions, KeyKeeper, SetWish
from tardis.config import Secret, Settings, effective_text, table
from tardis.crypto import COSTS, stretch
from tardis.model import UsageError
from tardis.policy import SET_KINDS, check_type, dense, lineage, parse_types, stored_paths
from tardis.render import escape_name
from tardis.scan import real_path
from tardis.streams import CODECS

KINDS: Final = {
    table.HOURLY: SET_KINDS["hourly"],
    table.DAILY: SET_KINDS["daily"],
    table.WEEKLY: SET_KINDS["weekly"],
    table.MONTHLY: SET_KINDS["monthly"],
}
"""What each switch asks for."""

_CONTROLS: Final = "*?["


def job_options(
    settings: Settings,
    argv: Sequence[str],
    remark: Callable[[bytes, str], None],
    access: Access | None = None,
) -> JobOptions:
    """Return what *settings* ask for.

    Args:
        settings: Of one job.
        argv: The words of the command line, for the record.
        remark: Hears of what is passed over.
        access: What `access_of` made of these settings before, if it did.

    Raises:
        UsageError: The directories cannot be kept together under their names.
        ConfigError: A file with patterns cannot be read.
    """
    directories: tuple[str, ...] = settings[table.DIRECTORIES]
    roots = stored_paths(expand(directories), settings[table.BASE_PATH])
    return JobOptions(
        client=settings[table.CLIENT],
        roots=roots,
        wish=set_wish(settings, argv, roots),
        compression=settings[table.COMPRESS_MSGS],
        codec=CODECS.index(settings[table.COMPRESS_DATA]),
        compress_min=settings[table.COMPRESS_MIN],
        is_dense=dense(uncompressed_types(settings)),
        exclusions=exclusions(settings),
        crosses_devices=settings[table.CROSS_DEVICE],
        max_depth=settings[table.MAX_DEPTH],
        leaves_out_unreadable=settings[table.EXCLUDE_NO_ACCESS],
        allows_empty=settings[table.ALLOW_EMPTY],
        takes_xattrs=settings[table.XATTR],
        takes_acls=settings[table.ACL],
        racy_window=settings[table.RACY_WINDOW],
        digest_above=settings[table.CKS_CONTENT],
        delta_percent=settings[table.DELTA_THRESHOLD],
        clones=settings[table.CLONES],
        signs=settings[table.SIGNATURE],
        purge=purge_wish(settings, time.time_ns()),
        access=access or access_of(settings),
        book=FileBook(),
        remark=remark,
    )


def access_of(settings: Settings) -> Access:
    """Return how `tardis` gets at the backups of its client."""
    client = escape_name(settings[table.CLIENT])
    return Access(
        PasswordSource(settings, f"Password for {client}"),
        cache(stretch),  # a run may have to log in several times
        COSTS[settings[table.KDF]],
        settings[table.SLOT],
        settings[table.CRYPT],
        _key_file(settings),
    )


def _key_file(settings: Settings) -> KeyKeeper | None:
    """Return the key file that *settings* name, if any.

    Hardly a run has one, and what reads it brings the whole room of the store along.
    """
    if not settings[table.KEYS]:
        return None
    found: KeyKeeper = importlib.import_module("tardis.cli.unlocking").key_file_of(settings)
    return found


def expand(directories: Sequence[str]) -> list[bytes]:
    """Return the real paths that *directories* name.

    Variables, ``~`` and patterns are expanded, unless something has that very name.  A
    pattern that matches nothing stands for itself, and is reported as missing.
    """
    found: list[bytes] = []
    for text in directories:
        plain = os.path.expanduser(os.path.expandvars(text))
        if os.path.lexists(text) or not text:
            names = [text]
        elif any(control in plain for control in _CONTROLS) and not os.path.lexists(plain):
            names = sorted(glob.glob(plain)) or [plain]
        else:
            names = [plain]
        found += [real_path(os.fsencode(name or ".")) for name in names]
    if not found:
        raise UsageError("no directory is given", hint="Name what is to be backed up.")
    return found


def uncompressed_types(settings: Settings) -> list[str]:
    """Return the MIME types that are not to be compressed; none where nothing is compressed.

    Raises:
        UsageError: A file of types cannot be read, or something is no type.
    """
    if settings[table.COMPRESS_DATA] == CODECS[0]:
        return []
    types: tuple[str, ...] = settings[table.NO_COMPRESS]
    files: tuple[str, ...] = settings[table.NO_COMPRESS_TYPES]
    found = [check_type(one, table.NO_COMPRESS.spoken) for one in types]
    for path in files:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(f"cannot read the types in {path}: {reason}") from error
        found += parse_types(text, path)
    return found


def set_wish(settings: Settings, argv: Sequence[str], roots: dict[bytes, bytes]) -> SetWish:
    """Return the set that is wished for."""
    chosen = [(kind.format, kind.priority) for row, kind in KINDS.items() if settings[row]]
    form, usual = chosen[0] if chosen else ("", -1)
    priority = settings[table.PRIORITY]
    job = job_of(settings)
    config = json.dumps(effective_text(settings)) if settings[table.SEND_CONFIG] else ""
    return SetWish(
        name=settings[table.NAME],
        format=form,
        priority=usual if priority is None else priority,
        is_creating=settings[table.CREATE],
        is_forced=settings[table.FORCE],
        is_full=settings[table.FULL],
        lineage=lineage(job, list(roots.values())),
        label=job,
        command_line=command_line(settings, argv),
        scheme=settings[table.SCHEME] if settings.is_given(table.SCHEME) else "",
        config=config.encode("utf-8", "backslashreplace"),
        session=os.urandom(8).hex(),
    )


def job_of(settings: Settings) -> str:
    """Return the name of the one job that *settings* are of, empty when none was named."""
    return settings[table.JOB_NAMES][0] if settings.is_given(table.JOB_NAMES) else ""


def command_line(settings: Settings, argv: Sequence[str]) -> bytes:
    """Return the command line for the record, without the secrets in it."""
    values = [settings[option] for option in settings if option.secret]
    secrets = [value.reveal() if isinstance(value, Secret) else value for value in values]
    text = shlex.join(["tardis", *argv])
    for secret in filter(None, secrets):
        text = text.replace(shlex.quote(secret), "***").replace(secret, "***")
    return os.fsencode(text)
