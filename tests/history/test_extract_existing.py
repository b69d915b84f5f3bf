"""What is there already is treated as was asked."""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.history.memory_reader import MemoryStore
from tests.history.restoring import left_behind, out, reasons, run, store

__all__ = ["out", "store"]


@pytest.mark.parametrize(
    ("overwrite", "existing", "is_replaced"),
    [
        ("never", 1, False),
        ("always", 1, True),
        ("always", 2_000_000_000, True),
        ("newer", 1, True),
        ("newer", 2_000_000_000, False),
        ("older", 1, False),
        ("older", 2_000_000_000, True),
    ],
)
def test_existing_files_are_replaced_as_asked(
    store: MemoryStore, out: Path, overwrite: str, existing: int, is_replaced: bool
) -> None:
    (out / "home").mkdir(mode=0o700)
    for name in ("f", "l"):
        (out / "home" / name).write_bytes(b"old")
        os.utime(out / "home" / name, (existing, existing))
    store.file(1, b"f", b"new")
    store.link(1, b"l", b"f")
    store.file(1, b"more", b"more")
    done = run(store, out, overwrite=overwrite)
    assert reasons(done) == []
    assert (out / "home" / "f").read_bytes() == (b"new" if is_replaced else b"old")
    assert (out / "home" / "l").is_symlink() == is_replaced
    assert (out / "home" / "more").read_bytes() == b"more"
    assert sum(done.notes.values()) == (0 if is_replaced else 2)
    if overwrite == "never":
        assert stat.S_IMODE((out / "home").stat().st_mode) == 0o700
    if overwrite == "always":
        assert stat.S_IMODE((out / "home").stat().st_mode) == 0o755


def test_a_directory_is_never_replaced_by_a_file(store: MemoryStore, out: Path) -> None:
    (out / "home" / "f").mkdir(parents=True)
    (out / "home" / "f" / "mine").write_bytes(b"mine")
    store.file(1, b"f", b"new")
    done = run(store, out, overwrite="always")
    assert "a directory has its name" in done.problems[0].reason
    assert (out / "home" / "f" / "mine").read_bytes() == b"mine"
    assert left_behind(out) == []


def test_a_second_run_restores_only_what_is_missing(store: MemoryStore, out: Path) -> None:
    for number in range(50):
        store.file(1, b"f%d" % number, b"data")
    run(store, out)
    (out / "home" / "f7").unlink()
    before = (out / "home" / "f8").stat().st_ino
    done = run(store, out)
    assert done.files == 1
    assert (out / "home" / "f8").stat().st_ino == before


@pytest.mark.tmpfs
def test_a_full_disk_leaves_no_half_file_under_its_name(store: MemoryStore, out: Path) -> None:
    with mounted(out, "size=200k"):
        store.file(1, b"big", b"x" * 1_000_000)
        store.file(1, b"huge", content=store.add_content(b"x" * 6_000_000, is_large=True))
        store.file(1, b"small", b"y" * 100)
        done = run(store, out)
        assert [problem.path for problem in done.problems] == [b"home/big", b"home/huge"]
        assert "No space left" in done.problems[0].reason
        assert os.listdir(out / "home") == ["small"]


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)
