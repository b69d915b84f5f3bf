"""Errors to words and statuses, signals to statuses."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tardis.cli.main import INTERRUPTED, PIPE_CLOSED, Terminated, run, stoppable
from tardis.model import ConfigError, NoSpaceError, TardisError, error_classes

Command = Callable[[Sequence[str]], int]
TOP = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tardis"])


def raising(error: BaseException) -> Command:
    def command(argv: Sequence[str]) -> int:
        raise error

    return command


def test_a_status_passes_through() -> None:
    assert run(len, ["a", "b", "c"]) == 3


@pytest.mark.parametrize("kind", error_classes())
def test_every_error_has_its_status(kind: type[TardisError]) -> None:
    assert run(raising(kind("x")), []) == kind.exit_status


def test_an_error_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    error = NoSpaceError("/srv is full", hint="Make room.")
    assert run(raising(error), []) == 18
    captured = capsys.readouterr()
    assert captured.err == "tardis: error: /srv is full\ntardis: hint: Make room.\n"
    assert captured.out == ""


def test_nothing_in_a_message_drives_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run(raising(ConfigError("no \x1b[31mfile\n\udcff")), [])
    assert capsys.readouterr().err == "tardis: error: no \\x1b[31mfile\\x0a\\xff\n"


def test_the_call_chain_of_an_error_is_shown_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(raising(ConfigError("odd")), ["--exceptions"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_a_package_that_is_not_installed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    missing = ModuleNotFoundError("No module named 'gone.part'", name="gone.part")
    assert run(raising(missing), []) == ConfigError.exit_status
    error = capsys.readouterr().err
    assert error.startswith("tardis: error: the Python package gone, which this needs, is not ")
    assert error.count("\n") == 2
    ours = ModuleNotFoundError("No module named 'tardis.gone'", name="tardis.gone")
    assert run(raising(ours), []) == 70
    assert "Traceback" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(raising(ZeroDivisionError("ours")), []) == 70
    error = capsys.readouterr().err
    assert "ZeroDivisionError: ours" in error
    assert "tardis: error: this is a bug" in error


@pytest.mark.parametrize(("code", "status"), [(0, 0), (2, 2), (None, 0), ("words", 1)])
def test_the_end_that_argparse_makes_is_a_status(code: object, status: int) -> None:
    assert run(raising(SystemExit(code)), []) == status


def test_control_c_is_130() -> None:
    assert run(raising(KeyboardInterrupt()), []) == INTERRUPTED == 130


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_the_command_and_gives_its_status(
    number: signal.Signals, status: int
) -> None:
    cleaned = []

    def command(argv: Sequence[str]) -> int:
        try:
            os.kill(os.getpid(), number)
            while True:  # a pause would miss a signal that another thread has taken
                time.sleep(0.01)
        finally:
            cleaned.append(True)
        return 0

    before = signal.getsignal(number)
    assert run(command, []) == status
    assert cleaned == [True]
    assert signal.getsignal(number) is before


def test_the_stop_is_no_ordinary_exception() -> None:
    assert not issubclass(Terminated, Exception)


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(run(lambda argv: 7, [])))
    thread.start()
    thread.join()
    assert found == [7]


def python(script: str) -> subprocess.Popen[bytes]:
    streams = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script], cwd=TOP, stdout=streams, stderr=streams)


def test_a_closed_pipe_ends_quietly() -> None:
    script = (
        "import sys\n"
        "from tardis.cli.main import run\n"
        "def command(argv):\n"
        "    while True: print('x' * 1000)\n"
        "sys.exit(run(command, []))\n"
    )
    process = python(script)
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait() == PIPE_CLOSED == 141
    assert process.stderr.read() == b""
    process.stderr.close()


def test_what_was_printed_before_an_error_is_not_lost() -> None:
    script = (
        "import sys\n"
        "from tardis.cli.main import run\n"
        "from tardis.model import StoreError\n"
        "def command(argv):\n"
        "    print('half')\n"
        "    raise StoreError('gone')\n"
        "sys.exit(run(command, []))\n"
    )
    process = python(script)
    output, _ = process.communicate()
    assert (output, process.returncode) == (b"half\n", 10)
