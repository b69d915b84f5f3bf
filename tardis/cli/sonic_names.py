"""sonic decrypt-names and fingerprints: what an encrypted store calls things, for those in need."""

import json
import os
import sys
from collections.abc import Iterator

from tardis.admin import fingerprint_directories
from tardis.config import Settings, table
from tardis.crypto import Seals
from tardis.model import DONE, PROBLEMS, IntegrityError, StoreError
from tardis.render import escape_controls, escape_name

from .restore_store import require_store
from .unlocking import unlock


def decrypt_names(settings: Settings) -> int:
    """Show the plain name of each sealed one, or with --encrypt the other way round.

    Returns:
        0; 3 when some are none of this backup.
    """
    place, client = require_store(settings)
    ring = unlock(settings, place, client, may_ask=True)
    if ring is None:
        raise StoreError(f"the backup of {escape_name(client)} is kept in clear, names too")
    names, is_sealing = Seals(ring).names, settings[table.ENCRYPT_NAMES]
    turn = names.seal_path if is_sealing else names.open_path
    found: dict[str, str | None] = {}
    for name in _given(settings):
        try:
            found[name] = os.fsdecode(turn(os.fsencode(name)))
        except IntegrityError as error:
            found[name] = None
            print(f"sonic: {escape_name(name)}: {error}", file=sys.stderr)
        if not settings[table.JSON]:
            _show(name, found[name], is_quiet=settings[table.QUIET])
    if settings[table.JSON]:
        print(json.dumps({"client": client, "names": found}, indent=2))
    return PROBLEMS if None in found.values() else DONE


def fingerprints(settings: Settings) -> None:
    """Make the fingerprints of all settled directories anew."""
    place, client = require_store(settings)
    ring = unlock(settings, place, client, may_ask=True)
    done = fingerprint_directories(place, client, ring)
    if settings[table.JSON]:
        told = {"client": client, "directories": done.directories, "left": done.left}
        print(json.dumps(told, indent=2))
        return
    print(f"{done.directories} directories have new fingerprints")
    if done.left:
        print(f"{done.left} are left to the next backup")


def _given(settings: Settings) -> Iterator[str]:
    """Yield the names of the command line, else the lines of standard input."""
    if settings[table.NAMES]:
        yield from settings[table.NAMES]
        return
    if sys.stdin.isatty():
        print("names, one a line:", file=sys.stderr)
    for line in sys.stdin.buffer:
        if name := os.fsdecode(line.rstrip(b"\n")):
            yield name


def _show(name: str, found: str | None, *, is_quiet: bool) -> None:
    if found is not None:
        shown = escape_controls(escape_name(found))
        print(shown if is_quiet else f"{escape_name(name)} => {shown}")
