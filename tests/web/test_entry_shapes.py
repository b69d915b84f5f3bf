"""How entries and versions are told."""

import base64
import json
import stat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.history import Node
from tardis.model import CHANGED, OPEN, Ancestor, Entry, StoredContent, Version
from tardis.web.entry_shapes import (
    NEXT,
    PATH,
    EntryState,
    VersionState,
    entry_state,
    next_of,
    node_state,
    version_state,
)
from tardis.web.schemas import fits
from tests.history.memory_reader import backup_set

STORED = StoredContent(7, b"\1" * 32, 5, 9, 4, 0, None, 0, 1, 0, 0)
KINDS = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFBLK,
         stat.S_IFCHR, 0)  # fmt: skip


def entry(name: bytes = b"x", kind: int = stat.S_IFREG, **more: Any) -> Entry:
    made = Entry(
        name, kind | 0o640, 1, 2, 5, 10, 11, 12, 13, 1, 99, 1, 0, None, None, None, 1, OPEN
    )
    return made._replace(**more)


def as_sent(state: Any) -> Any:
    return json.loads(json.dumps(state))


@given(
    st.binary(min_size=1, max_size=20),
    st.sampled_from(KINDS),
    st.none() | st.binary(max_size=20),
    st.integers(-(2**62), 2**62),
    st.integers(0, 2**40),
)
def test_every_entry_fits_its_shape_and_no_name_is_lost(
    path: bytes, kind: int, target: bytes | None, mtime: int, rdev: int
) -> None:
    row = entry(path.rpartition(b"/")[2] or b"x", kind, target=target, mtime=mtime, rdev=rdev)
    told = as_sent(entry_state(path, row._replace(content=7), {7: STORED}))
    assert fits(told, EntryState)
    exact = told.get("path_base64")
    assert (base64.b64decode(exact) if exact else told["path"].encode()) == path
    if target is not None:
        exact = told.get("target_base64")
        assert (base64.b64decode(exact) if exact else told["target"].encode()) == target


def test_what_a_file_is() -> None:
    told = entry_state(b"d/x", entry(content=7), {7: STORED})
    assert (told["path"], told["type"], told["mode"]) == ("d/x", "file", 0o640)
    assert (told["size"], told["mtime"], told["mtime_ns"], told["ctime"]) == (5, 10, 11, 12)
    assert (told["checksum"], told["stored"], told["is_damaged"]) == ("01" * 32, 9, False)
    assert "checksum" not in entry_state(b"x", entry(content=7), {})
    assert "checksum" not in entry_state(b"x", entry(), {7: STORED})


def test_directories_without_a_row_tell_what_roots_know() -> None:
    bare = node_state(Node(b"/srv", None, None, None), {})
    assert bare == {"path": "/srv", "type": "directory"} and fits(bare, EntryState)

    class Branch:
        ancestor = Ancestor(b"srv", stat.S_IFDIR | 0o750, 3, 4, 20, 21)

    told = node_state(Node(b"/srv", None, None, Branch()), {})  # type: ignore[arg-type]
    assert fits(told, EntryState)
    assert (told["mode"], told["uid"], told["gid"], told["mtime"]) == (0o750, 3, 4, 20)
    row = entry(b"srv", stat.S_IFDIR)
    assert node_state(Node(b"/srv", row, 5, None), {})["type"] == "directory"


def test_a_version_tells_its_set() -> None:
    version = Version(CHANGED, backup_set(3, name="three", started_ns=77), entry(content=7))
    told = version_state(b"x", version, {7: STORED})
    assert fits(told, VersionState)
    assert (told["set"], told["number"], told["started_ns"], told["change"]) == (
        "three", 3, 77, "changed",
    )  # fmt: skip


@given(st.binary(max_size=300))
def test_where_a_page_ends_comes_back_as_it_went(name: bytes) -> None:
    word = next_of(name)
    assert word.isascii() and not set(word) & set("=+/&%")
    assert NEXT.read(word.encode()) == name


@pytest.mark.parametrize("odd", [b"!", b"a=b", b"AAAA\n", b"\xff", b"A"])
def test_a_word_that_no_page_has_told(odd: bytes) -> None:
    with pytest.raises(ValueError, match="none that a page has told"):
        NEXT.read(odd)


def test_paths_have_no_zero_byte_and_an_end() -> None:
    assert PATH.read(b"any \xff\n") == b"any \xff\n"
    for odd in (b"a\0b", b"x" * 70_000):
        with pytest.raises(ValueError, match="no path"):
            PATH.read(odd)
