"""Restoring over what is there: asking, resuming, switches, case."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tardis.history import ExtractOptions, Request, Restored, Switches, restore, rules
from tardis.history.rules import AS_STORED, SAME_HERE
from tardis.model import Observer
from tests.history.memory_reader import MemoryStore

EVERYTHING = [Request(1, b"/home", b"home", True)]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    return made


def run(store: MemoryStore, out: Path, **more: Any) -> Restored:
    options = ExtractOptions(os.fsencode(out), jobs=more.pop("jobs", 1), **more)
    return restore(store.reader, EVERYTHING, options, Observer())


def test_a_person_is_asked_about_each_file_that_is_there(
    store: MemoryStore, tmp_path: Path
) -> None:
    asked = []

    def ask(path: str) -> bool:
        asked.append(path)
        return path.endswith("yes")

    (tmp_path / "home").mkdir(mode=0o700)
    for name in ("yes", "no"):
        (tmp_path / "home" / name).write_bytes(b"old")
        store.file(1, name.encode(), b"new")
    store.file(1, b"fresh", b"fresh")
    run(store, tmp_path, overwrite="ask", ask=ask, jobs=4)
    assert sorted(asked) == ["home/no", "home/yes"]
    assert (tmp_path / "home" / "yes").read_bytes() == b"new"
    assert (tmp_path / "home" / "no").read_bytes() == b"old"
    assert (tmp_path / "home" / "fresh").read_bytes() == b"fresh"
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_second_run_writes_only_what_is_not_as_it_should_be(
    store: MemoryStore, tmp_path: Path
) -> None:
    names = ["same", "time", "content", "mode", "gone", "size"]
    for name in names:
        store.file(1, name.encode(), b"stored")
    run(store, tmp_path)
    home = tmp_path / "home"
    stamp = (home / "same").stat().st_mtime_ns
    (home / "content").write_bytes(b"evil!!")
    os.utime(home / "content", ns=(stamp, stamp))
    (home / "size").write_bytes(b"longer than that")
    os.utime(home / "size", ns=(stamp, stamp))
    os.utime(home / "time", (1, 1))
    (home / "mode").chmod(0o600)
    (home / "gone").unlink()
    before = {name: (home / name).stat().st_ino for name in names if name != "gone"}
    done = run(store, tmp_path, overwrite="always")
    kept = [name for name, inode in before.items() if (home / name).stat().st_ino == inode]
    assert kept == ["same"]
    assert (done.files, done.notes[AS_STORED], done.problems) == (5, 1, [])
    assert {(home / name).read_bytes() for name in names} == {b"stored"}


def test_times_and_permissions_can_be_left_out(store: MemoryStore, tmp_path: Path) -> None:
    store.file(1, b"f", b"x", 0o600)
    store.link(1, b"l", b"f")
    store.folder(1, b"d", None, 0o700)
    before = os.umask(0o027)
    try:
        run(store, tmp_path, switches=Switches(times=False, perms=False))
    finally:
        os.umask(before)
    home = tmp_path / "home"
    assert stat.S_IMODE((home / "f").stat().st_mode) == 0o640
    assert stat.S_IMODE((home / "d").stat().st_mode) == 0o750
    for name in ("f", "l", "d"):
        assert (home / name).lstat().st_mtime_ns > 1_600_000_000 * 10**9
    (home / "d").chmod(0o711)
    run(store, tmp_path, overwrite="always", switches=Switches(perms=False))
    assert stat.S_IMODE((home / "d").stat().st_mode) == 0o711, "it was there"
    assert (home / "f").stat().st_mtime_ns == 1_500_000_000_123_456_789


@pytest.mark.root
def test_owners_stay_ours_when_permissions_are_left_out(store: MemoryStore, tmp_path: Path) -> None:
    store.file(1, b"f", b"x", uid=12345, gid=12345)
    store.link(1, b"l", b"f", uid=12345, gid=12345)
    run(store, tmp_path, switches=Switches(perms=False))
    assert {(tmp_path / "home" / name).lstat().st_uid for name in ("f", "l")} == {0}


def blind(stat_: Any) -> Any:
    """Return `os.stat` as it is where upper and lower case are one."""

    def found(path: Any, **more: Any) -> Any:
        try:
            return stat_(path, **more)
        except FileNotFoundError:
            return stat_(path.lower(), **more)

    return found


def test_names_that_differ_by_case_are_refused_where_case_is_one(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "stat", blind(os.stat))
    store.file(1, b"readme", b"small")
    store.file(1, b"README", b"LARGE")
    store.file(1, b"other", b"other")
    for _ in range(2):
        done = run(store, tmp_path, overwrite="always")
        assert [(one.path, one.reason) for one in done.problems] == [(b"home/README", SAME_HERE)]
        assert (tmp_path / "home" / "readme").read_bytes() == b"small"
        assert (tmp_path / "home" / "other").read_bytes() == b"other"


def test_a_directory_is_probed_once_and_nothing_stays(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed = []

    def probe(folder: int, name: bytes) -> bool:
        probed.append(name)
        return rules.is_case_blind(folder, name)

    monkeypatch.setattr("tardis.history.extract_folders.is_case_blind", probe)
    store.folder(1, b"a", 2)
    store.folder(2, b"b", None)
    run(store, tmp_path)
    assert probed == [b".tardis-case"]
    assert [path.name for path in tmp_path.rglob("*")] == ["home", "a", "b"]
