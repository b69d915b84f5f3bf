"""A daemon's log by the words of Python's logging, for LogCfg; loaded when that is asked for."""

import logging
import logging.config

from tardis.model import ConfigError


class LoggingTarget:
    """Hands lines to the logger of the program, which a file has configured.

    The file is that of `logging.config.fileConfig`: the administrator's, for it can name any code.

    Args:
        program: Name of the logger.
        path: Of the file.

    Raises:
        ConfigError: It cannot be read, or makes no sense.
    """

    def __init__(self, program: str, path: str) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                logging.config.fileConfig(file, disable_existing_loggers=False)
        except OSError as error:
            raise ConfigError(f"LogCfg: cannot read {path}: {error.strerror}") from error
        except (
            ValueError,
            KeyError,
            RuntimeError,
            ImportError,
            AttributeError,
            TypeError,
        ) as error:
            raise ConfigError(f"LogCfg: {path} does not configure logging: {error}") from error
        self._logger = logging.getLogger(program)

    def write(self, level: str, text: str) -> None:
        """Hand over one line."""
        self._logger.log(logging.getLevelNamesMapping()[level], "%s", text)

    def close(self) -> None:
        """Let everything that was handed over reach its place."""
        for handler in (*self._logger.handlers, *logging.getLogger().handlers):
            handler.flush()
