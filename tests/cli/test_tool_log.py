"""What the tools say goes to the logs that were asked for."""

import re
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.regenerate import command as regenerate
from tardis.cli.sonic import command as sonic

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "


def where(tmp_path: Path) -> list[str]:
    return ["-D", str(tmp_path / "base"), "-C", "me"]


def test_what_sonic_did_is_in_its_log_and_not_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    assert run(sonic, ["--log", str(log), "create", *where(tmp_path)]) == 0
    assert re.fullmatch(STAMP + r"sonic: create for client me: done\n", log.read_text())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("bare", [["--log=:STDERR:"], ["-v"], ["-v", "--log", ":STDERR:"]])
def test_standard_error_is_a_log_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bare: list[str]
) -> None:
    assert run(sonic, [*bare, "create", *where(tmp_path)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("sonic: create for client me: done") == ("-v" in bare)


def test_an_error_is_logged_beside_being_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = [tmp_path / "one", tmp_path / "two"]
    words = [word for log in logs for word in ("--log", str(log))]
    assert run(regenerate, [*where(tmp_path), *words, "/x"]) == 10
    for log in logs:
        assert re.fullmatch(
            STAMP + r"regenerate: error: there is no backup of me.*\n", log.read_text()
        )
    assert "error: there is no backup of me" in capsys.readouterr().err


def test_a_configuration_file_names_logs_too(tmp_path: Path) -> None:
    config = tmp_path / "tools.cfg"
    config.write_text(f"[Tardis]\nLogFiles = {tmp_path}/log\n")
    assert run(sonic, ["--config", str(config), "create", *where(tmp_path)]) == 0
    assert "create for client me: done" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sonic, ["--log", str(tmp_path), "list", *where(tmp_path)]) == 4
    assert "cannot write the log" in capsys.readouterr().err
