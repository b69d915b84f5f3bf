"""The daemon's log: files, the system's log, and what happens when none can be written."""

import os
import re
import socket
from pathlib import Path

import pytest

from tardis.cli.daemon_log import FileTarget, Log, SystemTarget
from tardis.model import ConfigError


def test_trouble_is_written_always_and_the_rest_when_wanted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with Log(FileTarget(str(path)), 0) as log:
        log("a visit")
        log("bad\x1b[31m\nand more", is_trouble=True)
    found = path.read_text()
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"
    assert re.fullmatch(rf"{stamp} WARNING : \[{os.getpid()}\]: bad\\x1b\[31m\nand more\n", found)


def test_it_turns_to_another_file_and_another_level(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with Log(FileTarget(str(one)), 0) as log:
        log("first", is_trouble=True)
        log.turn_to(FileTarget(str(other)), 1)
        log.info("second")
    assert "first" in one.read_text() and "second" not in one.read_text()
    assert "second" in other.read_text()


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    with Log(FileTarget("/dev/full"), 1) as log:
        for _ in range(3):
            log("lost", is_trouble=True)


def test_the_system_log_hears_who_speaks_and_how_grave_it_is(tmp_path: Path) -> None:
    address = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(address)
        line.settimeout(20)
        with Log(SystemTarget("tardisd", address), 1) as log:
            log("grave \udcff", is_trouble=True)
            log("usual")
        head = f"tardisd[{os.getpid()}]: "
        assert line.recv(100).decode() == f"<28>{head}WARNING : grave \\xff"
        assert line.recv(100).decode() == f"<30>{head}INFO : usual"


def test_a_system_log_that_is_not_there_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    with Log(SystemTarget("tardisd", str(tmp_path / "none")), 1) as log:
        log("lost")


def test_a_file_that_cannot_be_opened_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write the log"):
        FileTarget(str(tmp_path / "no" / "log"))
