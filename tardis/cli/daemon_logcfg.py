"""A log that a file of the administrator configures; imported only where LogCfg names one."""

import configparser
import logging
import logging.config
from typing import Final

from tardis.model import ConfigError

_WRONG: Final = (
    configparser.Error,
    AttributeError,
    ImportError,
    KeyError,
    NameError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What `logging.config` raises, by what is wrong in its file."""


class ConfiguredTarget:
    """Python's logging, as a file of the administrator configures it.

    Such a file may name any class and evaluates what it hands to them: whoever may write it
    may do what the daemon may.

    Args:
        program: Name of the logger.
        path: Of the file, in the form of `logging.config.fileConfig`.

    Raises:
        ConfigError: It cannot be used.
    """

    def __init__(self, program: str, path: str) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                logging.config.fileConfig(file, disable_existing_loggers=False)
        except (OSError, *_WRONG) as error:
            words = " ".join(str(error).split()) or type(error).__name__
            raise ConfigError(f"cannot configure logging by {path}: {words}") from error
        self._logger = logging.getLogger(program)

    def write(self, level: str, text: str) -> None:
        """Hand one line to the logger."""
        self._logger.log(logging.WARNING if level == "WARNING" else logging.INFO, "%s", text)

    def close(self) -> None:
        """Leave the logger to who configures it next."""
