"""A store works on any file system that keeps what it is given, and is flushed as that wants."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.facilities import need
from tests.whole.images import image, overlay
from tests.whole.nfs import export
from tests.whole.trees import edit, grow
from tests.whole.world import World

FLUSHES = re.compile(r"\b(syncfs|fsync|fdatasync)\(\d+<([^>]*)>")


@contextmanager
def ground(kind: str, folder: Path) -> Iterator[Path]:
    """Give a directory on a fresh file system of *kind*."""
    if kind == "overlay":
        (folder / "lower").mkdir(parents=True)
        with overlay((folder / "lower",), folder / "upper", folder / "over") as laid:
            yield laid.place
        return
    if kind == "nfs":
        with export(folder) as far:
            yield far.place
        return
    if kind == "subvolume":
        need("btrfs")
    with image(folder, "btrfs" if kind == "subvolume" else kind, 400) as made:
        if kind != "subvolume":
            yield made.place
            return
        place = made.place / "stores"
        subvolume(place)
        yield place


def subvolume(place: Path) -> None:
    subprocess.run(["btrfs", "-q", "subvolume", "create", place], check=True, timeout=60)


@pytest.fixture(params=["ext4", "xfs", "btrfs", "subvolume", "overlay", "vfat", "exfat", "nfs"])
def placed(bare: World, request: pytest.FixtureRequest) -> Iterator[tuple[World, str]]:
    """Give a world whose stores lie on another file system, and what that is."""
    with ground(request.param, bare.place / "ground") as place:
        bare.base = place / "base"
        try:
            yield bare, request.param
        finally:
            bare.close()


@pytest.mark.strace
@pytest.mark.guard(180)
def test_a_store_works_on_every_file_system(placed: tuple[World, str]) -> None:
    world, kind = placed
    world.way = "local"
    trace = world.place / "trace"
    calls = ["strace", "-f", "-y", "-qq", "-e", "trace=syncfs,fsync,fdatasync", "-o", str(trace)]
    tree = grow(world.place / "tree", 150)
    kept = world.keep(tree)
    world.backup(tree)
    edit(tree, 20)
    done = world.finish(world.start_backup(tree, before=calls))
    assert done.status == 0, str(done)
    first, second = world.complete()
    world.check(tree, kept, first)
    world.check(tree, tree, second)
    flushed = FLUSHES.findall(trace.read_text(errors="replace"))
    packs = [path for call, path in flushed if call != "syncfs" and path.endswith(".pack")]
    whole = [path for call, path in flushed if call == "syncfs"]
    if kind in ("overlay", "vfat", "exfat", "nfs"):
        assert packs and not whole, f"on {kind} each file is flushed by itself"
    else:
        assert whole and not packs, f"on {kind} one call flushes a group"


@pytest.mark.guard(180)
def test_a_writer_that_was_killed_harms_no_set_on_any_file_system(
    placed: tuple[World, str],
) -> None:
    world, _ = placed
    world.start_daemon()
    tree = grow(world.place / "tree", 60)
    kept = world.keep(tree)
    world.backup(tree)
    grow(tree / "more", 400, 2)
    running = world.start_backup(tree)
    world.stop_daemon(9)
    assert world.finish(running).status != 0
    world.start_daemon()
    world.check(tree, kept, world.complete()[0])
    world.backup(tree)
    world.check(tree, tree)


def test_what_lies_in_a_store_any_file_system_can_name(world: World) -> None:
    """FAT knows neither links nor capitals from small letters, and forbids some characters."""
    tree = grow(world.place / "tree", 150)
    for number in range(2):
        (tree / f"large{number}").write_bytes(bytes([number]) * 300_000)
        world.backup(tree)
    inside = [path.relative_to(world.base) for path in world.base.rglob("*")]
    assert len(inside) > 10
    assert len({str(path).lower() for path in inside}) == len(inside)
    plain = re.compile(r"[A-Za-z0-9._-]{0,99}[A-Za-z0-9_-]")
    assert [path for path in inside if not plain.fullmatch(path.name)] == []
    files = [world.base / path for path in inside if (world.base / path).is_file()]
    assert [path for path in files if path.is_symlink() or path.stat().st_nlink > 1] == []
