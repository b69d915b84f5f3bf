"""Jobs that several processes share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.store.scrub_workers import Work, share
from tests.children import children
from tests.store.workshop import descriptors


@contextmanager
def doubling() -> Iterator[Work]:
    yield lambda number: [number * 2, b"x" * (number % 7) * 1000]


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("jobs", [0, 1, 3, 3000])
def test_every_job_is_answered_once(count: int, jobs: int) -> None:
    before, others = descriptors(), children()
    found = dict(share(count, jobs, doubling))
    assert found == {number: [number * 2, b"x" * (number % 7) * 1000] for number in range(jobs)}
    assert descriptors() == before
    assert children() == others


def test_several_processes_work(tmp_path: Path) -> None:
    @contextmanager
    def begin() -> Iterator[Work]:
        yield lambda _: os.getpid()

    found = {process for _, process in share(2, 400, begin)}
    assert os.getpid() not in found and len(found) <= 2
    assert {process for _, process in share(1, 4, begin)} == {os.getpid()}


def test_an_error_of_ours_is_not_lost() -> None:
    @contextmanager
    def begin() -> Iterator[Work]:
        yield lambda number: 1 // (number - 5)

    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        dict(share(2, 10, begin))


def test_a_process_that_dies_is_noticed() -> None:
    @contextmanager
    def begin() -> Iterator[Work]:
        yield lambda number: os._exit(9) if number == 3 else number

    with pytest.raises(StoreError, match="too early"):
        dict(share(2, 4, begin))


def test_giving_up_leaves_no_process() -> None:
    @contextmanager
    def begin() -> Iterator[Work]:
        yield lambda _: b"x" * 100_000

    before, others = descriptors(), children()
    answers = share(3, 500, begin)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert descriptors() == before
    assert children() == others
