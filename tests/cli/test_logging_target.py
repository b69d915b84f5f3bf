"""The log as an administrator's file of Python's logging wants it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.cli.daemon_log import Log
from tardis.cli.logging_target import LoggingTarget
from tardis.model import ConfigError

FILE = """
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = plain
[logger_root]
level = DEBUG
handlers = file
[handler_file]
class = FileHandler
args = ({path!r}, "a")
formatter = plain
[formatter_plain]
format = %(name)s %(levelname)s <%(message)s>
"""


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.setLevel(level)
    root.handlers[:] = handlers


def test_lines_reach_the_handler_with_their_level(tmp_path: Path) -> None:
    config, path = tmp_path / "log.cfg", tmp_path / "log"
    config.write_text(FILE.format(path=str(path)))
    with Log(LoggingTarget("tardisd", str(config)), 1) as log:
        log("a visit of 100 %s")
        log("no room", is_trouble=True)
    assert path.read_text() == "tardisd INFO <a visit of 100 %s>\ntardisd WARNING <no room>\n"


@pytest.mark.parametrize(
    "text", ["", "no sections", FILE.replace("FileHandler", "NoSuchHandler").format(path="/x")]
)
def test_a_file_that_makes_no_sense_is_an_error_of_the_configuration(
    tmp_path: Path, text: str
) -> None:
    config = tmp_path / "log.cfg"
    config.write_text(text)
    with pytest.raises(ConfigError, match="does not configure logging"):
        LoggingTarget("tardisd", str(config))
    with pytest.raises(ConfigError, match="cannot read"):
        LoggingTarget("tardisd", str(tmp_path / "none"))
