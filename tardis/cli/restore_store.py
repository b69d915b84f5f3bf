"""Which store the tools look at, as their settings say."""

import importlib
import os
from types import ModuleType

from tardis.config import Settings, table
from tardis.model import StoreError, UsageError
from tardis.policy import check_client_name
from tardis.render import escape_name
from tardis.store import Place, StoreReader, client_names, has_store, open_reader

from .entry_faults import faults_of
from .head_faults import warn_of_faults
from .settings import is_remote
from .unlocking import unlock
from .user_store import user_base


def local_place(settings: Settings) -> Place | None:
    """Return where stores lie on this machine, None when they lie on another one."""
    return None if is_remote(settings) else place_of(settings)


def place_of(settings: Settings) -> Place:
    """Return where stores lie: without any setting, where `tardis --local` put the user's own.

    Raises:
        UsageError: It is a URL, or nothing.
    """
    base = settings[table.DATABASE]
    if not settings.is_given(table.DATABASE) and os.geteuid() != 0:
        own = user_base()
        base = own if os.path.isdir(os.path.join(own, settings[table.TOOL_CLIENT])) else base
    if "://" in base:
        raise UsageError(
            f"--database {escape_name(base)}: this works on the machine only that has the backups",
            hint="say it there, with the directory of the backups",
        )
    if not base:
        raise UsageError("--database is empty", hint="name the directory of the backups")
    own_schema = table.SCHEMA in settings and settings[table.SCHEMA] != table.SCHEMA.default
    return Place(
        os.path.abspath(base),  # a mount works in another directory than it was called in
        db_name=settings[table.DBNAME],
        db_dir=os.path.abspath(settings[table.DBDIR]) if settings[table.DBDIR] else "",
        schema=settings[table.SCHEMA] if own_schema else "",
    )


def open_client(settings: Settings, *, may_ask: bool = True) -> StoreReader:
    """Open the store of the client that *settings* name; the caller closes it.

    Raises:
        StoreError: There is none, or it cannot be used.
        TardisError: It lies behind a server that refuses, or cannot be reached.
    """
    reader = _open(settings, may_ask=may_ask)
    reader.tell_faults(faults_of(settings[table.TOOL_CLIENT]).hear)
    return reader


def _open(settings: Settings, *, may_ask: bool) -> StoreReader:
    if is_remote(settings):
        return _remote().open_remote(settings)  # type: ignore[no-any-return]
    place, client = require_store(settings)
    ring = unlock(settings, place, client, may_ask=may_ask)
    if ring is not None:
        warn_of_faults(place, client, ring)
    return open_reader(place, client, ring)


def _remote() -> ModuleType:
    """Return what opens stores by HTTP; most runs need none of it."""
    return importlib.import_module("tardis.cli.remote_store")


def require_store(settings: Settings) -> tuple[Place, str]:
    """Return place and name of the client that *settings* name; it has a store there.

    Raises:
        StoreError: It has none.
    """
    place = place_of(settings)
    client = check_client_name(settings[table.TOOL_CLIENT])
    if has_store(place, client):
        return place, client
    names = ", ".join(map(escape_name, client_names(place)[:10]))
    raise StoreError(
        f"there is no backup of {escape_name(client)} in {escape_name(place.base)}",
        hint=f"--client: there are backups of {names}" if names else "--database names the place",
    )
