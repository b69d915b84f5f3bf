"""Open contents are shared, read by one at a time, and let go when nobody needs them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tardis.crypto import content_key, digest
from tardis.model import CLASSIC, SEGMENT, IntegrityError, StoredContent, StoreError
from tardis.mount import Readers
from tardis.mount import contents as module
from tardis.mount.contents import Contents
from tardis.streams import Codec
from tardis.streams.whole import StreamCompressor
from tests.mount.slow import Gate, SlowContent, SlowReader
from tests.store.workshop import Workshop, descriptors, fill, name_of, put, put_large

PATIENCE = 60.0
SMALL, LARGE, OTHER = b"small", bytes(range(256)) * 9000, b"other" * 90_000


class Shelf:
    """Contents of a store, and how many readers were opened for them."""

    def __init__(self, shop: Workshop, room: int = 1 << 30, *, is_far: bool = False) -> None:
        self.shop = shop
        self.gate = Gate()
        self.gate.lifted.set()
        self.readers = 0
        self.first = shop.reader()
        self.contents = Contents(Readers(self.first, self._another, is_far), room)

    def _another(self) -> SlowReader:
        self.readers += 1
        return SlowReader(self.shop.reader(), self.gate)

    def stored(self, data: bytes) -> StoredContent:
        repository = self.first.repository()
        key = content_key(repository.scheme, repository.digest_key)
        found = self.first.find_content(digest(key, data))
        assert found is not None
        return found

    def open(self, data: bytes) -> int:
        return self.contents.open(self.stored(data))

    def read(self, data: bytes, size: int, offset: int) -> bytes:
        handle = self.open(data)
        try:
            return self.contents.read(handle, size, offset)
        finally:
            self.contents.close(handle)


def stock(shop: Workshop) -> Workshop:
    with shop.create().running() as writer:
        fill(writer, {})
        put(writer, SMALL)
        put_large(writer, LARGE)
        put_large(writer, OTHER)
        shop.complete(writer)
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return stock(Workshop(tmp_path / "base"))


@pytest.fixture
def shelf(shop: Workshop) -> Iterator[Shelf]:
    made = Shelf(shop)
    yield made
    made.contents.end()
    made.first.close()


def test_bytes_from_anywhere(shelf: Shelf) -> None:
    assert shelf.read(LARGE, 300, 255) == LARGE[255:555]
    assert shelf.read(LARGE, 1 << 20, 1 << 20) == LARGE[1 << 20 : 2 << 20]
    assert shelf.read(LARGE, 10, 1 << 40) == b"" and shelf.read(SMALL, 3, 2) == b"all"
    assert shelf.readers == 1


def test_what_is_small_and_near_comes_at_once(shop: Workshop, shelf: Shelf) -> None:
    small, large = shelf.stored(SMALL), shelf.stored(LARGE)
    assert shelf.contents.key_of(small) is None
    assert shelf.contents.key_of(large) == large.digest
    assert shelf.contents.key_of(small._replace(basis=7, chain=1)) == small.digest
    assert shelf.contents.key(shelf.open(LARGE)) == large.digest
    assert shelf.contents.key(shelf.open(SMALL)) is None and shelf.contents.key(99) is None
    far = Shelf(shop, is_far=True)
    assert far.contents.key_of(small) == small.digest
    far.first.close()


def test_who_opens_what_is_open_gets_the_same(shelf: Shelf) -> None:
    one, other = shelf.open(LARGE), shelf.open(LARGE)
    assert one != other and shelf.gate.opened == 1
    shelf.contents.close(one)
    shelf.contents.close(one)
    assert shelf.contents.read(other, 4, 0) == LARGE[:4]
    shelf.contents.close(other)
    assert not [path for path in descriptors() if shelf.stored(LARGE).digest.hex() in path]
    assert shelf.read(LARGE, 4, 4) == LARGE[4:8] and shelf.gate.opened == 2


def test_one_content_is_read_by_one_thread_at_a_time(shelf: Shelf) -> None:
    SlowContent.most_at_once = 0
    handle = shelf.open(LARGE)

    def look(at: int) -> bool:
        return shelf.contents.read(handle, 1000, at) == LARGE[at : at + 1000]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(look, range(0, 2_000_000, 9973)))
    assert SlowContent.most_at_once == 1


def test_a_slow_one_holds_up_no_other(shelf: Shelf) -> None:
    slow = shelf.stored(LARGE).digest
    shelf.gate.only = lambda stored: stored.digest == slow
    shelf.gate.lifted.clear()
    found: list[bytes] = []
    handle = shelf.open(LARGE)
    thread = threading.Thread(target=lambda: found.append(shelf.contents.read(handle, 9, 0)))
    thread.start()
    assert shelf.gate.met.wait(PATIENCE)
    assert shelf.read(OTHER, 5, 5) == b"other" and not found
    shelf.gate.lifted.set()
    thread.join(PATIENCE)
    assert found == [LARGE[:9]]


def test_readers_of_a_far_store_are_shared_out_and_used_by_one_at_a_time(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINES", 2)
    far = Shelf(shop, is_far=True)
    one, other, third = far.open(LARGE), far.open(OTHER), far.open(SMALL)
    assert far.readers == 2
    assert far.contents.read(third, 9, 0) == SMALL
    for handle in (one, other, third):
        far.contents.close(handle)
    assert far.read(OTHER, 5, 0) == b"other" and far.readers == 2
    far.contents.end()
    far.first.close()


def test_what_cannot_be_opened_leaves_nothing(shelf: Shelf) -> None:
    gone = shelf.stored(LARGE)
    for path in shelf.shop.home.glob("??/*"):
        path.rename(path.with_suffix(".away"))
    with pytest.raises(IntegrityError):
        shelf.contents.open(gone)
    assert not shelf.contents._opened and shelf.contents._desks[0].users == 0
    for path in shelf.shop.home.glob("??/*"):
        path.rename(path.with_suffix(""))
    assert shelf.read(LARGE, 2, 0) == LARGE[:2]


def test_at_the_end_all_is_closed_but_what_is_being_read(shop: Workshop) -> None:
    before = descriptors()
    shelf = Shelf(shop)
    handle, _ = shelf.open(LARGE), shelf.open(OTHER)
    shelf.gate.lifted.clear()
    thread = threading.Thread(target=shelf.contents.read, args=(handle, 9, 0))
    thread.start()
    assert shelf.gate.met.wait(PATIENCE)
    shelf.contents.end()
    left = {path for path in descriptors() - before if "/base/" in path and ".db" not in path}
    assert [Path(path).name for path in left] == [shelf.stored(LARGE).digest.hex()]
    shelf.gate.lifted.set()
    thread.join(PATIENCE)
    shelf.contents.end()
    with pytest.raises(StoreError, match="not open"):
        shelf.contents.read(handle, 9, 0)
    shelf.first.close()
    assert descriptors() <= before


@pytest.fixture
def classic(tmp_path: Path) -> Iterator[Shelf]:
    shop = Workshop(tmp_path / "base", scheme=CLASSIC).create()
    with shop.running() as writer:
        fill(writer, {})
        file = writer.begin_large()
        stream, pieces = StreamCompressor(Codec.LZMA), range(0, len(LARGE), SEGMENT)
        for start in pieces:
            piece = LARGE[start : start + SEGMENT]
            last = stream.finish if start == pieces[-1] else bytes
            file.add(Codec.LZMA, len(piece), stream.compress(piece) + last())
        file.prove(name_of(writer, LARGE), len(LARGE))
        writer.keep_large(file, name_of(writer, LARGE))
        put_large(writer, OTHER)
        shop.complete(writer)
    made = Shelf(shop)
    yield made
    made.contents.end()
    made.first.close()


def test_a_stream_is_expanded_once_for_all_who_read_it_anyhow(classic: Shelf) -> None:
    for at in (2_000_000, 0, 1_000_000, 255):
        assert classic.read(LARGE, 999, at) == LARGE[at : at + 999]
    assert classic.gate.opened == 1 and not classic.gate.read
    assert classic.read(OTHER, 5, 5) == b"other"  # lies there as it is
    assert len(classic.gate.read) == 1


def test_a_stream_that_has_no_room_is_read_all_the_same(classic: Shelf) -> None:
    classic.contents._spools._room = len(LARGE) - 1
    assert classic.read(LARGE, 999, 2_000_000) == LARGE[2_000_000:2_000_999]
    assert classic.gate.read and classic.contents._spools._taken == 0
