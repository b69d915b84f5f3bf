"""What every test stands on: a clean environment, a guard against hangs, honest skips."""

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from hypothesis import HealthCheck, settings

from tests.facilities import FACILITIES, LONG, counts, need, report

__all__ = ["counts"]

GUARD_SECONDS = 60
"""How long a test may take before it counts as hung; `@pytest.mark.guard(n)` sets another."""

LONG_FACTOR = 30
"""How much more patience the full counts need."""

GRACE_SECONDS = 30
"""Time for a hung test to fail by itself before its process is ended."""

for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup; programs would inherit it
        signal.signal(number, handler)

settings.register_profile(
    "short",
    derandomize=True,
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    max_examples=2000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if LONG else "short")


def pytest_report_header() -> list[str]:
    """Say what this machine can do, and how much is asked of it."""
    return [
        f"this machine: {report()}",
        f"counts: {'full (TARDIS_TEST_LONG)' if LONG else 'reduced'}",
    ]


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """Let no program that ran within a test leave its umask to the next one."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


class Hung(BaseException):
    """The test took longer than its guard allows; no `except Exception` may swallow that."""


def guard_seconds(item: pytest.Item) -> int:
    """Return how long *item* may take."""
    marker = item.get_closest_marker("guard")
    seconds = int(marker.args[0]) if marker else GUARD_SECONDS
    return seconds * LONG_FACTOR if LONG else seconds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Fail a test that hangs, with every thread's stack; end the process if it resists.

    The alarm rings again and again, so that a test's own clean-up may not hang either.
    """
    if threading.current_thread() is not threading.main_thread():
        return (yield)  # no signals here
    seconds = guard_seconds(item)

    def ring(number: int, frame: FrameType | None) -> None:
        faulthandler.dump_traceback(file=sys.__stderr__ or 2, all_threads=True)
        raise Hung(f"{item.nodeid} took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, GRACE_SECONDS)
    faulthandler.dump_traceback_later(seconds + 3 * GRACE_SECONDS, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail the tests whose marks name what this machine does not have."""
    if item.get_closest_marker("long") and not LONG:
        pytest.skip("runs with tools/test --long")
    for name in FACILITIES:
        if item.get_closest_marker(name):
            need(name)


@pytest.fixture
def facility() -> Callable[[str], None]:
    """Ask half-way through a test: `facility("acl")` skips it, or fails, or goes on."""
    return need


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the person at the keyboard reach a test, or a program it starts."""
    for name in list(os.environ):
        if name.startswith("TARDIS_") and not name.startswith("TARDIS_TEST_"):
            monkeypatch.delenv(name)
