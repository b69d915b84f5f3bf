"""What the tools say goes to the logs that were asked for."""

import re
from pathlib import Path

import pytest

from tardis.cli import lstardis, tardiff
from tardis.cli.main import run
from tardis.cli.regenerate import command as regenerate
from tardis.cli.sonic import command as sonic
from tests.cli.looking import Opened, caller, small_store
from tests.history.memory_reader import MemoryStore

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


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    made = small_store()
    for program in (lstardis, tardiff):
        monkeypatch.setattr(program, "open_client", lambda settings: Opened(made))
    return made


def test_lstardis_logs_what_it_looked_at_and_what_it_did_not_find(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    done = caller(lstardis, monkeypatch)("--log", str(log), "/data/none", "/data/kept")
    assert (done.status, done.err) == (14, "")
    first, second = log.read_text().splitlines()
    assert re.fullmatch(STAMP + r"lstardis: 3 sets, First to Hourly:12:30", first)
    assert second.endswith("lstardis: /data/none: no backup set that is looked at holds it")


def test_a_search_logs_how_each_version_was_judged(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    words = ["--log", str(log), "--bisect", "! grep -q two", "/data/notes"]
    done = caller(lstardis, monkeypatch)(*words)
    assert (done.status, done.err) == (0, "")
    assert "first fails in Second" in done.out
    said = log.read_text()
    assert "First (set 1) passes" in said and "Second (set 2) fails" in said


def test_tardiff_logs_its_sets_and_what_it_could_not_compare(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    done = caller(tardiff, monkeypatch)("--log", str(log), "-b", "First", "--", "/data/none")
    assert (done.status, done.err) == (14, "")
    assert "/data/none is neither in First nor in" in log.read_text()
    done = caller(tardiff, monkeypatch)(
        "--log", str(log), "-v", "--log", ":STDERR:", "-b", "First", "-b", "2", "/data/notes"
    )
    assert done.status == 1
    for text in (done.err, log.read_text()):
        assert "tardiff: using set First\n" in text and "tardiff: using set Second\n" in text


@pytest.mark.parametrize("words", [["--json"], ["--print0"]])
def test_data_and_a_log_do_not_share_standard_output(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    assert caller(lstardis, monkeypatch)("--log", ":STDOUT:", *words, "/data").status == 2
    assert caller(tardiff, monkeypatch)("--log", ":STDOUT:", "/data/kept").status == 2
