"""Hooks are run by the shell, told by variables, ended with us, and their failure has a rule."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import pytest

from tardis.cli.hooks import hooked, run_hook
from tardis.cli.main import Terminated
from tardis.cli.settings import load
from tardis.config import Settings
from tardis.model import HookError, LineLostError, Outcome, TardisError

told: list[TardisError] = []


def outcome() -> Outcome:
    return Outcome("nightly", "laptop", "host:7420", 0)


def settings(before: str = "", after: str = "") -> Settings:
    words = ["--pre-command", before, "--post-command", after]
    return load("tardis", words, {"TARDIS_DEFAULTS": "/nowhere"}).settings


def test_a_hook_is_told_by_variables_and_hears_no_input(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_hook(f'echo "$WHO" > {out}; cat >> {out}', {"WHO": "a b; c"}, "Hook")
    assert out.read_text() == "a b; c\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("exit 9", "Hook ended with status 9"),
        ("kill -9 $$", "Hook was ended by signal 9"),
        ("no-such-program 2>&-", "Hook ended with status 127"),
    ],
)
def test_a_hook_that_fails_says_how(command: str, said: str) -> None:
    with pytest.raises(HookError, match=said):
        run_hook(command, {}, "Hook")


def test_what_a_hook_prints_never_mixes_with_our_standard_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run_hook("echo words", {}, "Hook")
    assert capfd.readouterr() == ("", "words\n")


def test_a_hook_and_what_it_started_end_when_there_is_no_time_left(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = f"sleep 600 & echo $! > {mark}; wait"
    with pytest.raises(HookError, match="signal 15"):
        run_hook(command, {}, "Hook", mark.exists)
    with pytest.raises(ProcessLookupError):
        _wait_for_end(int(mark.read_text()))


def test_a_hook_ends_with_the_run_that_is_stopped(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def stop(number: int, frame: object) -> None:
        raise Terminated(number)

    def ask() -> None:
        while not (mark.exists() and mark.read_text() and "_waited" in main_functions()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, stop)
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with pytest.raises(Terminated):
            run_hook(f"echo $$ > {mark}; exec sleep 600", {}, "Hook")
    finally:
        signal.signal(signal.SIGUSR1, before)
        asking.join(30)
    with pytest.raises(ProcessLookupError):
        _wait_for_end(int(mark.read_text()))


def main_functions() -> set[str]:
    """Return the functions that the main thread is in."""
    number = threading.main_thread().ident
    assert number is not None
    frame: FrameType | None = sys._current_frames()[number]
    found = set()
    while frame is not None:
        found.add(frame.f_code.co_name)
        frame = frame.f_back
    return found


def _wait_for_end(process: int) -> None:
    for _ in range(1000):
        os.kill(process, 0)
        stat = Path(f"/proc/{process}/stat")
        if stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            raise ProcessLookupError  # nobody has waited for it yet, but it is over
        time.sleep(0.01)


def test_the_command_before_sees_that_and_the_one_after_sees_how_it_went(tmp_path: Path) -> None:
    out = tmp_path / "out"
    say = f'echo "$TARDIS_RUN_JOB $TARDIS_RUN_OUTCOME $TARDIS_RUN_STATUS" >> {out}'
    one = outcome()
    with hooked(settings(say, say), one, told.append):
        one.status = 3
    assert out.read_text() == "nightly before 0\nnightly problems 3\n"


def test_when_the_one_before_fails_nothing_is_done_but_the_one_after(tmp_path: Path) -> None:
    out, one = tmp_path / "out", outcome()
    say = f'echo "$TARDIS_RUN_STATUS $TARDIS_RUN_ERROR" > {out}'
    with pytest.raises(HookError), hooked(settings("false", say), one, told.append):
        raise AssertionError("the run was begun")
    assert out.read_text() == "6 PreCommand ended with status 1\n"


def test_the_one_after_runs_when_the_backup_failed_and_does_not_hide_why(tmp_path: Path) -> None:
    told.clear()
    out, one = tmp_path / "out", outcome()
    after = f'echo "$TARDIS_RUN_STATUS $TARDIS_RUN_ERROR" > {out}; false'
    with pytest.raises(LineLostError), hooked(settings("", after), one, told.append):
        raise LineLostError("no answer")
    assert out.read_text() == "23 no answer\n"
    assert list(map(str, told)) == ["PostCommand ended with status 1"]


def test_a_good_backup_whose_last_command_fails_is_no_success() -> None:
    with (
        pytest.raises(HookError, match="PostCommand"),
        hooked(settings("", "false"), outcome(), told.append),
    ):
        pass
