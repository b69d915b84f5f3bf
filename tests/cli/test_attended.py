"""One job that nobody watches: when nothing is done, and when it is tried again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tardis.cli import attended, backup_once
from tardis.cli.attended import Retries, attend, new_outcome
from tardis.cli.backup_log import BackupLog
from tardis.cli.settings import load
from tardis.config import Settings
from tardis.model import ConfigError, LineLostError, Outcome, StoreBusyError
from tardis.net import Line
from tardis.policy import Supply
from tests.client.fakes import FakeServer

ENVIRON = {"TARDIS_DEFAULTS": "/nowhere"}


def settings_of(*words: str) -> Settings:
    return load("tardis", words, ENVIRON).settings


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[FakeServer]:
    """Give the servers that answer one call each; where there is none, the line is lost."""
    waiting: list[FakeServer] = []

    @contextmanager
    def connect(settings: Settings) -> Iterator[Line]:
        if not waiting:
            raise LineLostError("cannot connect")
        line, _ = waiting.pop(0).start()
        try:
            yield line
        finally:
            line.close()

    for module in (attended, backup_once):
        monkeypatch.setattr(module, "connected", connect)
    return waiting


def run(*words: str) -> tuple[int, Outcome]:
    settings = settings_of(*words)
    outcome = new_outcome(settings)
    return attend(settings, words, outcome), outcome


@pytest.fixture
def tree(tmp_path: Path) -> str:
    (tmp_path / "file").write_bytes(b"1")
    return str(tmp_path)


def test_an_outcome_says_what_came_of_it(servers: list[FakeServer], tree: str) -> None:
    servers.append(FakeServer())
    status, outcome = run("--client", "c", "-s", "h:9", tree)
    assert (status, outcome.status, outcome.kind) == (0, 0, "complete")
    assert (outcome.client, outcome.server, outcome.set_name) == ("c", "h:9", "set")
    assert (outcome.set_number, outcome.attempts, outcome.report.files) == (1, 1, 1)
    assert outcome.ended_ns >= outcome.started_ns > 0


def test_nothing_is_done_on_battery(
    servers: list[FakeServer], tree: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attended, "read_supplies", lambda: [Supply("Battery", "", "Discharging")])
    status, outcome = run("--on-ac-only", "--pre-command", "false", tree)
    assert (status, outcome.kind) == (0, "skipped")
    servers.append(FakeServer())
    assert run(tree)[1].kind == "complete"
    monkeypatch.setattr(attended, "read_supplies", lambda: [Supply("Mains", "1")])
    servers.append(FakeServer())
    assert run("--on-ac-only", tree)[1].kind == "complete"


@pytest.mark.parametrize(("age", "kind"), [(3599, "skipped"), (3600, "complete")])
def test_nothing_is_done_while_the_newest_set_is_young(
    servers: list[FakeServer], tree: str, age: int, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = FakeServer(newest=("Daily", age * 10**9))
    servers += [asked, FakeServer()]
    status, outcome = run("--min-interval", "1h", "-v", "--job", "Tardis", tree)
    assert (status, outcome.kind) == (0, kind)
    shown = "nothing is done: Daily is 59m old, and a new set is due after 1h\n"
    assert (shown in capsys.readouterr().err) == (kind == "skipped")
    assert len(servers) == (kind == "skipped")


def test_a_client_without_sets_and_one_that_is_made_are_always_due(
    servers: list[FakeServer], tree: str
) -> None:
    servers += [FakeServer(newest=("", 0)), FakeServer()]
    assert run("--min-interval", "1h", tree)[1].kind == "complete"
    servers.append(FakeServer())
    assert run("--min-interval", "1h", "--create", tree)[1].kind == "complete"


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def retries(*words: str) -> tuple[Retries, Outcome, list[float]]:
    slept: list[float] = []
    outcome = Outcome("", "c", "s", 0)
    settings = settings_of(*words)
    return Retries(settings, outcome, BackupLog(settings), slept.append), outcome, slept


def test_what_may_pass_is_tried_again_and_waited_for_longer_each_time() -> None:
    tries, outcome, slept = retries("--retry", "3", "--retry-wait", "10s")
    errors = [LineLostError("cut"), StoreBusyError("busy"), LineLostError("cut")]
    assert tries.until_done(failing(*errors)) == "done"
    assert (slept, outcome.attempts) == ([10, 20, 40], 4)


def test_the_attempts_of_all_parts_count_together() -> None:
    tries, outcome, slept = retries("--retry", "1", "--retry-wait", "0s")
    assert tries.until_done(failing(LineLostError("cut"))) == "done"
    with pytest.raises(LineLostError, match="again"):
        tries.until_done(failing(LineLostError("again")))
    assert (slept, outcome.attempts) == ([0], 2)


def test_what_waiting_does_not_change_is_not_tried_again() -> None:
    tries, outcome, slept = retries("--retry", "9")
    with pytest.raises(ConfigError):
        tries.until_done(failing(ConfigError("odd")))
    assert (slept, outcome.attempts) == ([], 1)
    tries, _, slept = retries()
    with pytest.raises(LineLostError):
        tries.until_done(failing(LineLostError("cut")))
    assert slept == []


def test_a_failure_says_which_run_it_was(
    servers: list[FakeServer], tree: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-s", "h:9", "--client", "c", "--retry", "1", "--retry-wait", "0s", tree)
    with pytest.raises(LineLostError):
        run(*words)
    assert capsys.readouterr().err == (
        "tardis: backup of c to h:9: failed after 2 attempts with status 23\n"
    )
    assert servers == []


def test_hooks_stand_around_all_attempts(
    servers: list[FakeServer], tree: str, tmp_path: Path
) -> None:
    out = tmp_path / "hooks"
    hook = f"echo $TARDIS_RUN_OUTCOME $TARDIS_RUN_STATUS $TARDIS_RUN_SET >> {out}"
    words = ["--pre-command", hook, "--post-command", hook, "--retry", "1", "--retry-wait", "0s"]
    with pytest.raises(LineLostError):
        run(*words, tree)
    servers.append(FakeServer())
    run(*words, tree)
    assert out.read_text() == "before 0\nfailed 23\nbefore 0\ncomplete 0 set\n"
