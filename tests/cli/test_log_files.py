"""Log files are appended to, line by line."""

from pathlib import Path

import pytest

from tardis.cli.log_files import open_log
from tardis.model import ConfigError


def test_a_log_is_appended_to_and_every_line_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    with open_log(str(path)) as log:
        log.write("name \udcff\n")
        assert path.read_text() == "before\nname \\udcff\n"


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot write the log .*: Is a directory"):
        open_log(str(tmp_path))
