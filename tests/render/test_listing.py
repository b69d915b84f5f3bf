"""A listing as lines."""

import os
import stat
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import CHANGED, GONE, MOVED, NEW, Entry, Shown, StoredContent, Version
from tardis.render import ListStyle, ListView, Palette, width
from tardis.render.listing import grid, mark_of, meaning, short_time
from tests.history.memory_reader import backup_set

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STORED = StoredContent(1, b"\xab" * 32, 5, 3, 0, 0, None, 2, 1, 0, 0)


def entry(mode: int = stat.S_IFREG | 0o644, **more: Any) -> Entry:
    fields: dict[str, Any] = dict.fromkeys(Entry._fields, 0)
    fields |= {"name": b"f", "mode": mode, "size": 1536, "nlink": 1, "inode": 77, "content": 1}
    fields |= {"child": None, "target": None, "mtime": 1_790_000_000}
    return Entry(**(fields | more))


def shown(*versions: Version, name: bytes = b"f", is_gone: bool = False, **more: Any) -> Shown:
    newest = versions[-1].entry if versions else entry(**more)
    return Shown(b"/d/" + name, name, versions, newest, is_gone)


def version(change: str, number: int, **more: Any) -> Version:
    elsewhere = more.pop("elsewhere", b"")
    return Version(change, backup_set(number), entry(**more), elsewhere)


def lines(*some: Shown, contents: Any = None, **style: Any) -> list[str]:
    view = ListView(ListStyle(**style), lambda _: {(False, 0): b"ro\not"}, NOW)
    return list(view.lines(some, {1: STORED} if contents is None else contents, 1))


def test_versions_stand_below_their_name_one_in_a_line_without_a_width() -> None:
    one = shown(version(NEW, 1), version(GONE, 2), is_gone=True)
    assert lines(one) == ["(f)", "  Set-1", "  (Set-2)"]
    assert lines(one, one_line=True) == ["(f)  Set-1  (Set-2)"]


def test_versions_fill_the_width() -> None:
    one = shown(*(version(CHANGED, number) for number in (1, 2, 3, 10, 4)))
    assert lines(one, columns=20) == ["f", "  Set-1   Set-2", "  Set-3   Set-10", "  Set-4"]
    assert lines(one, columns=1)[1:] == [f"  Set-{n}" for n in (1, 2, 3, 10, 4)]


def test_a_long_line_tells_everything() -> None:
    one = shown(version(NEW, 1), version(GONE, 2, elsewhere=b"/x\n"))
    fields = "-rw-r--r--   1 ro\\x0aot 0              1536  Sep 21 14:13  "
    assert lines(one, is_long=True) == [
        "f",
        f"  {fields}Set-1",
        f"  {' ' * len(fields)}(Set-2)  moved to /x\\x0a",
    ]
    digest = "ab" * 32
    detail = {"size": True, "human": True, "inode": True, "checksum": True, "chain": True}
    assert lines(one, **detail)[1] == f"      1.5 KB          77  {digest}    2  Set-1"
    assert lines(one, one_line=True, is_long=True)[0] == f"{fields}Set-1  f"


def test_names_alone_are_like_those_of_ls() -> None:
    some = [shown(name=name) for name in (b"a", b"longer", b"b\x1b")]
    assert lines(*some, names_only=True) == ["a", "longer", "b\\x1b"]
    assert lines(*some, names_only=True, columns=20) == ["a  longer  b\\x1b"]
    assert lines(*some, names_only=True, columns=14) == ["a       b\\x1b", "longer"]
    link = shown(mode=stat.S_IFLNK | 0o777, target=b"to\n", content=None)
    assert lines(link, names_only=True, is_long=True)[0].endswith("  f -> to\\x0a")
    assert lines(link, names_only=True, annotate=True) == ["f@"]


@pytest.mark.parametrize(
    ("mode", "mark"),
    [(stat.S_IFREG | 0o644, ""), (stat.S_IFREG | 0o755, "*"), (stat.S_IFDIR, "/"),
     (stat.S_IFLNK, "@"), (stat.S_IFIFO, "|"), (stat.S_IFSOCK, "="), (stat.S_IFBLK, "")],
)  # fmt: skip
def test_every_kind_has_its_mark(mode: int, mark: str) -> None:
    assert mark_of(entry(mode)) == mark


def test_devices_show_their_numbers_and_directories_no_size() -> None:
    device = shown(mode=stat.S_IFCHR | 0o600, rdev=os.makedev(8, 300), content=None)
    [line] = lines(device, names_only=True, is_long=True)
    assert line.startswith("crw-------") and "8, 300" in line
    [line] = lines(shown(mode=stat.S_IFDIR | 0o755), names_only=True, size=True)
    assert line.split() == ["-", "f"]


@pytest.mark.parametrize(
    ("change", "fields", "stored", "wanted"),
    [
        (NEW, {}, STORED._replace(chain=0), "full"),
        (CHANGED, {}, STORED, "changed"),
        (MOVED, {}, STORED, "moved"),
        (GONE, {}, STORED, "gone"),
        (NEW, {"content": None}, None, "error"),
        (NEW, {}, STORED._replace(is_damaged=1), "error"),
        (NEW, {"mode": stat.S_IFDIR}, None, "default"),
        (MOVED, {"mode": stat.S_IFDIR}, None, "moved"),
        ("kept", {}, STORED, "default"),
    ],
)
def test_a_color_tells_what_a_version_is(
    change: str, fields: Any, stored: Any, wanted: str
) -> None:
    contents = {1: stored} if stored else {}
    one = version(change, 1, **fields)
    assert meaning(one, contents) == wanted
    [_, line] = lines(shown(one), contents=contents, palette=Palette({wanted: "35"}))
    assert line.startswith("  \x1b[35m")
    assert ("(no content)" in line) == (wanted == "error")


def test_times_of_other_years_show_the_year() -> None:
    assert short_time(1_790_000_000, NOW) == "Sep 21 14:13"
    assert short_time(1_400_000_000, NOW) == "May 13, 2014"
    assert short_time(1 << 62, NOW) == f"@{1 << 62}"


@given(st.lists(st.text("ab漢", min_size=1, max_size=12), max_size=40), st.integers(0, 90))
def test_a_grid_holds_everything_and_keeps_to_its_width(names: list[str], columns: int) -> None:
    rows = list(grid([(name, name) for name in names], columns))
    assert sorted(" ".join(rows).split()) == sorted(names)
    assert all(width(row) <= columns for row in rows) or len(rows) == len(names)
