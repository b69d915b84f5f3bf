"""The login: nothing else is answered before, and all that fails looks the same."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.crypto import COSTS, LoginClient, Stretched
from tardis.model import (
    AuthenticationError,
    RemoteProtocolError,
    RightsError,
    StoreError,
    TardisError,
)
from tardis.protocol import Message
from tardis.protocol.codec import Encoder
from tardis.protocol.messages import (
    Fingerprints,
    Goodbye,
    LoginProof,
    LoginWanted,
    OpenSet,
    Welcome,
)
from tardis.server.login import Attempts
from tardis.store import DaemonState, change_keys, create_store, keys_of
from tests.crypto.slots import quick, slot_of
from tests.server.talker import BOX, WISH, Kit, Talker
from tests.server.trees import Tree

PASSWORD = "the right one"


@pytest.fixture
def closed(kit: Kit) -> Kit:
    """A daemon whose client has a password."""
    create_store(kit.place(), BOX)
    identity = keys_of(kit.place(), BOX)
    assert identity is not None
    slot = slot_of(PASSWORD)
    change_keys(kit.place(), BOX, lambda keys: keys.with_slot(slot))
    return kit


def restart(kit: Kit, **options: object) -> None:
    kit.options = replace(kit.options, **options)  # type: ignore[arg-type]
    kit.__post_init__()


def prove(talker: Talker, password: str) -> LoginClient:
    """Answer the daemon's question."""
    wanted = talker.expect(LoginWanted)
    client = LoginClient(quick(password, wanted.salt).login)
    talker.say(LoginProof(client.public, client.prove(wanted.login_salt, wanted.answer)))
    return client


def try_login(kit: Kit, password: str, client: str = BOX, slot: str = "main") -> TardisError:
    """Log in with a wrong password; return what is said to that."""
    with Talker(kit.connect()) as talker:
        talker.greet(client, is_creating=False, slot=slot)
        try:
            prove(talker, password)
        except TardisError as error:
            return error
        return talker.trouble()


def test_the_right_password_lets_in_and_is_answered_by_a_proof(closed: Kit) -> None:
    with Talker(closed.connect()) as talker:
        talker.greet(is_creating=False, slot="main")
        client = prove(talker, PASSWORD)
        welcome = talker.expect(Welcome)
        client.check(welcome.proof)
        keys = keys_of(closed.place(), BOX)
        assert keys is not None
        assert (welcome.wrapped, welcome.repository) == (
            keys.slots[0].wrapped,
            keys.repository.id,
        )
        talker.open_set(is_creating=False)


def test_a_client_that_gave_no_password_is_asked_for_it(closed: Kit) -> None:
    with Talker(closed.connect()) as talker:
        talker.greet(is_creating=False)
        prove(talker, PASSWORD)
        talker.expect(Welcome)


def test_any_of_several_passwords_lets_in(closed: Kit) -> None:
    change_keys(closed.place(), BOX, lambda keys: keys.with_slot(slot_of("second", "laptop")))
    with Talker(closed.connect()) as talker:
        talker.greet(is_creating=False, slot="laptop")
        prove(talker, "second")
        talker.expect(Welcome)
    assert isinstance(try_login(closed, "second"), AuthenticationError)


def test_wrong_password_unknown_client_and_unknown_slot_look_alike(closed: Kit) -> None:
    said = []
    for client, slot in ((BOX, "main"), ("nobody", "main"), (BOX, "none"), ("nobody", "")):
        error = try_login(closed, "wrong", client, slot)
        said.append((type(error), str(error), error.hint))
    assert len(set(said)) == 1
    assert said[0][0] is AuthenticationError


def test_the_questions_look_alike_and_stay_the_same(closed: Kit) -> None:
    change_keys(
        closed.place(),
        BOX,
        lambda keys: keys.with_slot(replace(keys.slots[0], cost=COSTS["usual"])),
    )

    def question(client: str, slot: str = "main") -> LoginWanted:
        with Talker(closed.connect()) as talker:
            talker.greet(client, is_creating=False, slot=slot)
            return talker.expect(LoginWanted)

    def looks(one: LoginWanted) -> tuple[int, ...]:
        sizes = (len(one.salt), len(one.login_salt), len(one.answer))
        return (one.memory, one.passes, one.lanes, *sizes)

    real, fake = question(BOX), question("nobody")
    assert looks(real) == looks(fake)
    assert (real.salt, real.login_salt) == (question(BOX).salt, question(BOX).login_salt)
    assert (fake.salt, fake.login_salt) == (question("nobody").salt, question("nobody").login_salt)
    assert question("nobody", "").salt == fake.salt
    assert question("somebody").salt != fake.salt
    assert real.answer != question(BOX).answer and fake.answer != question("nobody").answer
    restart(closed)
    assert question("nobody").salt == fake.salt


@pytest.mark.parametrize(
    "early",
    [replace(WISH, is_creating=False), Fingerprints(0, ()), Goodbye()],
    ids=lambda message: str(message.KIND),
)
def test_nothing_is_answered_before_the_login(closed: Kit, early: Message) -> None:
    transport = closed.connect()
    with Talker(transport) as talker:
        talker.greet(is_creating=False, slot="main")
        talker.expect(LoginWanted)
        transport.write(Encoder().encode(early))
        error = talker.trouble()
    assert isinstance(error, RemoteProtocolError)
    assert "while ASKED" in str(error)
    assert closed.sets() == []


def test_nothing_is_answered_after_a_login_that_failed(closed: Kit) -> None:
    transport = closed.connect()
    with Talker(transport) as talker:
        talker.greet(is_creating=False, slot="main")
        prove(talker, "wrong")
        with suppress(TardisError):
            transport.write(Encoder().encode(replace(WISH, is_creating=False)))
        assert isinstance(talker.trouble(), AuthenticationError)
    assert closed.sets() == []


@pytest.mark.parametrize(
    "public", [b"", bytes(512), b"\1", bytes(4000), b"\xff" * 512], ids=lambda one: str(len(one))
)
def test_numbers_that_are_none_are_refused_like_a_wrong_password(
    closed: Kit, public: bytes
) -> None:
    with Talker(closed.connect()) as talker:
        talker.greet(is_creating=False, slot="main")
        talker.expect(LoginWanted)
        try:
            talker.say(LoginProof(public, bytes(32)))
        except TardisError:
            assert len(public) > 3000  # over the limit of a frame before the welcome
            return
        assert isinstance(talker.trouble(), (AuthenticationError, RemoteProtocolError))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def fails() -> bytes:
    raise AuthenticationError("wrong")


def test_wrong_passwords_cost_ever_more_time(tmp_path: Path) -> None:
    clock = Clock()
    attempts = Attempts(DaemonState(str(tmp_path)), clock)
    waits = []
    for _ in range(8):
        while True:
            try:
                attempts.judge("box 1", fails)
            except AuthenticationError as error:
                if not error.hint:
                    break
                clock.now += 0.5
                waits.append(error.hint)
    assert clock.now - 1000 == 1 + 2 + 4 + 8 + 16
    assert waits[0] == "Try again in 2 seconds."
    attempts.judge("box 2", lambda: b"another address")
    clock.now += 1000
    assert attempts.judge("box 1", lambda: b"right") == b"right"
    with pytest.raises(AuthenticationError) as caught:
        attempts.judge("box 1", fails)
    assert not caught.value.hint
    attempts.refuse_hasty("box 1")


def test_who_has_to_wait_is_not_even_looked_at(tmp_path: Path) -> None:
    clock = Clock()
    attempts = Attempts(DaemonState(str(tmp_path)), clock)
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            attempts.judge("box 1", fails)
    looked: list[int] = []

    def looks() -> bytes:
        looked.append(1)
        return b""

    with pytest.raises(AuthenticationError, match="too many wrong passwords"):
        attempts.judge("box 1", looks)
    with pytest.raises(AuthenticationError):
        attempts.refuse_hasty("box 1")
    assert not looked


def test_a_restart_makes_nobody_wait_less(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            Attempts(DaemonState(str(tmp_path)), clock).judge("box 1", fails)
    with pytest.raises(AuthenticationError, match="too many"):
        Attempts(DaemonState(str(tmp_path)), clock).judge("box 1", lambda: b"right")


def test_guesses_are_logged_for_fail2ban_and_delayed_for_that_address(closed: Kit) -> None:
    closed.is_far = True
    for _ in range(3):
        try_login(closed, "wrong")
    error = try_login(closed, PASSWORD)
    assert "too many wrong passwords" in str(error) and "Try again in" in error.hint
    closed.join()
    lines = [line for line in closed.log if "login failed" in line]
    assert lines == ["login failed for client box from 192.0.2.1"] * 4
    assert "wrong" not in "".join(lines)
    closed.is_far = False
    with Talker(closed.connect()) as talker:
        talker.greet(is_creating=False, slot="main")
        prove(talker, PASSWORD)
        talker.expect(Welcome)


def test_who_is_not_known_is_delayed_as_well(kit: Kit) -> None:
    said = [str(try_login(kit, "wrong", "nobody")) for _ in range(4)]
    assert "too many" in said[-1] and "too many" not in said[0]


def test_a_client_without_a_password_is_refused_where_one_is_required(kit: Kit) -> None:
    create_store(kit.place(), BOX)
    restart(kit, require_password=True)
    for is_creating, client in ((False, BOX), (True, "fresh")):
        with Talker(kit.connect()) as talker:
            talker.greet(client, is_creating=is_creating)
            error = talker.trouble()
        assert isinstance(error, RightsError) and "password" in str(error)
    assert not (kit.base / "fresh").exists()


def new_keys(kit: Kit) -> bytes:
    create_store(kit.place(), "pattern")
    keys = keys_of(kit.place(), "pattern")
    assert keys is not None
    return keys.with_slot(slot_of(PASSWORD)).text()


def test_a_client_is_made_with_its_password_in_one(kit: Kit) -> None:
    text = new_keys(kit)
    restart(kit, require_password=True)
    with Talker(kit.connect()) as talker:
        talker.greet(slot="main")
        assert talker.expect(Welcome).is_new
        talker.open_set(keys=text)
    found = keys_of(kit.place(), BOX)
    assert found is not None and found.text() == text
    assert isinstance(try_login(kit, "wrong"), AuthenticationError)


@pytest.mark.parametrize("slot, keys", [("main", b""), ("", b"x"), ("main", b"[Repository]")])
def test_a_client_that_does_not_send_the_keys_it_spoke_of_is_not_made(
    kit: Kit, slot: str, keys: bytes
) -> None:
    with Talker(kit.connect()) as talker:
        talker.greet(slot=slot)
        talker.expect(Welcome)
        talker.say(replace(WISH, keys=keys))
        assert isinstance(talker.trouble(), RemoteProtocolError)
    assert not (kit.base / BOX).exists()


def test_a_password_that_came_meanwhile_is_asked_for(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        talker.greet(is_creating=False)
        talker.expect(Welcome)
        change_keys(kit.place(), BOX, lambda keys: keys.with_slot(slot_of(PASSWORD)))
        talker.say(replace(WISH, is_creating=False))
        assert isinstance(talker.trouble(), AuthenticationError)
    assert kit.sets() == [(1, 1)]


def test_a_client_that_was_made_meanwhile_is_not_made_over(kit: Kit) -> None:
    text = new_keys(kit)
    wishes: list[Callable[[], OpenSet]] = [
        lambda: replace(WISH, keys=text),
        lambda: replace(WISH, keys=text, is_creating=False),
    ]
    restart(kit, is_local=True)
    for wish, error in zip(wishes, (StoreError, AuthenticationError), strict=True):
        name = f"box-{error.__name__}"
        with Talker(kit.connect()) as talker:
            talker.greet(name, slot="main", is_creating=wish().is_creating)
            talker.expect(Welcome)
            create_store(kit.place(), name)
            talker.say(wish())
            assert isinstance(talker.trouble(), error)


def test_no_password_is_needed_where_there_is_none(kit: Kit) -> None:
    create_store(kit.place(), BOX)
    with Talker(kit.connect()) as talker:
        talker.greet(is_creating=False)
        welcome = talker.expect(Welcome)
    assert not (welcome.proof or welcome.wrapped or welcome.is_new)


def test_what_stands_for_the_kdf_here_is_another_secret_for_each_salt() -> None:
    assert isinstance(quick("x", b"1"), Stretched)
    assert quick("x", b"1") != quick("x", b"2")
