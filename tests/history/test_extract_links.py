"""Names of one file are one file again, and others never."""

import os
from pathlib import Path
from typing import Any

import pytest

from tardis.model import Entry
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import left_behind, out, reasons, run, store

__all__ = ["out", "store"]


def linked(store: MemoryStore, name: bytes, content: int, **more: Any) -> Entry:
    return store.file(1, name, content=content, size=4, **({"inode": 5, "nlink": 2} | more))


@pytest.mark.parametrize("jobs", [1, 2])
def test_names_of_one_file_are_one_file_again(store: MemoryStore, out: Path, jobs: int) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    store.folder(1, b"sub", 2)
    store.file(2, b"b", content=number, size=4, inode=5, nlink=2)
    store.link(1, b"l1", b"a", inode=9, nlink=2)
    store.link(1, b"l2", b"a", inode=9, nlink=2)
    linked(store, b"alone", number, inode=77, nlink=3)
    done = run(store, out, jobs=jobs)
    home = out / "home"
    assert reasons(done) == []
    assert done.files == 5
    assert (home / "a").samefile(home / "sub" / "b")
    assert (home / "l1").lstat().st_ino == (home / "l2").lstat().st_ino
    assert (home / "alone").stat().st_nlink == 1
    assert (home / "a").stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert left_behind(out) == []


@pytest.mark.parametrize(
    "other",
    [{"mode": 0o600}, {"uid": 3}, {"mtime": 3}, {"inode": 6}, {"filesystem": 2}, {"nlink": 1}],
)
def test_names_that_differ_in_anything_stay_apart(
    store: MemoryStore, out: Path, other: dict[str, int]
) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number, **other)
    run(store, out)
    assert not (out / "home" / "a").samefile(out / "home" / "b")


def test_other_content_under_the_same_inode_stays_apart(store: MemoryStore, out: Path) -> None:
    linked(store, b"a", store.add_content(b"same"))
    linked(store, b"b", store.add_content(b"else"))
    run(store, out)
    assert (out / "home" / "b").read_bytes() == b"else"


def test_links_can_be_copies_on_request(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    run(store, out, hard_links=False)
    assert not (out / "home" / "a").samefile(out / "home" / "b")


def test_a_refused_first_name_does_not_keep_the_others_back(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    for name in (b"..", b"exists", b"b", b"c", b"../../x"):
        linked(store, name, number, nlink=5)
    (out / "home").mkdir()
    (out / "home" / "exists").write_bytes(b"old")
    done = run(store, out)
    home = out / "home"
    assert len(done.problems) == 2
    assert (home / "exists").read_bytes() == b"old"
    assert (home / "b").samefile(home / "c")
    assert (home / "b").stat().st_nlink == 2


def test_a_damaged_file_with_two_names_is_told_twice(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    store.damage(number, b"emas")
    assert len(run(store, out).problems) == 2


def test_restoring_links_over_themselves_leaves_nothing_behind(
    store: MemoryStore, out: Path
) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    run(store, out)
    done = run(store, out, overwrite="always")
    assert reasons(done) == []
    assert (out / "home" / "a").samefile(out / "home" / "b")
    assert left_behind(out) == []


def test_what_replaced_the_first_name_is_not_linked_to(
    store: MemoryStore, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    real = os.link

    def link(source: Any, target: Any, **more: Any) -> None:
        os.unlink(out / "home" / "a")
        real(secret, out / "home" / "a")
        real(source, target, **more)

    monkeypatch.setattr(os, "link", link)
    run(store, out)
    assert (out / "home" / "b").read_bytes() == b"same"
    assert left_behind(out) == []


def test_contents_of_many_linked_files_are_asked_for_together(
    store: MemoryStore, out: Path
) -> None:
    for number in range(60):
        content = store.add_content(b"%04d" % number)
        for name in (b"a", b"b"):
            linked(store, b"%s%d" % (name, number), content, inode=100 + number)
    store.calls.clear()
    done = run(store, out)
    assert reasons(done) == [] and done.files == 120
    assert store.calls.count("contents") <= 3
    assert (out / "home" / "a59").samefile(out / "home" / "b59")
    assert (out / "home" / "b59").read_bytes() == b"0059"
