"""The real mount: compared with kept copies, read by many, unmounted cleanly."""

import errno
import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.mounts import inside, mounted
from tests.whole.trees import edit, files_of, grow
from tests.whole.world import CLIENT, World, wait_until

pytestmark = pytest.mark.fuse


@pytest.mark.guard(180)
def test_every_set_looks_as_the_tree_did(world: World) -> None:
    tree = grow(world.place / "tree", 300)
    kept = {}
    for number in range(4):
        world.backup("--name", f"set {number}", tree)
        kept[f"set {number}"] = world.keep(tree)
        edit(tree, 40)
    with mounted(world) as place:
        assert sorted(os.listdir(place)) == ["Current", *sorted(kept)]
        assert os.readlink(place / "Current") == "set 3"
        for name, copy in kept.items():
            assert compare(copy, inside(place, name, tree)) == []
        world.backup("--name", "set 4", tree)
        limit = time.monotonic() + 60
        while not (place / "set 4").exists():
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


def test_what_libfuse_alone_knows_is_served_by_it(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    (tree / "bytes").write_bytes(b"x" * 300_000)
    world.backup(tree)
    with mounted(world, "umask=0277") as place:
        shown = inside(place, "Current", tree)
        assert (shown / "bytes").read_bytes() == b"x" * 300_000
        assert (shown / "bytes").stat().st_mode & 0o777 == 0o500
        assert sorted(os.listdir(shown)) == sorted(os.listdir(tree))
        assert os.getxattr(shown / "bytes", "user.tardis_since")
        with pytest.raises(FileNotFoundError):
            (shown / "none").stat()


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
def test_mount_itself_by_a_line_of_fstab(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree)
    place = world.place / "mnt"
    place.mkdir()
    options = f"user,noauto,default_permissions,allow_other,database={world.base},client={CLIENT}"
    fstab = world.place / "fstab"
    fstab.write_text(f"{world.bin}/tardisfs#0 {place} fuse {options} 0 2\n")
    words = ["mount", "-T", str(fstab), str(place)]
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


@pytest.mark.guard(180)
def test_sets_stay_as_they_are_while_others_come_and_go(world: World) -> None:
    tree = grow(world.place / "tree", 150)
    kept = {}
    for number in range(3):
        world.backup("--name", f"set {number}", tree)
        kept[f"set {number}"] = world.keep(tree)
        edit(tree, 100, number)

    def live() -> None:
        """Back up, and take so much away that packs are written anew."""
        world.backup("--name", "set 3", tree)
        for gone in ("set 1", "set 3"):
            words = ["--database", world.base, "--client", CLIENT, "--noconfirm", gone]
            world.run("sonic", "delete", *words)

    with mounted(world) as place, ThreadPoolExecutor(1) as other:
        del kept["set 1"]
        packs = {path.name for path in (world.base / CLIENT / "packs").iterdir()}
        living, rounds = other.submit(live), 0
        while not living.done() or rounds < 2:
            for name, copy in kept.items():
                assert compare(copy, inside(place, name, tree)) == []
            rounds += 1
        living.result()
        assert not packs <= {path.name for path in (world.base / CLIENT / "packs").iterdir()}
        wait_until(lambda: "set 1" not in os.listdir(place), "the mount learns of it")
        for name, copy in kept.items():
            assert compare(copy, inside(place, name, tree)) == []


def test_an_archive_of_the_mount_is_that_of_the_tree(world: World) -> None:
    tree = grow(world.place / "tree", 150)
    os.mkfifo(tree / "fifo")
    (tree / "odd\n\udcff").write_bytes(b"odd")
    os.truncate(tree / "odd\n\udcff", 3 << 20)
    world.backup("--name", "one", tree)
    sums = []
    with mounted(world) as place:
        for top in (tree, inside(place, "one", tree)):
            pax = ["--format=pax", "--pax-option=delete=atime,delete=ctime"]
            words = ["tar", "--sort=name", *pax, "-C", str(top), "-cf", "-", "."]
            done = subprocess.run(words, check=True, capture_output=True, timeout=60)
            assert len(done.stdout) > 3 << 20 and not done.stderr
            sums.append(sha256(done.stdout).hexdigest())
    assert sums[0] == sums[1]


def test_a_store_that_is_gone_is_an_error_and_the_mount_can_still_go(world: World) -> None:
    tree = grow(world.place / "tree", 30)
    (tree / "large").write_bytes(os.urandom(1 << 20))
    world.backup(tree)
    log = world.place / "mount.log"
    with mounted(world, f"logfile={log}", "cachetime=0") as place:
        shown = inside(place, "Current", tree)
        names = os.listdir(shown)
        shutil.rmtree(world.base)
        for path in files_of(tree):
            if path.stat().st_size:
                with pytest.raises(OSError) as caught:
                    (shown / path.relative_to(tree)).read_bytes()
                assert caught.value.errno == errno.EIO
        assert os.listdir(place) and "large" in names
    assert "/large: " in log.read_text()


def test_a_signal_unmounts(world: World) -> None:
    world.backup(grow(world.place / "tree", 5))
    place = world.place / "mnt"
    place.mkdir()
    where = ["-o", f"database={world.base},client={CLIENT}", "--log", world.place / "log", place]
    process = world.start("tardisfs", "--foreground", *where)
    wait_until(lambda: os.path.ismount(place), "it is mounted")
    process.send_signal(signal.SIGTERM)
    done = world.finish(process, ["tardisfs"])
    assert (done.status, done.err, os.path.ismount(place)) == (0, "", False)
    mounted_on, unmounted = (world.place / "log").read_text().splitlines()
    assert f"mounted client {CLIENT} on {place}" in mounted_on
    assert f"unmounted {place}" in unmounted
