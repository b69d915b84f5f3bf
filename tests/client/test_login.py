"""Logging in, seen from the client: what it proves, and what it does not believe."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Event

import pytest

from tardis.client import Access, JobOptions, SetWish
from tardis.client.greeting import open_set
from tardis.crypto import CLASSIC_COST, KdfCost, KeysFile, Keyslot, LoginServer, Stretched, unwrap
from tardis.model import (
    AuthenticationError,
    RemoteProtocolError,
    StoreError,
    TardisError,
    UsageError,
)
from tardis.protocol import PROTOCOL, Message
from tardis.protocol.messages import (
    Hello,
    LoginProof,
    LoginWanted,
    OpenSet,
    SetOpened,
    Welcome,
)
from tests.client.fakes import KEY
from tests.client.recorder import Recorder
from tests.crypto.slots import FLOOR, IDENTITY, ring, slot_of

OPENED = SetOpened(1, "s", True, bytes(16), "modern", KEY, ())
SLOT = slot_of("right")


def quick(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
    assert cost == FLOOR
    return hashlib.sha512(salt + password).digest()


@dataclass
class Given:
    """A password that is given, or that nobody gives."""

    text: bytes = b"right"
    is_given: bool = True
    asked: list[str] = field(default_factory=list)

    def known(self) -> bytes:
        self.asked.append("known")
        if not self.text:
            raise AuthenticationError("nobody is there")
        return self.text

    def fresh(self) -> bytes:
        self.asked.append("fresh")
        return self.text


class Keeper(Recorder):
    """A server with a verifier."""

    def __init__(self, change: Callable[[Welcome], Welcome] = lambda welcome: welcome) -> None:
        super().__init__()
        self.server = LoginServer(SLOT.login_salt, SLOT.verifier)
        cost = (FLOOR.memory, FLOOR.passes, FLOOR.lanes)
        self.answers.append(LoginWanted(*cost, SLOT.salt, SLOT.login_salt, self.server.answer))
        self.change = change
        self.opened = OPENED

    def say(self, message: Message) -> None:
        super().say(message)
        if isinstance(message, LoginProof):
            proof = self.server.check(message.public, message.proof)
            self.answers += [self.change(Welcome(PROTOCOL, "d", proof)), self.opened]


def options(password: Given, **how: object) -> JobOptions:
    access = Access(password, quick, FLOOR, is_sealing=False)
    wish = SetWish(is_creating=bool(how.pop("is_creating", False)))
    return JobOptions("c", {}, wish, access=replace(access, **how))  # type: ignore[arg-type]


def test_a_given_password_logs_in() -> None:
    line, password = Keeper(), Given()
    assert open_set(line, options(password)) == (OPENED, None)
    hello, proof, asked = line.said
    assert isinstance(hello, Hello) and hello.slot == "main"
    assert isinstance(proof, LoginProof)
    assert isinstance(asked, OpenSet) and asked.keys == b""
    assert password.asked == ["known"]


def test_a_password_that_was_not_given_is_asked_for_when_it_is_needed() -> None:
    line, password = Keeper(), Given(is_given=False)
    open_set(line, options(password))
    assert isinstance(line.said[0], Hello) and line.said[0].slot == ""
    assert password.asked == ["known"]


def test_a_password_is_not_asked_for_where_there_is_none() -> None:
    line, password = Recorder(), Given(is_given=False)
    line.answers += [Welcome(PROTOCOL, "d"), OPENED]
    open_set(line, options(password))
    assert password.asked == []


def test_another_keyslot_is_named_in_any_case() -> None:
    line = Keeper()
    open_set(line, options(Given(is_given=False), slot="laptop"))
    assert isinstance(line.said[0], Hello) and line.said[0].slot == "laptop"


def test_nobody_to_ask_ends_the_run() -> None:
    with pytest.raises(AuthenticationError, match="nobody is there") as caught:
        open_set(Keeper(), options(Given(b"", is_given=False)))
    assert "--create" in caught.value.hint
    line = Keeper()
    with pytest.raises(AuthenticationError, match="has a password"):
        open_set(line, JobOptions("c", {}))
    assert len(line.said) == 1


def test_the_password_itself_is_never_said() -> None:
    line = Keeper()
    open_set(line, options(Given()))
    assert "right" not in repr(line.said)
    known = Stretched.of(quick(b"right", SLOT.salt, FLOOR))
    assert known.login not in repr(line.said).encode()


@pytest.mark.parametrize("proof", [b"", bytes(32)])
def test_a_server_that_has_no_verifier_is_not_believed(proof: bytes) -> None:
    line = Keeper(lambda welcome: replace(welcome, proof=proof))
    with pytest.raises(AuthenticationError, match="could not prove"):
        open_set(line, options(Given()))
    assert not any(isinstance(one, OpenSet) for one in line.said)


@pytest.mark.parametrize(
    "cost", [(1 << 42, 3, 4), (8, 1, 1), (19 << 10, 1, 1), (64 << 10, 1 << 20, 1)]
)
def test_a_server_that_asks_for_another_kdf_is_refused_before_a_password_is_spent(
    cost: tuple[int, int, int],
) -> None:
    def stretch(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
        from_kdf.append(cost)
        raise AssertionError("was stretched")

    from_kdf: list[KdfCost] = []
    line, password = Recorder(), Given()
    line.answers.append(LoginWanted(*cost, bytes(32), bytes(16), bytes(512)))
    with pytest.raises(AuthenticationError, match=r"stretched far|more memory or time"):
        open_set(line, options(password, stretch=stretch))
    assert not from_kdf and not password.asked and len(line.said) == 1


def test_a_password_for_a_backup_that_has_none_is_told() -> None:
    line = Recorder()
    line.answers.append(Welcome(PROTOCOL, "d"))
    with pytest.raises(AuthenticationError, match="has no password"):
        open_set(line, options(Given()))


@pytest.mark.parametrize("is_creating", [True, False])
def test_a_new_client_sends_keys_that_its_password_opens(is_creating: bool) -> None:
    line, password = Recorder(), Given()
    line.answers += [Welcome(PROTOCOL, "d", is_new=True), OPENED]
    open_set(line, options(password, is_creating=is_creating))
    asked = line.said[-1]
    assert isinstance(asked, OpenSet)
    keys = KeysFile.parse(asked.keys, "here")
    [slot] = keys.slots
    known = Stretched.of(quick(b"right", slot.salt, FLOOR))
    assert len(unwrap(slot, known, keys.repository.id)) == 32
    assert password.asked == ["fresh"]


def test_a_clear_backup_is_continued_only_by_those_who_say_so() -> None:
    line = Keeper()
    with pytest.raises(UsageError) as caught:
        open_set(line, options(Given(), is_sealing=True))
    assert "--nocrypt" in caught.value.hint
    assert not any(isinstance(one, OpenSet) for one in line.said)


def test_a_classic_backup_is_encrypted_by_two_keys() -> None:
    def stretch(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
        assert cost == CLASSIC_COST and salt == hashlib.sha256(b"c").digest()
        return quick(password, salt, FLOOR)

    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d", is_new=True), replace(OPENED, scheme="classic")]
    chosen = options(Given(), is_sealing=True, is_creating=True, stretch=stretch)
    wish = SetWish(is_creating=True, scheme="classic")
    with pytest.raises(RemoteProtocolError, match="another store"):
        open_set(line, replace(chosen, wish=wish))
    asked = line.said[-1]
    assert isinstance(asked, OpenSet)
    keys = KeysFile.parse(asked.keys, "here")
    [slot] = keys.slots
    known = Stretched.of(quick(b"right", slot.salt, FLOOR))
    assert len(unwrap(slot, known, keys.repository.id)) == 64
    assert (keys.repository.scheme, keys.repository.is_sealed) == ("classic", True)


def sealed(welcome: Welcome) -> Welcome:
    return replace(welcome, wrapped=SLOT.wrapped, repository=IDENTITY, is_sealed=True)


def test_an_encrypted_backup_is_opened_by_its_password() -> None:
    line = Keeper(sealed)
    line.opened = replace(OPENED, repository=IDENTITY, digest_key=b"")
    opened, seals = open_set(line, options(Given(), is_sealing=True))
    assert seals is not None and seals.ring == ring()
    assert opened.digest_key == ring().digest
    asked = line.said[-1]
    assert isinstance(asked, OpenSet)
    assert asked.lineage == seals.lineage(b"")


class Drawer:
    """A key file that is no file."""

    def __init__(self, wrapped: bytes = b"") -> None:
        self.found = wrapped
        self.kept: list[tuple[bytes, Keyslot]] = []

    def wrapped(self, repository: bytes, salt: bytes) -> bytes:
        assert (repository, salt) == (IDENTITY, SLOT.salt)
        return self.found

    def keep(self, repository: bytes, slots: Iterable[Keyslot]) -> None:
        self.kept += [(repository, slot) for slot in slots]


def test_a_key_file_opens_what_the_server_has_no_key_of() -> None:
    line = Keeper(lambda welcome: replace(sealed(welcome), wrapped=b""))
    line.opened = replace(OPENED, repository=IDENTITY, digest_key=b"")
    with pytest.raises(TardisError, match="kept in a key file"):
        open_set(line, options(Given(), is_sealing=True))
    line = Keeper(lambda welcome: replace(sealed(welcome), wrapped=b""))
    line.opened = replace(OPENED, repository=IDENTITY, digest_key=b"")
    keeper = Drawer(SLOT.wrapped)
    _, seals = open_set(line, options(Given(), is_sealing=True, keeper=keeper))
    assert seals is not None and seals.ring == ring()


def test_keys_of_a_new_client_go_to_the_key_file_before_anything_is_sent() -> None:
    line, keeper = Recorder(), Drawer()
    line.answers += [Welcome(PROTOCOL, "d", is_new=True), OPENED]
    open_set(line, options(Given(), is_creating=True, keeper=keeper))
    asked = line.said[-1]
    assert isinstance(asked, OpenSet)
    keys = KeysFile.parse(asked.keys, "here")
    [(repository, slot)] = keeper.kept
    assert keys.repository.id == repository
    assert keys.slots == (replace(slot, wrapped=b""),)
    assert slot.wrapped.hex().encode() not in asked.keys
    known = Stretched.of(quick(b"right", slot.salt, FLOOR))
    assert len(unwrap(slot, known, repository)) == 32


def test_an_encrypted_backup_stays_so() -> None:
    line = Keeper(sealed)
    with pytest.raises(UsageError, match="stays so"):
        open_set(line, options(Given()))
    assert not any(isinstance(one, OpenSet) for one in line.said)


def test_a_server_cannot_open_another_store_than_the_one_of_the_keys() -> None:
    line = Keeper(sealed)
    line.opened = replace(OPENED, repository=bytes(16), digest_key=b"")
    with pytest.raises(TardisError, match="another store"):
        open_set(line, options(Given(), is_sealing=True))


def test_a_server_cannot_pass_a_modern_backup_off_as_a_classic_one() -> None:
    line = Keeper(sealed)
    line.opened = replace(OPENED, repository=IDENTITY, digest_key=b"", scheme="classic")
    with pytest.raises(RemoteProtocolError, match="another format"):
        open_set(line, options(Given(), is_sealing=True))


def test_what_is_no_greeting_is_refused() -> None:
    line = Recorder()
    line.answers.append(OPENED)
    with pytest.raises(TardisError, match="welcome"):
        open_set(line, options(Given()))


@pytest.mark.parametrize("is_new", [False, True])
def test_something_is_done_while_the_password_is_stretched(is_new: bool) -> None:
    steps: list[int] = []
    enough = Event()

    def slow(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
        assert enough.wait(30)
        return quick(password, salt, cost)

    def meanwhile() -> bool:
        steps.append(len(steps))
        if len(steps) == 3:
            enough.set()
        return len(steps) < 3

    line: Recorder = Keeper()
    if is_new:
        line = Recorder()
        line.answers += [Welcome(PROTOCOL, "d", is_new=True), OPENED]
    assert open_set(line, options(Given(), stretch=slow), meanwhile)[0] == OPENED
    assert steps == [0, 1, 2]


def test_trouble_of_stretching_is_told_as_ever() -> None:
    def fails(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
        raise StoreError("there is too little memory")

    with pytest.raises(StoreError, match="too little memory"):
        open_set(Keeper(), options(Given(), stretch=fails))


def test_trouble_of_what_is_done_meanwhile_is_told_when_stretching_has_ended() -> None:
    ended = Event()

    def slow(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
        ended.wait(0.1)
        ended.set()
        raise StoreError("interrupted as well")

    def fails() -> bool:
        raise StoreError("the disk is gone")

    with pytest.raises(StoreError, match="disk is gone"):
        open_set(Keeper(), options(Given(), stretch=slow), fails)
    assert ended.is_set()


def test_nothing_is_done_meanwhile_where_nobody_stretches() -> None:
    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d"), OPENED]

    def never() -> bool:
        raise AssertionError("there is no time to fill")

    assert open_set(line, JobOptions("c", {}), never) == (OPENED, None)
