"""What the daemons have in common: where and as whom they serve, and what they log to."""

import importlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from tardis.config import Option, Settings, table
from tardis.rooms import furnish_all

from .background import start_in_background
from .daemon_log import FileTarget, Log, SystemTarget, Target
from .notify import Notifier
from .pid_file import PidFile
from .privileges import Identity, identity_of
from .supervisor import Supervisor


class Service:
    """One daemon, in the foreground or in the background.

    In the background it becomes User and Group, holds its pid file, and logs to the system's
    log where no file is named; in the foreground whoever starts it has seen to all that.

    Args:
        program: Its name.
        settings: As it starts, with whole paths.
        pid_file: Row that names the pid file.
        notifier: Tells the service manager.

    Attributes:
        is_behind: Whether it goes to the background.
        identity: Whom it becomes.

    Raises:
        ConfigError: There is no such user or group.
    """

    def __init__(
        self, program: str, settings: Settings, pid_file: Option[str], notifier: Notifier
    ) -> None:
        self._program = program
        self._pid_file = settings[pid_file]
        self._notifier = notifier
        self.is_behind = is_background(settings)
        self.identity = Identity(os.geteuid(), os.getegid())
        if self.is_behind:
            self.identity = identity_of(settings[table.USER], settings[table.GROUP])

    def run(self, serve: Callable[[Callable[[], None]], None]) -> int:
        """Call *serve*; in the background, return once it has called what it is given.

        Returns:
            0, or the status of what kept it from serving in the background.
        """
        furnish_all()
        if self.is_behind:
            return start_in_background(serve)
        serve(lambda: None)
        return 0

    def pid_file(self) -> AbstractContextManager[object]:
        """Hold the pid file, in the background only.

        Raises:
            ConfigError: Another daemon holds it, or it cannot be made.
        """
        return PidFile(self._pid_file) if self.is_behind else nullcontext()

    def log(self, settings: Settings) -> Log:
        """Open the log that *settings* name.

        Raises:
            ConfigError: It cannot be written.
        """
        return Log(self.target(settings), level(settings))

    def target(self, settings: Settings) -> Target:
        """Open what is logged to; a new file is given to the user, who will open it again.

        Raises:
            ConfigError: It cannot be written.
        """
        path = settings[table.LOG_FILE]
        if table.LOG_CFG in settings and settings[table.LOG_CFG]:  # noqa: RUF019 - no dictionary
            module = importlib.import_module("tardis.cli.logging_target")
            chosen: Target = module.LoggingTarget(self._program, settings[table.LOG_CFG])
            return chosen
        if self.is_behind and not path:
            return SystemTarget(self._program)
        is_new = bool(path) and not os.path.exists(path)
        target = FileTarget(path)
        if is_new:
            self.identity.own(path)
        return target

    def supervisor(self, stop: Callable[[], None], reload: Callable[[], None]) -> Supervisor:
        """Return what hears signals and tells the service manager; see `Supervisor`."""
        return Supervisor(self._notifier, stop, reload)


def is_background(settings: Settings) -> bool:
    """Tell whether to go to the background: never for a visit whose client waits for our end."""
    is_local = table.SOCKET in settings and bool(settings[table.SOCKET]) and settings[table.SINGLE]
    return settings[table.DAEMON] and not is_local


def level(settings: Settings) -> int:
    """Return how much is logged."""
    return settings[table.SERVER_VERBOSE]


def rooted(settings: Settings, paths: tuple[Option[str], ...], start: str) -> Settings:
    """Return *settings* with whole paths: the background has another working directory.

    Args:
        settings: Of a daemon.
        paths: Rows whose values are paths; empty values stay.
        start: Directory that relative ones begin at.
    """
    for row in paths:
        path = settings[row]
        if path and not os.path.isabs(path):
            changed = {row: os.path.join(start, path)}
            settings = settings.changed(changed, settings.origin(row))
    return settings
