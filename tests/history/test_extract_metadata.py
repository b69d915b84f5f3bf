"""Owners, modes and times come back, in the order that keeps them."""

import stat
from pathlib import Path

import pytest

from tests.history.memory_reader import MemoryStore
from tests.history.restoring import as_nobody, left_behind, out, reasons, run, store

__all__ = ["out", "store"]


def test_a_directory_nobody_may_enter_is_filled_first(store: MemoryStore, out: Path) -> None:
    store.folder(1, b"closed", 2, 0o000)
    store.folder(2, b"inner", 3, 0o000)
    store.file(3, b"f", b"inside")
    done = run(store, out, jobs=2)
    assert reasons(done) == []
    assert stat.S_IMODE((out / "home" / "closed").stat().st_mode) == 0
    (out / "home" / "closed").chmod(0o700)
    (out / "home" / "closed" / "inner").chmod(0o700)
    assert (out / "home" / "closed" / "inner" / "f").read_bytes() == b"inside"


@pytest.mark.root
def test_owners_come_before_modes_and_times_last(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", 0o6755, uid=12345, gid=54321)
    store.link(1, b"l", b"f", uid=12345, gid=54321)
    store.folder(1, b"d", None, 0o2770, uid=12345, gid=54321)
    done = run(store, out)
    assert reasons(done) == []
    for name, mode in (("f", 0o6755), ("d", 0o2770)):
        found = (out / "home" / name).stat()
        assert (found.st_uid, found.st_gid) == (12345, 54321)
        assert stat.S_IMODE(found.st_mode) == mode
        assert found.st_mtime_ns == 1_500_000_000_123_456_789
    assert (out / "home" / "l").lstat().st_uid == 12345


@pytest.mark.root
def test_owners_go_by_name_where_this_machine_knows_it(store: MemoryStore, out: Path) -> None:
    store.owners = {(False, 4242): b"nobody", (True, 4242): b"root", (False, 77): b"\xffno\0one"}
    store.file(1, b"f", b"x", uid=4242, gid=4242)
    store.file(1, b"g", b"x", uid=77, gid=77)
    run(store, out)
    found = (out / "home" / "f").stat()
    assert (found.st_uid, found.st_gid) == (65534, 0)
    assert (out / "home" / "g").stat().st_uid == 77


@pytest.mark.near
@pytest.mark.root
def test_an_ordinary_user_gets_no_foreign_owner_and_no_set_id_bits(
    store: MemoryStore, out: Path
) -> None:
    for place in (out, *list(out.parents)[:-2]):
        place.chmod(0o777)
    store.file(1, b"f", b"x", 0o6755)
    store.folder(1, b"closed", 2, 0o000, uid=65534, gid=65534)
    store.file(2, b"in", b"side", uid=65534, gid=65534)

    def action() -> None:
        done = run(store, out)
        assert reasons(done) == []
        assert sorted(done.notes.values()) == [1, 2]

    assert as_nobody(action) == 0
    found = (out / "home" / "f").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (65534, 0o755)
    assert (out / "home" / "closed" / "in").read_bytes() == b"side"


def test_times_far_away_come_back(store: MemoryStore, out: Path) -> None:
    store.file(1, b"old", b"", mtime=-2_000_000_000, mtime_ns=1)
    store.file(1, b"late", b"", mtime=10_000_000_000, mtime_ns=999_999_999)
    store.file(1, b"impossible", b"", mtime=1 << 62)
    done = run(store, out)
    assert (out / "home" / "old").stat().st_mtime_ns == -2_000_000_000 * 10**9 + 1
    assert (out / "home" / "late").stat().st_mtime == pytest.approx(10_000_000_001)
    assert [problem.path for problem in done.problems] in ([], [b"home/impossible"])
    assert left_behind(out) == []
