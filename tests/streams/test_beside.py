"""Work beside: what comes is what would come without threads, also where something fails."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tardis.model import DeltaError
from tardis.streams import Errand, iter_ahead, iter_beside, iter_spread
from tardis.streams.beside import AHEAD

PIECES = [bytes([number]) * 1000 for number in range(50)]


def failing(after: int) -> Iterator[bytes]:
    yield from PIECES[:after]
    raise DeltaError("no more")


def threads() -> int:
    return sum(one.name == "beside" for one in threading.enumerate())


@pytest.mark.parametrize("count", [0, 1, AHEAD, AHEAD + 1, 50])
def test_pieces_come_as_they_are(count: int) -> None:
    assert list(iter_ahead(PIECES[:count])) == PIECES[:count]
    assert threads() == 0


def test_pieces_are_taken_by_another_thread_and_only_a_few_ahead() -> None:
    seen: list[str] = []

    def source() -> Iterator[bytes]:
        for piece in PIECES:
            seen.append(threading.current_thread().name)
            yield piece

    ahead = iter_ahead(source())
    for number in range(10):
        assert next(ahead) == PIECES[number]
        assert len(seen) <= number + 1 + AHEAD
    ahead.close()
    assert set(seen) == {"beside"}
    assert len(seen) <= 11 + AHEAD
    assert threads() == 0


@pytest.mark.parametrize("after", [0, 1, 20])
def test_what_the_source_raises_comes_after_what_it_gave(after: int) -> None:
    found = []
    with pytest.raises(DeltaError, match="no more"):
        for piece in iter_ahead(failing(after)):
            found.append(piece)
    assert found == PIECES[:after]
    assert threads() == 0


@pytest.mark.parametrize("count", [0, 1, 2, 7, 50])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_spreading_is_mapping(count: int, number: int) -> None:
    found = list(iter_spread(_turned, PIECES[:count], number))
    assert found == [_turned(one) for one in PIECES[:count]]
    assert threads() == 0


def _turned(piece: bytes) -> bytes:
    return piece[:1] + piece[::-1]


def test_several_threads_work_at_once() -> None:
    meeting = threading.Barrier(3)

    def meet(piece: bytes) -> bytes:
        meeting.wait(60)  # nobody gets past it alone
        return piece

    assert list(iter_spread(meet, PIECES[:6], 3)) == PIECES[:6]


def test_only_a_few_pieces_are_under_way() -> None:
    given = 0

    def source() -> Iterator[bytes]:
        nonlocal given
        for piece in PIECES:
            given += 1
            yield piece

    for number, _ in enumerate(iter_spread(_turned, source(), 2)):
        assert given <= number + 6


def test_what_work_raises_comes_in_its_turn() -> None:
    def picky(piece: bytes) -> bytes:
        if piece == PIECES[9]:
            raise DeltaError("not this one")
        return piece

    found = []
    with pytest.raises(DeltaError, match="not this one"):
        for piece in iter_spread(picky, PIECES):
            found.append(piece)
    assert found == PIECES[:9]
    assert threads() == 0


def test_what_the_source_raises_ends_the_threads() -> None:
    with pytest.raises(DeltaError, match="no more"):
        list(iter_spread(_turned, failing(20)))
    assert threads() == 0


def test_an_errand_is_done_meanwhile() -> None:
    may_end = threading.Event()

    def work() -> int:
        assert may_end.wait(30)
        return 7

    with closing(Errand(work)) as errand:
        assert not errand.is_done
        may_end.set()
        assert errand.result() == 7


def test_what_went_wrong_with_an_errand_is_told_with_its_result() -> None:
    errand = Errand(lambda: int("seven"))
    with closing(errand), pytest.raises(ValueError, match="seven"):
        errand.result()


def test_an_errand_that_nobody_wants_any_more_is_waited_for_and_its_trouble_is_not_told() -> None:
    before = threads()
    with pytest.raises(DeltaError), closing(Errand(lambda: int("seven"))):
        raise DeltaError("something else")
    assert threads() == before


@pytest.mark.parametrize("count", [0, 1, AHEAD + 1, 50])
def test_what_is_used_beside_is_used_whole_and_in_order(count: int) -> None:
    used: list[bytes] = []
    names: set[str] = set()

    def use(piece: bytes) -> None:
        used.append(piece)
        names.add(threading.current_thread().name)

    assert list(iter_beside(use, PIECES[:count])) == used == PIECES[:count]
    assert names <= {"beside"} and threads() == 0


def test_use_that_lags_holds_the_pieces_back() -> None:
    taken: list[int] = []
    go = threading.Event()

    def source() -> Iterator[bytes]:
        for number, piece in enumerate(PIECES):
            taken.append(number)
            yield piece

    with closing(iter_beside(lambda _: go.wait(30), source())) as beside:
        for _ in range(AHEAD):
            next(beside)
        assert len(taken) <= 2 * AHEAD + 1
        go.set()
        assert len(list(beside)) == len(PIECES) - AHEAD
    assert threads() == 0


@pytest.mark.parametrize("after", [0, 1, 20])
def test_what_use_and_source_raise_is_raised(after: int) -> None:
    def use(piece: bytes) -> None:
        if piece == PIECES[after]:
            raise DeltaError("no use")

    with pytest.raises(DeltaError, match="no use"):
        list(iter_beside(use, PIECES))
    found = []
    with pytest.raises(DeltaError, match="no more"):
        for piece in iter_beside(len, failing(after)):
            found.append(piece)
    assert found == PIECES[:after] and threads() == 0
