"""A file read by ranges: few requests, any place, and on where the line was cut."""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from tardis.model import IntegrityError, LineLostError, StoredContent
from tardis.net.http.files import HEAD, TAIL, WINDOW, HttpFile
from tardis.net.http.store import HttpStore
from tests.history.memory_raw import MemoryRaw
from tests.history.memory_reader import MemoryStore
from tests.web.lending import Far

DATA = os.urandom(1 << 20) * 6


@pytest.fixture
def content(far: Far) -> Iterator[tuple[HttpStore, StoredContent]]:
    store = MemoryStore()
    number = store.add_content(DATA, is_large=True)
    with closing(far.raw(MemoryRaw(store))) as raw:
        yield raw, raw.contents([number])[number]


@pytest.fixture
def file(far: Far, content: tuple[HttpStore, StoredContent]) -> Iterator[HttpFile]:
    raw, one = content
    with closing(raw.file(one.digest, one.place)) as made:
        assert isinstance(made, HttpFile)
        far.trouble.forget()
        yield made


@pytest.fixture
def wanted(far: Far, content: tuple[HttpStore, StoredContent]) -> bytes:
    """All that lies in the file."""
    _, one = content
    with closing(far.lender.raw.file(one.digest, one.place)) as near:
        return bytes(near.read_at(near.length(), 0))


def test_from_front_to_back_it_is_two_requests(far: Far, file: HttpFile, wanted: bytes) -> None:
    assert file.length() == len(wanted)
    parts = [file.read_at(1 << 20, offset) for offset in range(0, len(wanted), 1 << 20)]
    assert b"".join(parts) == wanted
    assert len(far.trouble.asked) == 1, "the beginning was there from the first"


def test_any_place_is_read(far: Far, file: HttpFile, wanted: bytes) -> None:
    size = len(wanted)
    for offset, length in (
        *((size - 12, 12), (size - 100, 80), (5, 7), (size - 5, 99), (size, 5), (size + 9, 1)),
        *((3 << 20, 10), ((3 << 20) + 100, WINDOW), (2 << 20, 1 << 20), (size - TAIL - 5, TAIL)),
    ):
        assert file.read_at(length, offset) == wanted[offset : offset + length]
    assert len(far.trouble.asked) <= 6
    assert file.read_at(3, -1) == b""


def test_a_cut_line_is_gone_on_with_where_it_was_cut(
    far: Far, file: HttpFile, wanted: bytes
) -> None:
    file.read_at(HEAD, 0)
    far.trouble.cuts = [100_000, 700_000, 1]
    assert file.read_at(len(wanted), HEAD) == wanted[HEAD:]
    begun = [int(wish.removeprefix("bytes=").rstrip("-")) for _, _, wish in far.trouble.asked]
    assert begun[0] == HEAD and begun == sorted(begun) and begun[-1] > HEAD
    assert not far.trouble.cuts


def test_a_line_that_is_cut_again_and_again_is_given_up(far: Far, file: HttpFile) -> None:
    file.read_at(HEAD, 0)
    far.trouble.cuts = [0] * 20
    with pytest.raises(LineLostError):
        file.read_at(1 << 20, HEAD)


def test_what_is_not_there_is_damage(far: Far, content: tuple[HttpStore, StoredContent]) -> None:
    raw, _ = content
    with pytest.raises(IntegrityError):
        raw.file(bytes(32), 0)
