"""tardisfs: mounts the backups of a client."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from tardis.config import Settings, table
from tardis.model import DONE, ConfigError, StoreError, UsageError
from tardis.mount import View, mount_words

from .background import start_in_background
from .main import run
from .restore_store import open_client
from .settings import load


def command(argv: Sequence[str]) -> int:
    """Mount, and return 0 once the mount stands; in the foreground once it is unmounted."""
    first = load("tardisfs", argv).settings
    places = first[table.MOUNT_POINT]
    found = mount_words(first[table.MOUNT_OPTIONS], places)
    settings = load("tardisfs", [*found.words, *argv]).settings
    mountpoint = os.path.abspath(places[-1])
    if not os.path.isdir(mountpoint):
        raise UsageError(f"there is no directory {mountpoint} to mount on")
    with open_client(settings):
        pass
    operations = fuse_operations()
    serve = partial(_serve, settings, mountpoint, operations, found.fuse)
    if settings[table.FOREGROUND] or settings[table.FUSE_DEBUG]:
        serve(lambda: None)
    else:
        start_in_background(serve)
    return DONE


def fuse_operations() -> ModuleType:
    """Return the module that speaks FUSE; libfuse 3 is tried before libfuse 2.

    Raises:
        ConfigError: A library is missing.
    """
    name = "FUSE_LIBRARY_NAME"
    given = os.environ.get(name)
    for library in [given] if given else ["fuse3", "fuse"]:
        os.environ[name] = library
        try:
            return importlib.import_module("tardis.mount.operations")
        except ImportError as error:
            raise ConfigError(
                f"mounting needs the Python package {error.name}",
                hint="pip install 'tardis[fuse]'",
            ) from error
        except OSError:
            continue
    raise ConfigError("mounting needs libfuse", hint="apt install fuse3")


def _serve(
    settings: Settings,
    mountpoint: str,
    operations: ModuleType,
    fuse: dict[str, str | bool],
    started: Callable[[], None],
) -> None:
    kept = str(settings[table.CACHE_TIME])
    options: dict[str, Any] = {
        "entry_timeout": kept,
        "attr_timeout": kept,
        "nothreads": settings[table.ONE_THREAD],
        "debug": settings[table.FUSE_DEBUG],
        **fuse,
    }
    view = View(
        open_client(settings),
        settings[table.CURRENT],
        os.fsencode(mountpoint) if settings[table.REPOINT] else None,
    )
    try:
        operations.serve(view, mountpoint, started, options)
    except OSError as error:
        raise StoreError(f"cannot mount on {mountpoint}: {error.strerror or error}") from error


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))
