"""Log files, opened the same way by every program."""

from typing import TextIO

from tardis.model import ConfigError


def open_log(path: str) -> TextIO:
    """Open *path* to append whole lines to it; the caller closes it.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        return open(path, "a", buffering=1, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"cannot write the log {path}: {error.strerror}") from error
