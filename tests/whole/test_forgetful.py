"""Where inodes do not last and ctime says nothing, nothing is read twice and no edit is missed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.model import SourceError
from tardis.scan import Filesystems, FolderReader
from tests.whole.disks import unmount
from tests.whole.test_counted import entry_rows
from tests.whole.test_identities import plain_tree, read_by
from tests.whole.trees import files_of
from tests.whole.world import World, end, wait_until

pytestmark = [pytest.mark.fuse, pytest.mark.root, pytest.mark.strace, pytest.mark.guard(120)]

PROGRAM = Path(__file__).with_name("fatlike.py")


class Stick:
    """The forgetful file system: what is done to `source` is seen below `tree`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.source = plain_tree(world.place / "source")
        self.tree = world.place / "stick"
        self.tree.mkdir()
        for path in files_of(self.source):
            os.utime(path, ns=(10**18, 10**18 + 7))

    def mount(self) -> None:
        """Show it; whoever is looked at first gets the first inode."""
        command = [sys.executable, str(PROGRAM), str(self.source), str(self.tree)]
        self.process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.ismount(self.tree), "the file system is there")

    def unmount(self) -> None:
        """Take it away."""
        if os.path.ismount(self.tree):
            unmount(self.tree)
        end(self.process)

    def inodes(self, *, backwards: bool = False) -> dict[Path, int]:
        """Return the inode of each file, looked at in this order."""
        found = sorted(files_of(self.source), reverse=backwards)
        shown = (self.tree / path.relative_to(self.source) for path in found)
        return {path: path.stat().st_ino for path in shown}


@pytest.fixture
def stick(world: World) -> Iterator[Stick]:
    made = Stick(world)
    made.mount()
    try:
        yield made
    finally:
        made.unmount()
        world.close()


def test_it_is_as_forgetful_as_it_should_be(stick: Stick) -> None:
    before = stick.inodes()
    stick.unmount()
    stick.mount()
    assert stick.inodes(backwards=True) != before
    assert {path.stat().st_mtime_ns % (2 * 10**9) for path in before} == {0}


def test_mounted_again_it_is_not_read_again(stick: Stick, world: World) -> None:
    world.backup(stick.tree)
    rows = entry_rows(world)
    assert read_by(world, stick.tree) == set()
    for _ in range(2):
        stick.unmount()
        stick.mount()
        stick.inodes(backwards=True)
        assert read_by(world, stick.tree) == set()
    assert entry_rows(world) == rows
    assert world.rows("SELECT DISTINCT inodes_stable, ctime_trusted FROM filesystems "
                      "WHERE type = 'fuse.fatlike'") == [(0, 0)]  # fmt: skip
    world.check(stick.tree, stick.tree)


def test_only_what_changed_is_read(stick: Stick, world: World) -> None:
    world.backup(stick.tree)
    chosen = files_of(stick.source)[5]
    chosen.write_bytes(b"another content")
    stick.unmount()
    stick.mount()
    stick.inodes(backwards=True)
    assert read_by(world, stick.tree) == {stick.tree / chosen.relative_to(stick.source)}
    world.check(stick.tree, stick.tree)


def test_an_edit_within_the_two_seconds_of_a_date_is_found(stick: Stick, world: World) -> None:
    """Size and both dates stay as they are: only the racy window tells that it may have changed."""
    file = files_of(stick.source)[3]
    size = file.stat().st_size
    for number in range(3):
        file.write_bytes(bytes([65 + number]) * size)
        os.utime(file, ns=(10**18, file.stat().st_mtime_ns // (2 * 10**9) * 2 * 10**9))
        shown = stick.tree / file.relative_to(stick.source)
        before = shown.stat()
        world.backup(stick.tree, settled=False)
        first = world.complete()[-1]
        kept = file.read_bytes()
        file.write_bytes(bytes([97 + number]) * size)
        os.utime(file, ns=(10**18, before.st_mtime_ns + 1_999_999_999))
        after = shown.stat()
        assert (after.st_mtime_ns, after.st_ctime_ns, after.st_size) == (
            before.st_mtime_ns, before.st_ctime_ns, size,
        )  # fmt: skip
        world.backup(stick.tree, settled=False)
        second = world.complete()[-1]
        assert world.restore(shown, number=first).read_bytes() == kept
        assert world.restore(shown, number=second).read_bytes() == file.read_bytes()


def test_a_directory_that_was_renamed_is_read_and_not_sent(stick: Stick, world: World) -> None:
    world.backup(stick.tree)
    (stick.source / "dir3").rename(stick.source / "dir33")
    moved = set(files_of(stick.tree / "dir33"))
    assert read_by(world, stick.tree) == moved
    assert world.last("new_bytes") == 0
    world.check(stick.tree, stick.tree)
    assert read_by(world, stick.tree) == set()


def test_a_directory_exchanged_for_a_link_is_not_followed(stick: Stick, world: World) -> None:
    """The inode cannot tell that somebody put a link in the way, so no link is passed."""
    rows = Filesystems([], lambda item: None)
    inner = stick.tree / "dir1" / "sub1"
    status = inner.stat()
    folder = (*rows.of_folder(status.st_dev, status.st_ino, os.fsencode(inner)), 0)
    FolderReader(os.fsencode(inner), folder, rows, 0).close()
    (stick.source / "dir1").rename(stick.source / "aside")
    (stick.source / "dir1").symlink_to("aside")
    assert inner.is_dir()
    with pytest.raises(SourceError):
        FolderReader(os.fsencode(inner), folder, rows, 0)
