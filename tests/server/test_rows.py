"""Rows closed and opened, as the group gathers them."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tardis.model import OPEN, Entry, Listed
from tardis.protocol.messages import AddRoot
from tardis.server.options import DaemonOptions
from tardis.server.rows import Rows
from tardis.server.slices import Slice
from tardis.store import Place, StoreWriter
from tardis.store.catalog.group import Group
from tardis.store.catalog.reading import unpack_ancestors

LISTED = Listed(0o100644, 1, 2, 5, 10, 11, 12, 13, 1, 99, 1, 0, 0, b"name")
ENTRY = Entry(b"name", *LISTED[:12], None, 7, None, 3, OPEN)


@pytest.fixture
def writer() -> Any:
    return SimpleNamespace(number=5, group=Group())


@pytest.fixture
def rows(writer: Any) -> Rows:
    return Rows(cast(StoreWriter, writer))


def test_an_equal_row_writes_nothing(writer: Any, rows: Rows) -> None:
    rows.replace(1, ENTRY, LISTED, 7)
    rows.replace_other(1, ENTRY._replace(child=4), LISTED, 4, None)
    assert writer.group.is_empty


@pytest.mark.parametrize("field", Listed._fields[:12])
def test_whatever_differs_closes_the_row_and_opens_another(
    writer: Any, rows: Rows, field: str
) -> None:
    values = (77 if name == field else getattr(LISTED, name) for name in Listed._fields)
    changed = Listed._make(values)
    rows.replace(1, ENTRY, changed, 7)
    assert writer.group.closed == [(4, 1, b"name")]
    assert writer.group.opened == [(1, b"name", *changed[:12], None, 7, None, 5, 0, None)]


@pytest.mark.parametrize("changed", [{"capture": 3}, {"xattrs": b"x"}])
def test_attributes_and_how_far_was_looked_count_as_well(
    writer: Any, rows: Rows, changed: dict[str, Any]
) -> None:
    listed = LISTED._replace(**changed)
    rows.replace(1, ENTRY, listed, 7)
    rows.replace_other(1, ENTRY._replace(child=4), listed, 4, None)
    assert len(writer.group.closed) == len(writer.group.opened) == 2
    assert {row[18:] for row in writer.group.opened} == {(listed.capture, listed.xattrs)}
    same = ENTRY._replace(**changed)
    rows.replace(1, same, listed, 7)
    assert len(writer.group.opened) == 2


def test_attributes_fill_a_group_as_contents_do(writer: Any, rows: Rows) -> None:
    rows.replace(1, None, LISTED._replace(xattrs=bytes(1000)), 7)
    assert writer.group.size_bytes >= 1000


def test_another_content_child_or_target_counts_as_well(writer: Any, rows: Rows) -> None:
    rows.replace(1, ENTRY, LISTED, 8)
    rows.replace_other(1, ENTRY._replace(child=4), LISTED, 5, None)
    rows.replace_other(1, ENTRY._replace(target=b"x"), LISTED, None, b"y")
    assert len(writer.group.closed) == len(writer.group.opened) == 3
    assert writer.group.unlinked == [(4,)] and writer.group.linked == [(5,)]


def test_a_row_of_this_very_set_is_deleted_and_not_closed(writer: Any, rows: Rows) -> None:
    rows.replace(1, ENTRY._replace(first_set=5), LISTED, 8)
    assert writer.group.deleted == [(1, b"name")] and not writer.group.closed


def test_a_closed_row_is_left_as_it_is(writer: Any, rows: Rows) -> None:
    rows.replace(1, ENTRY._replace(last_set=3), LISTED, 7)
    assert len(writer.group.opened) == 1 and not writer.group.closed


def test_a_name_without_a_row_gets_one(writer: Any, rows: Rows) -> None:
    rows.replace(1, None, LISTED, None)
    rows.replace_other(1, None, LISTED, 9, None)
    assert [row[14:16] for row in writer.group.opened] == [(None, None), (9, None)]


def test_marks_and_roots_are_gathered(writer: Any, rows: Rows) -> None:
    rows.unsettle(1, b"a", "racy")
    rows.settle(1, b"b")
    rows.void(1, b"c", None)
    group = writer.group
    assert group.unsettled == [(1, b"a", "racy", 5)]
    assert (group.settled, group.voided) == ([(1, b"b")], [(1, b"c", None)])
    rows.add_root(AddRoot(b"/a", (1, 2, 0), b"", ((b"a", 1, 2, 3, 4, 5, b"x"),)), 1)
    ((number, path, name, directory, packed),) = group.roots
    assert (number, path, name, directory) == (5, b"/a", None, 1)
    assert unpack_ancestors(packed) == ((b"a", 1, 2, 3, 4, 5, b"x"),)


def test_a_slice_begins_with_nothing() -> None:
    one, other = (Slice(0, 1, b"", None, b"") for _ in range(2))
    one.pending[0] = cast(Any, None)
    one.unsettled[b"a"] = "racy"
    assert not other.pending and not other.unsettled and not other.count and not other.is_void


def test_the_daemons_own_defaults_are_the_safe_ones() -> None:
    options = DaemonOptions(Place("/base"), "tardisd", (), ())
    assert not (options.allow_open or options.allow_new_hosts or options.is_local)
