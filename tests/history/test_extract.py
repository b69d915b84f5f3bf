"""Restoring whole trees, with and without workers."""

import os
import stat
from pathlib import Path

import pytest

from tardis.history import Request
from tardis.model import UsageError
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import left_behind, out, reasons, run, store

__all__ = ["out", "store"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_tree_comes_back_with_content_modes_and_times(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    store.file(1, b"a", b"hello", 0o640, mtime=1_600_000_000, mtime_ns=987_654_321)
    store.file(1, b"empty", b"")
    store.file(
        1, b"large", content=store.add_content(b"x" * 3_000_000, is_large=True), size=3000000
    )
    store.link(1, b"link", b"nowhere/\xff", mtime=1_400_000_000, mtime_ns=5)
    store.folder(1, b"sub", 2, 0o711, mtime=1_300_000_000, mtime_ns=7)
    store.folder(1, b"not-entered", None)
    store.folder(2, b"deep", 3)
    store.file(3, b"b\xff\n", b"bytes", 0o444)
    done = run(store, out, jobs=jobs)
    home = out / "home"
    assert reasons(done) == []
    assert (done.files, done.directories, done.size_bytes) == (5, 4, 3_000_010)
    assert (home / "a").read_bytes() == b"hello"
    found = (home / "a").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime_ns) == (0o640, 1_600_000_000_987_654_321)
    assert (home / "empty").read_bytes() == b""
    assert (home / "large").read_bytes() == b"x" * 3_000_000
    assert os.readlink(os.fsencode(home / "link")) == b"nowhere/\xff"
    assert (home / "link").lstat().st_mtime_ns == 1_400_000_000_000_000_005
    assert (home / "sub").stat().st_mtime_ns == 1_300_000_000_000_000_007
    assert stat.S_IMODE((home / "sub").stat().st_mode) == 0o711
    assert (home / "not-entered").is_dir()
    with open(os.fsencode(home / "sub" / "deep") + b"/b\xff\n", "rb") as file:
        assert file.read() == b"bytes"
    assert home.stat().st_mtime_ns == 1_000_000_000_000_001
    assert left_behind(out) == []


def test_one_file_gets_the_name_that_is_asked_for(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    done = run(store, out, requests=[Request(1, b"/home/a", b"other", False)])
    assert done.files == 1
    assert (out / "other").read_bytes() == b"hello"
    assert os.listdir(out) == ["other"]


def test_the_top_of_everything_goes_straight_into_the_target(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    run(store, out, requests=[Request(1, b"/", b"", True)])
    assert (out / "home" / "a").read_bytes() == b"hello"


def test_without_recursion_a_directory_is_empty(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    run(store, out, recurse=False)
    assert os.listdir(out / "home") == []


def test_a_root_below_a_directory_that_was_not_entered_appears(
    store: MemoryStore, out: Path
) -> None:
    store.folder(1, b"mnt", None, 0o750)
    store.root(b"/home/mnt/disk", 9)
    store.file(9, b"far", b"away")
    store.root(b"/elsewhere/single", 11, name=b"single")
    store.file(11, b"single", b"file root")
    store.file(11, b"other", b"not a root")
    run(store, out, requests=[Request(1, b"/", b"", True)])
    assert (out / "home" / "mnt" / "disk" / "far").read_bytes() == b"away"
    assert stat.S_IMODE((out / "home" / "mnt").stat().st_mode) == 0o750
    assert os.listdir(out / "elsewhere") == ["single"]
    assert (out / "elsewhere" / "single").read_bytes() == b"file root"


def test_a_path_that_is_gone_is_a_problem(store: MemoryStore, out: Path) -> None:
    done = run(store, out, requests=[Request(1, b"/home/no", b"no", False)])
    assert reasons(done) == [(b"/home/no", "the backup set does not hold /home/no")]


def test_a_target_that_is_no_directory_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot restore into"):
        run(store, tmp_path / "missing")
