from pathlib import Path

import pytest

from tardis.cli.backup_log import BackupLog, FileLogObserver, LogObserver
from tardis.cli.settings import load
from tardis.model import ConfigError


def log(*words: str) -> BackupLog:
    return BackupLog(load("tardis", words, {"TARDIS_DEFAULTS": "/no"}).settings)


def test_remarks_are_of_interest_from_one_v_on(capsys: pytest.CaptureFixture[str]) -> None:
    with log() as quiet:
        quiet.remark(b"/a", "why")
    assert capsys.readouterr().err == ""
    with log("-v") as talking:
        talking.remark(b"/a\n", "why")
    assert capsys.readouterr().err == "/a\\x0a: why\n"


def test_a_line_goes_to_every_log_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    with log("--log", str(path), "--log", ":STDOUT:", "--log", str(path), "--logtime") as both:
        both.write("one\ntwo\x1b")
    lines = path.read_text().splitlines()
    assert [line[20:] for line in lines] == ["one", "two\\x1b"]
    assert lines[0][4:5] == "-"
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (2, "")


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write the log"):
        log("--log", str(tmp_path / "no/log"))


def test_directories_are_named_once_and_files_each(capsys: pytest.CaptureFixture[str]) -> None:
    with log("-vvv") as talking:
        watcher = FileLogObserver(talking)
        watcher.working_on(b"/a")
        watcher.working_on(b"/a")
        watcher.file_done(b"/a/b", "Full", 3)
        LogObserver(talking).file_done(b"/a/c", "Full", 3)
    assert capsys.readouterr().err == "directory /a\nfull /a/b (3 bytes)\n"
