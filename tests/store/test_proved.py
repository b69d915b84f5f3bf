"""Contents on their way out are what their digest says, with threads and without."""

import threading
from collections.abc import Iterator

import pytest

from tardis.crypto import Digester
from tardis.model import IntegrityError
from tardis.store import proved
from tardis.store.proved import iter_proved

KEY = bytes(32)
PARTS = [bytes([number]) * 500 for number in range(40)]
SIZE = sum(map(len, PARTS))


def digest_of(parts: list[bytes]) -> bytes:
    state = Digester(KEY)
    state.update(b"".join(parts))
    return state.digest()


@pytest.fixture(params=[0, 1 << 40], ids=["threads", "alone"], autouse=True)
def beside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(proved, "BESIDE", request.param)
    return int(request.param)


def test_what_has_its_digest_comes_as_it_is() -> None:
    for parts in (PARTS, PARTS[:1], []):
        size = sum(map(len, parts))
        assert list(iter_proved(parts, size, KEY, digest_of(parts))) == parts


def test_what_has_another_is_told_when_all_has_come() -> None:
    found = []
    with pytest.raises(IntegrityError, match="does not match its digest"):
        for part in iter_proved(PARTS, SIZE, KEY, digest_of(PARTS[1:])):
            found.append(part)
    assert found == PARTS


def test_damage_comes_after_what_could_be_read() -> None:
    def parts() -> Iterator[bytes]:
        yield from PARTS[:7]
        raise IntegrityError("damaged")

    found = []
    with pytest.raises(IntegrityError, match="damaged"):
        for part in iter_proved(parts(), SIZE, KEY, digest_of(PARTS)):
            found.append(part)
    assert found == PARTS[:7]


def test_who_stops_leaves_no_thread_that_reads(beside: int) -> None:
    read = []

    def parts() -> Iterator[bytes]:
        for part in PARTS:
            read.append(part)
            yield part

    going = iter_proved(parts(), SIZE, KEY, digest_of(PARTS))
    assert next(going) == PARTS[0]
    going.close()
    count = len(read)
    assert count < 10 and (beside or count > 0)
    assert not [one for one in threading.enumerate() if one.name == "beside"]
    assert len(read) == count
