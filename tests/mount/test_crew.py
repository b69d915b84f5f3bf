"""Jobs of one key keep their order, those of others need not wait for them."""

import threading
from functools import partial

from tardis.mount.crew import Crew

PATIENCE = 60.0


def test_jobs_of_one_key_are_done_in_order_and_never_at_once() -> None:
    crew, busy, last = Crew(4), threading.Lock(), threading.Event()
    done: list[int] = []

    def job(number: int) -> None:
        assert busy.acquire(blocking=False)
        done.append(number)
        busy.release()
        if number == 199:
            last.set()

    for number in range(200):
        crew.do("one", partial(job, number))
    assert last.wait(PATIENCE) and done == list(range(200))
    assert crew.end(PATIENCE) and len(crew._threads) == 1


def test_a_job_that_waits_holds_up_its_own_key_alone() -> None:
    crew, lifted = Crew(4), threading.Event()
    done: list[str] = []
    crew.do("slow", lambda: lifted.wait(PATIENCE))
    crew.do("slow", lambda: done.append("behind"))
    quick = threading.Event()
    crew.do("other", quick.set)
    assert quick.wait(PATIENCE) and done == []
    lifted.set()
    behind = threading.Event()
    crew.do("slow", behind.set)
    assert behind.wait(PATIENCE) and done == ["behind"]
    assert crew.end(PATIENCE)


def test_more_keys_than_threads_take_turns() -> None:
    crew, lifted, last = Crew(1), threading.Event(), threading.Event()
    order: list[str] = []
    crew.do("first", lambda: lifted.wait(PATIENCE))
    for key in "abab":
        crew.do(key, partial(order.append, key))
    crew.do("c", last.set)
    lifted.set()
    assert last.wait(PATIENCE)
    assert sorted(order[:2]) == ["a", "b"] and len(crew._threads) == 1
    assert crew.end(PATIENCE)


def test_threads_are_used_again() -> None:
    crew = Crew(8)
    for number in range(20):
        done = threading.Event()
        crew.do(number, done.set)
        assert done.wait(PATIENCE)
        while not crew._idle:
            pass
    assert len(crew._threads) == 1 and not crew._waiting
    assert crew.end(PATIENCE)


def test_what_has_not_begun_at_the_end_is_dropped_and_what_has_is_waited_for() -> None:
    crew, begun, lifted = Crew(1), threading.Event(), threading.Event()
    done: list[str] = []

    def job() -> None:
        begun.set()
        lifted.wait(PATIENCE)
        done.append("begun")

    crew.do("one", job)
    for key in ("one", "other"):
        crew.do(key, lambda: done.append("never"))
    assert begun.wait(PATIENCE)
    assert not crew.end(0.01)
    lifted.set()
    crew._threads[0].join(PATIENCE)
    assert done == ["begun"] and crew.end(0.0)
