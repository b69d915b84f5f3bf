"""What is kept on disk is bounded, has no name, and was proved."""

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tardis.model import IntegrityError, StoreError
from tardis.mount import spools as module
from tardis.mount.spools import Spooled, Spools
from tardis.store.chains import SmallContent


class Broken(SmallContent):
    """What turns out at its end to be something else."""

    def chunks(self) -> Iterator[bytes]:
        yield from super().chunks()
        raise IntegrityError("it does not match its digest")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def put(spools: Spools, data: bytes) -> Spooled:
    made = spools.put(data[:1], SmallContent(data))
    assert isinstance(made, Spooled)
    return made


def test_all_of_it_is_there_in_any_order_and_under_no_name(folder: Path) -> None:
    data = os.urandom(3 << 20)
    spools = Spools(1 << 30)
    made = put(spools, data)
    assert made.read_at(1 << 21, 5) == data[1 << 21 :][:5] and made.read_at(3, 4) == data[3:7]
    assert made.read_at(1 << 30, 5) == b"" and made.size == len(data)
    assert b"".join(made.chunks()) == data
    assert [offset for offset, _ in made.pieces()] == [0, 1 << 20, 2 << 20]
    assert list(folder.iterdir()) == []
    assert spools.put(b"x", made) is made


def test_what_is_kept_is_found_again() -> None:
    spools = Spools(1000)
    made = put(spools, b"abc")
    made.close()
    assert spools.take(b"a") is made and spools.take(b"z") is None
    assert made.users == 1


def test_what_was_not_used_the_longest_makes_room() -> None:
    spools = Spools(10)
    for name in (b"a", b"b", b"c"):
        put(spools, name * 3).close()
    taken = spools.take(b"a")
    assert taken is not None
    taken.close()
    used = spools.take(b"b")
    put(spools, b"d" * 4).close()
    assert [spools.take(one) is not None for one in (b"a", b"b", b"c", b"d")] == [
        True,
        True,
        False,
        True,
    ]
    assert used is not None and used.read_at(0, 9) == b"bbb" and spools._taken == 10


def test_what_does_not_fit_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    spools = Spools(10)
    large = SmallContent(b"l" * 11)
    assert spools.put(b"l", large) is large
    used = put(spools, b"u" * 6)
    second = SmallContent(b"s" * 6)
    assert spools.put(b"s", second) is second
    used.close()
    assert spools.put(b"s", second) is not second
    monkeypatch.setattr(module, "_free", lambda: 7)  # half of what is free may be taken
    small = SmallContent(b"m" * 4)
    assert spools.put(b"m", small) is small and spools._taken == 6


def test_a_full_disk_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> io.FileIO:
        return open("/dev/full", "wb", buffering=0)

    spools, content = Spools(100), SmallContent(b"abc")
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert spools.put(b"a", content) is content
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    monkeypatch.setattr(module, "_free", lambda: 1 << 30)
    assert spools.put(b"a", content) is content and spools._taken == 0


def test_what_is_something_else_is_not_kept() -> None:
    spools = Spools(100)
    with pytest.raises(IntegrityError):
        spools.put(b"a", Broken(b"abc"))
    assert spools._taken == 0 and spools.take(b"a") is None


def test_at_the_end_nothing_more_is_put_aside() -> None:
    spools = Spools(100)
    used, unused = put(spools, b"used"), put(spools, b"not")
    unused.close()
    spools.end()
    assert used.read_at(0, 4) == b"used"
    with pytest.raises(StoreError):
        unused.read_at(0, 1)
    content = SmallContent(b"abc")
    assert spools.put(b"a", content) is content

    class Ending(SmallContent):
        def chunks(self) -> Iterator[bytes]:
            for part in (b"a", b"b"):
                yield part
                late.end()

    late = Spools(100)
    with pytest.raises(StoreError, match="unmounted"):
        late.put(b"e", Ending(b"ab"))


def test_who_closes_waits_for_who_counts() -> None:
    spools = Spools(1000)
    made = put(spools, b"abc")
    closing = Thread(target=made.close, daemon=True)
    with spools._turn:
        closing.start()
        closing.join(0.05)
        assert closing.is_alive() and made.users == 1
    closing.join(60)
    assert made.users == 0
