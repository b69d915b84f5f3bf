"""Who hears of a run, and how often."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.cli.main import tell_error
from tardis.cli.notices import notify_of
from tardis.cli.settings import load
from tardis.cli.user_state import state_folder
from tardis.model import Outcome, Problem, Report

SECOND_NS = 10**9
DAY_NS = 86_400 * SECOND_NS
Tell = Callable[..., list[str]]


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Give what reports one run, and returns what somebody has heard of it."""
    out = tmp_path / "heard"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    command = f'echo "$TARDIS_NOTICE_EVENT $TARDIS_NOTICE_OVER" >> {out}'

    def report(*words: str, day: int = 1, **fields: object) -> list[str]:
        out.unlink(missing_ok=True)
        settings = load(
            "tardis", ["--notify-command", command, *words], {"TARDIS_DEFAULTS": "/nowhere"}
        ).settings
        outcome = Outcome("", "laptop", "host:7420", day * DAY_NS, day * DAY_NS)
        for name, value in fields.items():
            setattr(outcome, name, value)
        notify_of(settings, outcome, tell_error)
        return out.read_text().splitlines() if out.exists() else []

    return report


FAILED = {"status": 23, "error": "no answer"}
GOOD = {"set_name": "Daily"}


def test_a_failure_is_told_once_and_so_is_that_it_works_again(tell: Tell) -> None:
    assert tell(**GOOD) == []
    assert tell(**FAILED) == ["failure 0"]
    assert tell(**FAILED) == []
    assert tell(**GOOD) == ["failure 1"]
    assert tell(**GOOD) == []


def test_each_job_has_its_own_episodes(tell: Tell) -> None:
    assert tell(**FAILED) == ["failure 0"]
    assert tell(**FAILED, job="music") == ["failure 0"]
    assert tell(**GOOD, job="music") == ["failure 1"]
    assert tell(**FAILED) == []


def test_problems_are_trouble_of_their_own(tell: Tell) -> None:
    report = Report(problems=[Problem(b"/x", "no")])
    assert tell(**GOOD, status=3, problems=1, report=report) == ["problems 0"]
    assert tell(**FAILED) == ["failure 0"]
    assert tell(**GOOD) == ["failure 1", "problems 1"]


def test_a_run_that_was_stopped_or_not_due_is_no_news(tell: Tell) -> None:
    assert tell(**FAILED) == ["failure 0"]
    assert tell(status=143, error="signal 15") == []
    assert tell(skipped="too early") == []
    assert tell(**GOOD) == ["failure 1"]


def test_an_old_backup_is_told_of_though_every_run_is_skipped(tell: Tell) -> None:
    words = ("--stale-after", "3d")
    assert tell(*words, day=1, **GOOD) == []
    assert tell(*words, day=3, skipped="on battery") == []
    assert tell(*words, day=4, skipped="on battery") == ["stale 0"]
    assert tell(*words, day=5, **FAILED) == ["failure 0"]
    assert tell(*words, day=6, **GOOD) == ["failure 1", "stale 1"]


def test_a_way_that_fails_is_tried_again_next_time(
    tell: Tell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell("--notify-command", "exit 1", **FAILED) == []
    assert "NotifyCommand ended with status 1" in capsys.readouterr().err
    assert tell(**FAILED) == ["failure 0"]


@pytest.mark.parametrize("damage", ["", "[]", '{"episodes": {"failure": 5}}', "\xff"])
def test_a_memory_that_cannot_be_read_is_empty(tell: Tell, damage: str) -> None:
    assert tell(**FAILED) == ["failure 0"]
    (file,) = Path(state_folder()).iterdir()
    file.write_bytes(damage.encode("latin-1"))
    assert tell(**FAILED) == ["failure 0"]
    assert json.loads(file.read_text())["episodes"]["failure"]["is_told"]


def test_nothing_is_kept_where_nobody_wants_to_hear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = load("tardis", [], {"TARDIS_DEFAULTS": "/nowhere"}).settings
    outcome = Outcome("", "laptop", "host", 0, status=23, error="x")
    notify_of(settings, outcome, tell_error)
    assert list(tmp_path.iterdir()) == []


def test_state_lies_in_the_users_home_unless_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    assert state_folder() == "/home/me/.local/state/tardis"
