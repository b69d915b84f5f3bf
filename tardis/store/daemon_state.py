"""``BaseDir/.server``: what the daemon keeps for itself, whichever client it is about."""

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from .flush import replace_durably
from .trouble import store_trouble

FOLDER: Final = ".server"
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE: Final = 0o600
_SECRET: Final = "secret"
_SECRET_SIZE: Final = 32
LOGINS: Final = "logins"
WEB_LOGINS: Final = "logins.web"
_ALARMS: Final = "alarms"


class DaemonState:
    """Small files in a directory that only the daemon's user may look into.

    Args:
        base: Directory of all clients' stores; it need not be there yet.
        logins: File of wrong passwords; each program that takes logins has its own.
    """

    def __init__(self, base: str, logins: str = LOGINS) -> None:
        self._folder = os.path.join(base, FOLDER)
        self._logins = os.path.join(self._folder, logins)

    def secret(self) -> bytes:
        """Return 32 random bytes, always the same; made at first need.

        Raises:
            StoreError: They cannot be kept.
        """
        path = os.path.join(self._folder, _SECRET)
        with store_trouble(self._folder):
            return _secret_at(path) or self._make_secret(path)

    def _make_secret(self, path: str) -> bytes:
        """Make what is to be at *path*; of several that do so at once, one does."""
        self._make_folder()
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            found = _secret_at(path)
            if not found:
                found = os.urandom(_SECRET_SIZE)
                replace_durably(path, found, _PRIVATE)
            return found
        finally:
            os.close(folder)

    def logins(self) -> dict[str, tuple[int, float]]:
        """Return what `keep_logins` was given last; empty when that cannot be read.

        Raises:
            StoreError: The disk refuses.
        """
        with store_trouble(self._folder):
            try:
                with open(self._logins, encoding="utf-8") as file:
                    kept = json.load(file)
                return {str(who): (int(count), float(last)) for who, (count, last) in kept.items()}
            except (FileNotFoundError, ValueError, TypeError, AttributeError):
                return {}

    def keep_logins(self, logins: Mapping[str, tuple[int, float]]) -> None:
        """Keep (count, moment) of wrong passwords by who gave them.

        Raises:
            StoreError: They cannot be kept.
        """
        data = json.dumps(logins, indent=1).encode()
        with store_trouble(self._folder):
            self._make_folder()
            replace_durably(self._logins, data, _PRIVATE)

    def alarms(self) -> dict[str, tuple[str, int, bool]]:
        """Return what `keep_alarms` was given last; empty when that cannot be read.

        Raises:
            StoreError: The disk refuses.
        """
        path = os.path.join(self._folder, _ALARMS)
        with store_trouble(self._folder):
            try:
                with open(path, encoding="utf-8") as file:
                    kept = json.load(file)
                return {
                    str(topic): (str(text), int(since_ns), bool(is_told))
                    for topic, (text, since_ns, is_told) in kept.items()
                }
            except (FileNotFoundError, ValueError, TypeError, AttributeError):
                return {}

    def keep_alarms(self, alarms: Mapping[str, tuple[str, int, bool]]) -> None:
        """Keep (text, since, is told) of trouble by its topic.

        Raises:
            StoreError: They cannot be kept.
        """
        data = json.dumps(alarms, indent=1).encode()
        with store_trouble(self._folder):
            self._make_folder()
            replace_durably(os.path.join(self._folder, _ALARMS), data, _PRIVATE)

    def _make_folder(self) -> None:
        os.makedirs(os.path.dirname(self._folder), exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(self._folder, _PRIVATE_FOLDER)


def _secret_at(path: str) -> bytes:
    """Return the secret that a file holds; empty when it holds none."""
    with suppress(FileNotFoundError), open(path, "rb") as file:
        found = file.read()
        if len(found) == _SECRET_SIZE:
            return found
    return b""
