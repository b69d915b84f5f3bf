"""Logging as a file of the administrator configures it."""

import logging
from pathlib import Path

import pytest

from tardis.cli.daemon_log import Log
from tardis.cli.daemon_logcfg import ConfiguredTarget
from tardis.model import ConfigError

LOGGING = """
[loggers]
keys = root,tardisd
[handlers]
keys = file
[formatters]
keys = short
[logger_root]
level = ERROR
handlers =
[logger_tardisd]
level = INFO
handlers = file
qualname = tardisd
propagate = 0
[handler_file]
class = FileHandler
formatter = short
args = ({path!r},)
[formatter_short]
format = %(levelname)s/%(name)s/%(message)s
"""


def test_logging_goes_where_a_file_of_its_own_sends_it(tmp_path: Path) -> None:
    path, config = tmp_path / "log", tmp_path / "logging.cfg"
    config.write_text(LOGGING.format(path=str(path)))
    try:
        with Log(ConfiguredTarget("tardisd", str(config)), 1) as log:
            log("100 % grave", is_trouble=True)
            log("usual")
    finally:
        for handler in logging.getLogger("tardisd").handlers:
            handler.close()
        logging.getLogger("tardisd").handlers.clear()
    assert path.read_text() == "WARNING/tardisd/100 % grave\nINFO/tardisd/usual\n"


@pytest.mark.parametrize("text", [None, "", "rubbish", "[loggers]\nkeys = root\n"])
def test_a_file_that_configures_nothing_is_a_wrong_setting(
    tmp_path: Path, text: str | None
) -> None:
    config = tmp_path / "logging.cfg"
    if text is not None:
        config.write_text(text)
    with pytest.raises(ConfigError, match="cannot configure logging by"):
        ConfiguredTarget("tardisd", str(config))
