"""tardisfs: mounts the backups of a client."""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Timer
from types import ModuleType
from typing import Any, Final

from tardis.config import Settings, table
from tardis.model import DONE, ConfigError, StoreError, UsageError
from tardis.mount import FIXED, Readers, View, can_serve, mount_words, serve
from tardis.render import escape_name
from tardis.rooms import furnish_all

from .background import start_in_background
from .main import Terminated, run
from .memory import spend_memory_for_speed
from .restore_store import open_client
from .settings import is_remote, load
from .tool_log import ToolLog

_AT_REST: Final = 10.0
"""Seconds after which what may be needed later is loaded; most that is asked comes before."""


def command(argv: Sequence[str]) -> int:
    """Mount, and return 0 once the mount stands; in the foreground once it is unmounted."""
    first = load("tardisfs", argv).settings
    places = first[table.MOUNT_POINT]
    found = mount_words(first[table.MOUNT_OPTIONS], places)
    settings = load("tardisfs", [*found.words, *argv]).settings
    mountpoint = os.path.abspath(places[-1])
    if not os.path.isdir(mountpoint):
        raise UsageError(f"there is no directory {mountpoint} to mount on")
    with ToolLog("tardisfs", settings) as log:
        with open_client(settings):
            pass
        mount = Mount(settings, mountpoint, found.fuse, log)
        if settings[table.FOREGROUND] or settings[table.FUSE_DEBUG]:
            mount.serve(lambda: None)
        else:
            return start_in_background(mount.serve)
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


class Mount:
    """One mount of what *settings* name.

    Args:
        settings: Of the program.
        mountpoint: Whole path of a directory.
        fuse: Options for FUSE, by name.
        log: Hears of trouble, and of what else is wanted.
    """

    def __init__(
        self, settings: Settings, mountpoint: str, fuse: dict[str, str | bool], log: ToolLog
    ) -> None:
        self._settings = settings
        self._mountpoint = mountpoint
        self._log = log
        kept = str(settings[table.CACHE_TIME])
        self._options: dict[str, Any] = FIXED | {
            "entry_timeout": kept,
            "attr_timeout": kept,
            "nothreads": settings[table.ONE_THREAD],
            "debug": settings[table.FUSE_DEBUG],
            **fuse,
        }
        self._needs_library = not can_serve(self._options)

    def serve(self, started: Callable[[], None]) -> None:
        """Mount, call *started*, and answer until it is unmounted.

        Raises:
            StoreError: It cannot be mounted.
        """
        settings = self._settings
        where = escape_name(self._mountpoint)
        view = View(
            Readers(open_client(settings), partial(open_client, settings), is_remote(settings)),
            settings[table.CURRENT],
            os.fsencode(self._mountpoint) if settings[table.REPOINT] else None,
            tell=self._tell,
        )

        def stands() -> None:
            self._log.note(f"mounted client {escape_name(settings[table.TOOL_CLIENT])} on {where}")
            started()
            spend_memory_for_speed()
            later = Timer(_AT_REST, furnish_all)
            later.daemon = True
            later.start()

        try:
            self._serve(view, stands)
        except OSError as error:
            raise StoreError(f"cannot mount on {where}: {error.strerror or error}") from error
        self._log.note(f"unmounted {where}")

    def _serve(self, view: View, stands: Callable[[], None]) -> None:
        if not self._needs_library:
            with suppress(KeyboardInterrupt, Terminated):
                serve(view, self._mountpoint, stands, self._options)
            return
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)  # then libfuse has them unmount
        fuse_operations().serve(view, self._mountpoint, stands, self._options)

    def _tell(self, level: int, text: str) -> None:
        if not level:
            self._log.say(text)
        elif level <= self._log.level:
            self._log.note(text)


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
