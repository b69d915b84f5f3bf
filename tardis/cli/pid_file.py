"""The file that says which process a daemon is, and that there is one.

Its lock says that there is one, not its being there: what a killed daemon has left is replaced.
"""

import fcntl
import os
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from tardis.model import ConfigError

_MODE: Final = 0o644
_SHOWN: Final = 32
_TRIES: Final = 100


class PidFile:
    """Holds a pid file from the time it is made until it is closed, when the file goes.

    Where it may not be removed any more, because the process has become another user, it is
    left empty.

    Args:
        path: Of the file.

    Raises:
        ConfigError: A daemon that lives holds it, or it cannot be made.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = self._take()
        os.fchmod(self._file, _MODE)  # whatever the umask: others ask whether we run
        os.ftruncate(self._file, 0)
        os.write(self._file, b"%d\n" % os.getpid())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._is_ours(self._file):
                os.unlink(self._path)
        except OSError:
            os.ftruncate(self._file, 0)
        finally:
            os.close(self._file)

    def _take(self) -> int:
        """Return the file, open and locked; another one may take its place until it is."""
        for _ in range(_TRIES):
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                file = os.open(self._path, flags, _MODE)
            except OSError as error:
                words = f"cannot make the pid file {self._path}: {error.strerror}"
                raise ConfigError(words) from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise self._held(file) from error
            if self._is_ours(file):
                return file
            os.close(file)
        raise ConfigError(f"cannot make the pid file {self._path}: others replace it all the time")

    def _is_ours(self, file: int) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(os.stat(self._path, follow_symlinks=False), os.fstat(file))
        return False

    def _held(self, file: int) -> ConfigError:
        number = os.pread(file, _SHOWN, 0).decode("ascii", "replace").strip()
        os.close(file)
        who = f"process {number}" if number.isdigit() else "another process"
        return ConfigError(
            f"a daemon with the pid file {self._path} runs already: {who}",
            hint="Stop it first, or give this one another --pidfile.",
        )
