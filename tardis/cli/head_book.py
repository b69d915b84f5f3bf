"""What was seen of signed backups on this machine."""

import json
import os
from contextlib import suppress

from tardis.crypto import Head

from .user_state import state_folder

_PRIVATE = 0o700
_FIELDS = ("previous", "facts", "mac")


class FileBook:
    """A file for each repository below the user's state folder; see `client.HeadBook`.

    What cannot be read or written counts as not seen: a backup is worth more than this.
    """

    def __init__(self, folder: str = "") -> None:
        self._folder = folder or os.path.join(state_folder(), "heads")

    def recall(self, repository: bytes) -> Head | None:
        """Return the newest head of a repository, None for one that was never seen."""
        try:
            with open(self._path(repository), encoding="ascii") as file:
                told = json.load(file)
            numbers = (int(told["sequence"]), int(told["set"]))
            return Head(*numbers, *(bytes.fromhex(told[name]) for name in _FIELDS))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, repository: bytes, head: Head) -> None:
        """Let *head* be the newest."""
        told: dict[str, object] = {"sequence": head.sequence, "set": head.number}
        told |= {name: getattr(head, name).hex() for name in _FIELDS}
        path = self._path(repository)
        fresh = f"{path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(self._folder, _PRIVATE, exist_ok=True)
            with open(fresh, "w", encoding="ascii") as file:
                json.dump(told, file)
            os.replace(fresh, path)

    def _path(self, repository: bytes) -> str:
        return os.path.join(self._folder, repository.hex())
