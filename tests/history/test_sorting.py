"""Sorting in memory and beyond it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tardis.history import sorting
from tardis.history.sorting import in_order
from tests.history.memory_reader import MemoryStore

rows = st.lists(st.tuples(st.binary(max_size=3), st.integers(-(1 << 70), 1 << 70)), unique=True)


@given(rows, st.integers(1, 5), st.booleans())
def test_runs_on_disk_come_back_as_one_order(some: list[Any], run: int, is_reverse: bool) -> None:
    assert list(in_order(some, is_reverse=is_reverse, run=run)) == sorted(some, reverse=is_reverse)


def test_what_is_put_aside_is_the_same_but_plain() -> None:
    store = MemoryStore()
    entries = [store.file(1, name, b"") for name in (b"b", b"a", b"c")]
    found = list(in_order(((one.name, one) for one in entries), run=2))
    assert [name for name, _ in found] == [b"a", b"b", b"c"]
    assert [row for _, row in found] == [tuple(one) for one in sorted(entries)]


def test_few_rows_need_no_file(monkeypatch: Any) -> None:
    monkeypatch.setattr(sorting, "Spool", None)
    assert list(in_order([(2,), (1,)])) == [(1,), (2,)]
