"""What logins cost, and how many there may be at once."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from tardis.model import AuthenticationError, RightsError, StoreBusyError
from tardis.server import Attempts
from tardis.store import WEB_LOGINS, DaemonState, Place, change_keys, create_store
from tardis.web import WebOptions, login
from tardis.web.callers import Caller
from tardis.web.login import Logins, Question
from tests.crypto.slots import slot_of
from tests.web.site import Clock, small_stores
from tests.whole.world import wait_until

NEAR = Caller("127.0.0.1", True, True, True)
FAR = Caller("192.0.2.7", False, False, True)


class Gate:
    """Stretches only once it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.running = threading.Semaphore(0)

    def __call__(self, password: bytes, salt: bytes, _cost: object) -> bytes:
        self.running.release()
        assert self.open.wait(30)
        return hashlib.sha512(salt + password).digest()


class Desk:
    def __init__(self, base: Path) -> None:
        self.gate = Gate()
        self.clock = Clock()
        self.log: list[str] = []
        self.place = Place(str(base))
        with small_stores():
            create_store(self.place, "locked")
            create_store(self.place, "open")
        change_keys(self.place, "locked", lambda keys: keys.with_slot(slot_of("right")))

    def logins(self, **options: Any) -> Logins:
        state = DaemonState(self.place.base, WEB_LOGINS)
        made = WebOptions(self.place, "test", stretch=self.gate, **options)
        return Logins(made, state, Attempts(state, self.clock), self._note, self.clock)

    def _note(self, text: str, *, is_trouble: bool = False) -> None:
        self.log.append(text)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "base")


def test_passwords_are_not_taken_where_others_could_listen(desk: Desk) -> None:
    with pytest.raises(RightsError, match="encrypted connection"):
        desk.logins().by_password("locked", "", "right", FAR)


def test_wrong_passwords_make_the_next_one_wait(desk: Desk) -> None:
    desk.gate.open.set()
    logins = desk.logins()
    for _ in range(3):
        with pytest.raises(AuthenticationError, match="wrong"):
            logins.by_password("locked", "", "wrong", NEAR)
    for _ in range(2):
        with pytest.raises(AuthenticationError, match="too many") as caught:
            logins.by_password("locked", "", "right", NEAR)
        assert caught.value.hint == "Try again in 2 seconds."
    with pytest.raises(AuthenticationError, match="too many"):
        logins.begin("locked", "", NEAR)
    assert isinstance(logins.begin("locked", "", FAR), Question)  # others do not wait
    assert desk.log == ["login failed for client locked from 127.0.0.1"] * 3
    again = desk.logins()  # the counts survive a restart
    with pytest.raises(AuthenticationError, match="too many"):
        again.begin("locked", "", NEAR)
    desk.clock.now += 3
    assert again.by_password("locked", "", "right", NEAR).client == "locked"


def test_few_passwords_are_stretched_at_once_and_one_at_a_time(desk: Desk) -> None:
    logins = desk.logins()

    def enter() -> None:
        logins.by_password("locked", "", "right", NEAR)

    waiting = [threading.Thread(target=enter) for _ in range(login._MOST_STRETCHING)]
    for one in waiting:
        one.start()
    assert desk.gate.running.acquire(timeout=30)
    wait_until(lambda: logins._stretching._value == 0, "all places are taken")
    assert not desk.gate.running.acquire(blocking=False)
    with pytest.raises(StoreBusyError):
        enter()
    desk.gate.open.set()
    for one in waiting:
        one.join(30)
    enter()


def test_questions_that_nobody_answers_are_bounded(desk: Desk) -> None:
    logins = desk.logins()
    for number in range(login._MOST_OF_ONE + 5):
        logins.begin("locked", "", FAR._replace(address=f"192.0.2.{number % 2}"))
    assert len(logins._asked) == login._MOST_OF_ONE + 5
    for _ in range(login._MOST_OF_ONE):
        logins.begin("locked", "", FAR)
    assert sum(one.address == FAR.address for one in logins._asked.values()) == login._MOST_OF_ONE
    desk.clock.now += 301
    logins.begin("locked", "", FAR)
    assert len(logins._asked) == 1


def test_clients_without_a_password(desk: Desk) -> None:
    usual = desk.logins()
    access = usual.begin("open", "", NEAR)
    assert not isinstance(access, Question) and usual.still_holds(access, NEAR)
    assert not usual.still_holds(access, FAR)
    with pytest.raises(RightsError, match="own machine"):
        usual.begin("open", "", FAR)
    assert desk.logins(allow_open=True).begin("open", "", FAR) == access
    with pytest.raises(RightsError, match="own machine"):
        desk.logins(allow_open=True).begin("open", "", FAR._replace(is_direct=False))
    for caller in (NEAR, FAR):
        with pytest.raises(RightsError, match="wants one of every client"):
            desk.logins(require_password=True, allow_open=True).begin("open", "", caller)
    change_keys(desk.place, "open", lambda keys: keys.with_slot(slot_of("now")))
    assert not usual.still_holds(access, NEAR)
