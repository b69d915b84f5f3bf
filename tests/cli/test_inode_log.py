"""The files of a run by inode, for whoever looks into it."""

from pathlib import Path

import pytest

from tardis.cli.inode_log import InodeLog
from tardis.model import ConfigError


def test_each_file_has_its_line_and_what_is_gone_has_no_inode(tmp_path: Path) -> None:
    file = tmp_path / "a\n"
    file.write_bytes(b"1")
    log = InodeLog(str(tmp_path / "log"))
    log.file_done(bytes(file), "New", 1)
    log.file_done(b"/gone", "Known", 2)
    log.close()
    head, first, second = (tmp_path / "log").read_text().splitlines()
    assert head == "inode\tdevice\tkind\tbytes\tpath"
    status = file.stat()
    assert first == f"{status.st_ino}\t{status.st_dev}\tNew\t1\t{tmp_path}/a\\x0a"
    assert second == "0\t0\tKnown\t2\t/gone"


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        InodeLog(str(tmp_path / "no/log"))
