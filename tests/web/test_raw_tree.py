"""What is told of a tree: depth first, no directory twice, no further than wanted."""

import pytest

from tardis.protocol import lookups
from tardis.web.raw_tree import walk
from tests.history.memory_raw import MemoryRaw
from tests.history.memory_reader import MemoryStore


@pytest.fixture
def raw() -> MemoryRaw:
    """1 holds b (2) and a (3); a holds c (4), which holds 1 again."""
    made = MemoryStore()
    made.folder(1, b"b", 2)
    made.folder(1, b"a", 3)
    made.folder(3, b"c", 4)
    made.folder(4, b"round", 1)
    for number in (1, 2, 3, 4):
        made.file(number, b"file", b"")
    return MemoryRaw(made)


def told(
    raw: MemoryRaw,
    directory: int = 1,
    limit: int = 99,
    after: object = None,
    also: tuple[int, ...] = (),
) -> list[int]:
    blocks = list(walk(raw, [directory, *also], (1, 1), after, limit))  # type: ignore[arg-type]
    for number, is_more, packed in blocks:
        rows = lookups.read_block(packed)
        assert is_more or after or rows == list(raw.rows(number, 1, 1))
    return [number for number, _, _ in blocks]


def test_it_goes_down_by_name_and_never_round(raw: MemoryRaw) -> None:
    assert told(raw) == [1, 3, 4, 2]
    assert told(raw, 3) == [3, 4, 1, 2]


def test_what_will_be_asked_for_next_follows_while_there_is_room(raw: MemoryRaw) -> None:
    assert told(raw, 4, also=(2, 3)) == [4, 1, 2, 3], "what is named is told in its turn alone"
    assert told(raw, 2, also=(77, 4), limit=3) == [2, 77]
    assert told(raw, 2, also=(3,), after=(1, b"file")) == [2], "a page is told alone"


def test_it_ends_where_enough_is_told(raw: MemoryRaw) -> None:
    assert told(raw, limit=0) == [1] and told(raw, limit=5) == [1, 3] and told(raw, 77) == [77]


def test_a_page_is_told_alone(raw: MemoryRaw, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(raw, after=(1, b"b")) == [1]
    monkeypatch.setattr(lookups, "PAGE_ROWS", 2)
    assert told(raw) == [1] and next(walk(raw, [1], (1, 1), None, 99))[1]  # type: ignore[arg-type]
