"""NFS for real: another machine stamps the times, and its files may be gone at any moment."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.nfs import Export, export
from tests.whole.test_counted import entry_rows
from tests.whole.test_identities import read_by
from tests.whole.trees import edit, files_of, grow
from tests.whole.world import World

pytestmark = [pytest.mark.nfs, pytest.mark.root, pytest.mark.strace, pytest.mark.guard(180)]


@pytest.fixture
def far(world: World) -> Iterator[Export]:
    """Give what another machine serves, with a tree in it."""
    with export(world.place / "nfs") as made:
        grow(made.served / "tree", 120)
        yield made
        world.close()


def links_of(tree: Path) -> set[Path]:
    return {path for path in files_of(tree) if path.stat().st_nlink > 1}


def test_what_is_mounted_again_is_not_read_again(world: World, far: Export) -> None:
    tree = far.place / "tree"
    world.backup(tree)
    rows = entry_rows(world)
    for _ in range(2):
        far.remount()
        assert read_by(world, tree) == set()
        assert entry_rows(world) == rows
    assert world.rows("SELECT type FROM filesystems") == [("nfs4",)]
    changed = {
        tree / path.relative_to(far.served / "tree") for path in edit(far.served / "tree", 6)
    }
    far.remount()
    links = links_of(tree)
    assert changed <= read_by(world, tree) <= changed | links
    world.check(tree, tree)


def test_what_is_mounted_elsewhere_keeps_its_directories(world: World, far: Export) -> None:
    world.backup(far.place / "tree")
    folders = world.rows("SELECT count(*) FROM directories")
    far.unmount()
    far.place = world.place / "elsewhere"
    far.place.mkdir()
    far.mount()
    assert read_by(world, far.place / "tree") == set()
    assert world.last("new_bytes") == 0
    assert world.rows("SELECT count(*) FROM directories") == folders


def test_the_racy_window_is_ten_times_as_long(world: World, far: Export) -> None:
    """The file has rested for longer than the window: here that is not long enough."""
    for place, again in ((world.place / "near", False), (far.place / "young", True)):
        place.mkdir()
        file = place / "file"
        file.write_bytes(b"just written")
        time.sleep(1.2)
        words = ("--racy-window", "1", place)
        world.backup(*words, settled=False)
        trace = world.place / "trace"
        calls = ["strace", "-f", "-y", "-qq", "-e", "trace=openat", "-o", str(trace)]
        done = world.finish(world.start("tardis", *world.reach(), *words, before=calls))
        assert done.status == 0, str(done)
        assert (f"<{file}>" in trace.read_text(errors="replace")) is again, place


def test_an_edit_by_another_machine_that_hides_its_date_is_found(world: World, far: Export) -> None:
    tree = far.place / "tree"
    world.backup(tree)
    chosen = [path for path in files_of(far.served / "tree") if path.stat().st_size > 500][:5]
    for path in chosen:
        before = path.stat()
        path.write_bytes(bytes(before.st_size))
        os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    far.remount()
    world.backup(tree)
    world.check(tree, far.served / "tree")


def test_an_export_that_was_withdrawn_closes_nothing(world: World, far: Export) -> None:
    tree = far.place / "tree"
    world.backup(tree)
    rows = len(world.rows("SELECT 1 FROM entries WHERE last_set = ?", (1 << 63) - 1))
    kept = world.keep(tree)
    far.options = ",actimeo=0"  # or what the client knows is good enough for a while
    far.remount()
    far.withdraw()
    done = world.backup(tree, status=None)
    assert done.status not in (0, 3), str(done)
    assert "nothing to back up" in done.err, str(done)
    world.check(tree, kept, 1)
    assert len(world.rows("SELECT 1 FROM entries WHERE last_set = ?", (1 << 63) - 1)) == rows
    far.serve()
    far.remount()
    assert read_by(world, tree) == set()
    world.check(tree, kept)


def test_an_export_that_is_withdrawn_while_a_run_goes_on_closes_nothing(
    world: World, far: Export
) -> None:
    tree = grow(far.served / "tree" / "more", 1500, 2).parent
    tree = far.place / tree.relative_to(far.served)
    world.backup(tree)
    kept = world.keep(tree)
    edit(far.served / "tree", 400, 5)
    after = world.keep(far.served / "tree")
    usual = 0.3
    for attempt in range(4):
        far.remount()
        run = world.start_backup(tree)
        time.sleep(usual * attempt)
        far.withdraw()
        done = world.finish(run)
        assert done.status >= 0, str(done)
        assert "Traceback" not in done.err, str(done)
        far.serve()
        world.check(tree, kept, 1)
    far.remount()
    world.backup(tree)
    world.check(tree, after)


def test_files_that_come_and_go_at_the_server_are_stored_or_told(world: World, far: Export) -> None:
    """The client's answers are seconds old: what it lists may be gone, or be another file."""
    served, tree = far.served / "tree", far.place / "tree"
    for attempt in range(4):
        run = world.start_backup(tree)
        for number in range(60):
            for path in edit(served, 3, attempt * 100 + number):
                path.rename(path.with_name("aside"))
                path.write_bytes(b"another file under its name")
        done = world.finish(run)
        assert done.status in (0, 3), str(done)
        assert "Traceback" not in done.err, str(done)
    far.remount()
    world.backup(tree)
    world.check(tree, served)


def test_what_is_restored_there_is_whole_and_what_it_cannot_keep_is_told(
    world: World, far: Export
) -> None:
    tree = grow(world.place / "tree", 60)
    chosen = files_of(tree)[0]
    os.setxattr(chosen, "user.note", b"kept")
    subprocess.run(["setfacl", "-m", "u:7:rw", chosen], check=True, timeout=60)
    world.backup(tree)
    words = ["--database", world.base, "--client", "machine", "--output", far.place / "back"]
    (far.place / "back").mkdir()
    done = world.run("regenerate", *words, tree)
    assert "ACL" in done.err, str(done)
    back = far.served / "back" / "tree"
    assert os.getxattr(back / chosen.relative_to(tree), "user.note") == b"kept"
    subprocess.run(["setfacl", "-b", chosen], check=True, timeout=60)
    os.chmod(chosen, (back / chosen.relative_to(tree)).stat().st_mode & 0o777)
    found = compare(tree, back)
    assert not found, "; ".join(map(str, found[:10]))
