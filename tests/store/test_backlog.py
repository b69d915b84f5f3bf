"""Jobs are done in order, in the background, and a failure is never lost."""

import threading
from functools import partial

import pytest

from tardis.model import IntegrityError, NoSpaceError, StoreError
from tardis.store import backlog as module
from tardis.store.backlog import Backlog


@pytest.fixture
def done() -> list[int]:
    return []


def full() -> None:
    raise OSError(28, "No space left on device")


def test_jobs_are_done_in_their_order(done: list[int]) -> None:
    backlog = Backlog("/store")
    for number in range(1000):
        backlog.put(partial(done.append, number), 1)
    backlog.wait(backlog.mark())
    assert done == list(range(1000))
    backlog.close()


def test_whoever_hands_over_waits_while_too_much_waits(
    done: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", 10)
    go, handed = threading.Event(), threading.Event()
    backlog = Backlog("/store")
    backlog.put(partial(go.wait, 60), 11)

    def hand_over() -> None:
        backlog.put(partial(done.append, 1), 1)
        handed.set()

    thread = threading.Thread(target=hand_over)
    thread.start()
    assert not handed.wait(0.05)
    go.set()
    assert handed.wait(60)
    thread.join()
    backlog.wait(backlog.mark())
    assert done == [1]
    backlog.close()


@pytest.mark.parametrize(
    "error, kind",
    [(OSError(28, "full"), NoSpaceError), (IntegrityError("bad"), IntegrityError),
     (ZeroDivisionError(), StoreError)],
)  # fmt: skip
def test_a_failure_ends_all_but_what_is_always_due(
    done: list[int], error: Exception, kind: type[Exception]
) -> None:
    def fail() -> None:
        raise error

    backlog = Backlog("/store")
    backlog.put(fail, 0)
    with pytest.raises(kind):
        backlog.wait(backlog.mark())
    with pytest.raises(kind):
        backlog.check()
    with pytest.raises(kind):
        backlog.put(partial(done.append, 1), 0)
    backlog.put(partial(done.append, 2), 0, always=True)
    backlog.close()
    assert done == [2]


def test_the_first_failure_is_the_one_that_is_told() -> None:
    backlog = Backlog("/store")
    go = threading.Event()
    backlog.put(partial(go.wait, 60), 0)
    backlog.put(full, 0)
    backlog.put(partial(int, "never reached"), 0)
    go.set()
    with pytest.raises(NoSpaceError, match="/store"):
        backlog.wait(backlog.mark())
    backlog.close()


def test_closing_drops_what_waits_but_for_what_is_always_due(done: list[int]) -> None:
    backlog = Backlog("/store")
    go, begun = threading.Event(), threading.Event()
    backlog.put(begun.set, 0)
    backlog.put(partial(go.wait, 60), 0)
    backlog.put(partial(done.append, 1), 0)
    backlog.put(partial(done.append, 2), 0, always=True)
    assert begun.wait(60)
    closing = threading.Thread(target=backlog.close)
    closing.start()
    while not backlog._is_stopping:
        pass
    go.set()
    closing.join(60)
    assert done == [2]
