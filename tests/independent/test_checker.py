"""The independent comparer can fail: each kind of difference is planted, and found alone."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.independent.checker import ASPECTS, compare, walk

NOON = 1_600_000_000_123_456_789


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Make two equal trees with something of every kind that needs no rights."""
    left, right = tmp_path / "left", tmp_path / "right"
    (left / "inner" / "deep").mkdir(parents=True)
    (left / "inner" / "file").write_bytes(b"some words")
    (left / "inner" / "deep" / "other").write_bytes(bytes(3_000_000))
    os.link(left / "inner" / "file", left / "second")
    (left / "lonely").write_bytes(b"some words")
    (left / "link").symlink_to("inner/file")
    os.mkfifo(left / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(left)  # the path of a socket has to be short
        listener.bind("socket")
        os.chdir(here)
    (Path(os.fsdecode(os.fsencode(left) + b"/odd\xff\n-"))).write_bytes(b"")
    subprocess.run(["cp", "-a", left, right], check=True)
    return left, right


def renew(path: Path, data: bytes) -> None:
    """Write *data* into the file in place and keep its mtime."""
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def hollow(path: Path) -> None:
    """Let the file be one hole, where it was zeros."""
    before = path.stat()
    os.truncate(path, 0)
    os.truncate(path, before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def relink(tree: Path, name: str, target: str) -> None:
    before = (tree / name).lstat()
    (tree / name).unlink()
    (tree / name).symlink_to(target)
    os.utime(tree / name, ns=(0, before.st_mtime_ns), follow_symlinks=False)


def unlink_and_copy(tree: Path) -> None:
    """Turn the hard link into a file of its own with the same data and metadata."""
    shutil.copy2(tree / "second", tree / "copy")
    os.replace(tree / "copy", tree / "second")


def exchange(path: Path, make: Callable[[Path], None]) -> None:
    path.unlink()
    make(path)


PLANTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "content": ("content", lambda tree: renew(tree / "inner/deep/other", bytes(2_999_999) + b"x")),
    "holes": ("holes", lambda tree: hollow(tree / "inner/deep/other")),
    "size": ("size", lambda tree: renew(tree / "lonely", b"some words more")),
    "mode": ("mode", lambda tree: (tree / "lonely").chmod(0o600)),
    "setgid": ("mode", lambda tree: (tree / "inner").chmod(0o2755)),
    "mtime": ("mtime", lambda tree: os.utime(tree / "lonely", ns=(NOON, NOON))),
    "nanosecond": (
        "mtime",
        lambda tree: os.utime(tree / "inner", ns=(0, (tree / "inner").stat().st_mtime_ns + 1)),
    ),
    "time of a link": (
        "mtime",
        lambda tree: os.utime(tree / "link", ns=(NOON, NOON), follow_symlinks=False),
    ),
    "time of the tree": ("mtime", lambda tree: os.utime(tree, ns=(NOON, NOON))),
    "target": ("target", lambda tree: relink(tree, "link", "inner/fild")),
    "kind": ("kind", lambda tree: exchange(tree / "pipe", Path.touch)),
    "missing": ("missing", lambda tree: (tree / "lonely").unlink()),
    "missing directory": ("missing", lambda tree: shutil.rmtree(tree / "inner/deep")),
    "extra": ("extra", lambda tree: (tree / "inner/deep/new").touch()),
    "a link that is a copy": ("links", unlink_and_copy),
}


def aspects(left: Path, right: Path, xattrs: bool = False) -> set[str]:
    return {difference.aspect for difference in compare(left, right, xattrs=xattrs)}


def test_equal_trees_are_equal(trees: tuple[Path, Path]) -> None:
    assert compare(*trees) == []
    assert compare(*trees, xattrs=True) == []
    assert len(list(walk(os.fsencode(trees[0])))) == 11


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_difference_is_found_in_either_direction(
    trees: tuple[Path, Path], plant: str
) -> None:
    aspect, change = PLANTS[plant]
    change(trees[1])
    assert aspect in aspects(*trees)
    mirrored = {"missing": "extra", "extra": "missing"}.get(aspect, aspect)
    assert mirrored in aspects(trees[1], trees[0])


def test_holes_are_zeros_and_are_not_read(
    trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hollow(trees[1] / "inner/deep/other")
    assert aspects(*trees) == {"holes"}
    for tree, last in zip(trees, (b"x", b"y"), strict=True):
        with (tree / "huge").open("wb") as file:
            file.seek((1 << 40) + 5)
            file.write(last)
        os.utime(tree / "huge", ns=(NOON, NOON))
        os.utime(tree, ns=(NOON, NOON))
    read, pread = [0], os.pread

    def counted(file: int, length: int, offset: int) -> bytes:
        data = pread(file, length, offset)
        read[0] += len(data)
        return data

    monkeypatch.setattr(os, "pread", counted)
    found = compare(*trees, ignore={"holes"})
    assert [(one.path, one.aspect) for one in found] == [(b"huge", "content")]
    assert 0 < read[0] < 8 << 20


def test_two_files_that_became_one_are_found(trees: tuple[Path, Path]) -> None:
    (trees[1] / "lonely").unlink()
    os.link(trees[1] / "second", trees[1] / "lonely")
    assert "links" in aspects(*trees)


@pytest.mark.root
@pytest.mark.parametrize("aspect", ["uid", "gid"])
def test_a_foreign_owner_is_found(trees: tuple[Path, Path], aspect: str) -> None:
    os.chown(trees[1] / "link", *((12, -1) if aspect == "uid" else (-1, 12)), follow_symlinks=False)
    assert aspects(*trees) == {aspect}


@pytest.mark.root
def test_another_device_number_is_found(trees: tuple[Path, Path]) -> None:
    for tree, minor in zip(trees, (3, 5), strict=True):
        os.mknod(tree / "null", 0o20666, os.makedev(1, minor))
    assert compare(*trees, ignore={"mtime"})[0].aspect == "rdev"


@pytest.mark.xattr
def test_another_attribute_is_found_when_asked_for(trees: tuple[Path, Path]) -> None:
    os.setxattr(trees[1] / "inner", "user.colour", b"blue")
    assert aspects(*trees) == set()
    assert aspects(*trees, xattrs=True) == {"xattrs"}


def test_what_is_ignored_or_skipped_does_not_count(trees: tuple[Path, Path]) -> None:
    (trees[1] / "inner/deep/new").touch()
    found = {difference.aspect for difference in compare(*trees)}
    assert found == {"extra", "mtime"}
    assert compare(*trees, ignore={"extra", "mtime"}) == []
    assert compare(*trees, skip=[b"inner/deep"]) == []
    with pytest.raises(ValueError, match="no such aspect"):
        compare(*trees, ignore={"colour"})


def test_every_aspect_has_been_planted() -> None:
    planted = {aspect for aspect, _ in PLANTS.values()}
    assert planted | {"uid", "gid", "rdev", "xattrs"} == set(ASPECTS)


def deepen(top: Path, levels: int, last: bytes) -> None:
    """Make a chain of directories below *top* and a file at its end."""
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        os.mkdir(b"level", dir_fd=here)
        inner = os.open(b"level", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    file = os.open(b"end", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, last)
    os.close(file)
    os.close(here)


def test_depth_and_length_of_a_path_have_no_limit(tmp_path: Path) -> None:
    left, right = tmp_path / "left", tmp_path / "right"
    for tree, last in ((left, b"one"), (right, b"two")):
        tree.mkdir()
        deepen(tree, 1100, last)
    found = compare(left, right, ignore={"mtime"})
    assert [(len(one.path), one.aspect) for one in found] == [(1100 * 6 + 3, "content")]
    subprocess.run(["rm", "-r", left, right], check=True)


def test_the_command_line_prints_differences_and_says_so_by_status(
    trees: tuple[Path, Path],
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("checker.py"))]
    same = subprocess.run([*command, *trees], capture_output=True, text=True, check=False)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "the same\n")
    odd = os.fsdecode(os.fsencode(trees[1]) + b"/odd\xff\n-")
    os.utime(odd, ns=(NOON, NOON))
    done = subprocess.run([*command, *trees], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("odd\\udcff\\n-: mtime: ")
    assert done.stdout.count("\n") == 1
