"""The real mount: compared with kept copies, read by many, unmounted cleanly."""

import errno
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.trees import edit, grow
from tests.whole.world import CLIENT, World

pytestmark = pytest.mark.fuse


@contextmanager
def mounted(world: World, *options: str) -> Iterator[Path]:
    """Mount the store; it is unmounted whatever happens, and the program ends by itself."""
    place = world.place / "mnt"
    place.mkdir(exist_ok=True)
    where = f"database={world.base},client={CLIENT}"
    world.run("tardisfs", "-o", ",".join([where, *options]), place)
    try:
        assert os.path.ismount(place)
        yield place
    finally:
        subprocess.run(["fusermount3", "-u", str(place)], check=True, timeout=60)
        assert not os.path.ismount(place)


def inside(place: Path, name: str, tree: Path) -> Path:
    return place / name / str(tree).lstrip("/")


@pytest.mark.guard(180)
def test_every_set_looks_as_the_tree_did(world: World) -> None:
    tree = grow(world.place / "tree", 300)
    kept = {}
    for number in range(3):
        world.backup("--name", f"set {number}", tree)
        kept[f"set {number}"] = world.keep(tree)
        edit(tree, 40)
    with mounted(world) as place:
        assert sorted(os.listdir(place)) == ["Current", "set 0", "set 1", "set 2"]
        assert os.readlink(place / "Current") == "set 2"
        for name, copy in kept.items():
            assert compare(copy, inside(place, name, tree)) == []
        world.backup("--name", "set 3", tree)
        limit = time.monotonic() + 60
        while not (place / "set 3").exists():
            assert time.monotonic() < limit
            time.sleep(0.2)
        assert compare(tree, inside(place, "Current", tree)) == []


@pytest.mark.guard(180)
def test_many_read_at_once(world: World) -> None:
    tree = grow(world.place / "tree", 200)
    (tree / "large").write_bytes(os.urandom(5 << 20))
    world.backup(tree)
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    with mounted(world) as place:

        def look(path: Path) -> bool:
            shown = inside(place, "Current", tree) / path.relative_to(tree)
            return shown.read_bytes() == path.read_bytes()

        with ThreadPoolExecutor(20) as readers:
            assert all(readers.map(look, files * 3))


def test_nothing_can_be_written(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree)
    with mounted(world) as place:
        with pytest.raises(OSError) as caught:
            (place / "new").mkdir()
        assert caught.value.errno == errno.EROFS
        words = ["findmnt", "-no", "OPTIONS", str(place)]
        said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        flags = said.stdout.strip().split(",")
        assert {"ro", "nosuid", "nodev"} <= set(flags)


@pytest.mark.root
def test_mount_itself_by_a_line_as_in_fstab(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree)
    place = world.place / "mnt"
    place.mkdir()
    options = f"user,noauto,default_permissions,allow_other,database={world.base},client={CLIENT}"
    words = ["mount", "-t", "fuse", f"{world.bin}/tardisfs#0", str(place), "-o", options]
    subprocess.run(words, check=True, timeout=60, env=world.environment())
    try:
        assert compare(tree, inside(place, "Current", tree)) == []
    finally:
        subprocess.run(["umount", str(place)], check=True, timeout=60)


def test_what_cannot_be_mounted_says_so(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    world.backup(tree)
    done = world.run(
        "tardisfs", "-o", f"database={world.base},client=nobody", world.place, status=10
    )
    assert "no backup of nobody" in done.err
    nowhere = world.place / "nowhere"
    done = world.run("tardisfs", "-o", f"database={world.base}", nowhere, status=2)
    assert "no directory" in done.err
    where = f"database={world.base},client={CLIENT},no_such_option=1"
    done = world.run("tardisfs", "-o", where, world.home, status=10)
    assert "cannot mount" in done.err and not os.path.ismount(world.home)
