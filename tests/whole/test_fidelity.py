"""docs/fidelity.md is compared with reality: each row of its tables is tried."""

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.chattr import NEEDED as chattr_needed
from tests.chattr import chattr, lsattr, unlocked
from tests.independent.checker import look
from tests.whole.world import ROOT, World

pytestmark = [pytest.mark.root, pytest.mark.xattr, pytest.mark.acl]

PAGE: Final = (ROOT / "docs/fidelity.md").read_text(encoding="utf-8")
WITHOUT_RIGHTS: Final = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"

Same = Callable[[Path, Path], bool]
"""Tells whether something is in the restored tree what it was in the first."""


def table(heading: str) -> dict[str, tuple[str, str]]:
    """Return (kept, restored) by what a table of the page begins its rows with."""
    _, _, part = PAGE.partition(f"## {heading}\n")
    rows = [line.split("|") for line in part.partition("\n## ")[0].splitlines() if "|" in line]
    return {row[1].strip(): (row[2].strip(), row[3].strip()) for row in rows[2:]}


def grow(top: Path) -> None:
    """Make a tree with everything that the page speaks of."""
    (top / "directory/closed").mkdir(parents=True)
    (top / "regular file").write_bytes(b"content\0" * 1000)
    os.link(top / "regular file", top / "directory/another name")
    (top / b"name \xff\n".decode(errors="surrogateescape")).touch()
    (top / "symbolic link").symlink_to(b"to\xff")
    os.mkfifo(top / "FIFO")
    os.link(top / "FIFO", top / "directory/another FIFO")
    os.mknod(top / "character device", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.mknod(top / "block device", stat.S_IFBLK | 0o600, os.makedev(260, 70_000))
    os.mknod(top / "socket", stat.S_IFSOCK | 0o600)
    file = top / "regular file"
    subprocess.run(["setfacl", "-m", "u:1234:rw", file], check=True)
    subprocess.run(["setfacl", "-m", "d:g:77:rx", top / "directory"], check=True)
    os.setxattr(file, "user.a", b"\0value")
    (top / "owned").touch()
    os.chown(top / "owned", 4711, 4712)
    (top / "directory/closed/inside").touch()
    (top / "directory/closed").chmod(0)
    chattr("+d", file)
    chattr("+A", top / "directory")
    (top / "locked").write_bytes(b"for good")
    (top / "shut").mkdir()
    (top / "shut/file").touch()
    chattr("+i", top / "locked")
    chattr("+a", top / "shut")
    os.utime(file, ns=(5, -1_234_567_890_123_456_789))
    os.utime(top / "owned", ns=(5, 1_234_567_890_123_456_789))


def at(name: str, aspect: Callable[[Path], object]) -> Same:
    """Return a comparison of one aspect of one file."""

    def is_same(tree: Path, restored: Path) -> bool:
        if not (restored / name).is_symlink() and not (restored / name).exists():
            return False
        return aspect(tree / name) == aspect(restored / name)

    return is_same


def kind(path: Path) -> object:
    seen = look(os.fsencode(path), None, False)
    return seen.kind, seen.mode, seen.target, seen.content


def attribute(name: str) -> Callable[[Path], object]:
    return lambda path: os.getxattr(path, name) if name in os.listxattr(path) else None


def said(*command: str) -> Callable[[Path], object]:
    """Return what a command says of a path before the path itself."""

    def ask(path: Path) -> object:
        done = subprocess.run([*command, path], check=True, capture_output=True, text=True)
        return done.stdout.removesuffix(f"{path}\n")

    return ask


def names(tree: Path, restored: Path) -> bool:
    return set(os.listdir(os.fsencode(tree))) <= set(os.listdir(os.fsencode(restored))) | {
        b"character device",
        b"block device",
    }


KINDS: Final[dict[str, Same]] = {
    name: at(name, kind)
    for name in (
        "regular file",
        "symbolic link",
        "FIFO",
        "socket",
        "character device",
        "block device",
    )
} | {"directory": at("directory/closed", kind)}

PROPERTIES: Final[dict[str, Same]] = {
    "name": names,
    "content": at("regular file", Path.read_bytes),
    "mode": at("regular file", lambda path: path.lstat().st_mode),
    "owner": at("owned", lambda path: (path.lstat().st_uid, path.lstat().st_gid)),
    "mtime": at("regular file", lambda path: path.lstat().st_mtime_ns),
    "extended attributes": at("regular file", attribute("user.a")),
    "access ACL": at("regular file", attribute(ACCESS)),
    "default ACL": at("directory", attribute(DEFAULT)),
    "device number": at("block device", lambda path: path.lstat().st_rdev),
    "atime": at("owned", lambda path: path.lstat().st_atime_ns),
    "ctime": at("regular file", lambda path: path.lstat().st_ctime_ns),
    "birth time": at("regular file", said("stat", "--format", "%w %n")),
    "file flags c and d": at("regular file", lsattr),
    "file flags i and a": lambda *trees: (
        at("locked", lsattr)(*trees) and at("shut", lsattr)(*trees)
    ),
    "other flags of directories": at("directory", lsattr),
    "other flags of files": lambda tree, restored: False,
}


def unprivileged(world: World, tree: Path) -> Path:
    """Restore with no rights but those of an owner; return where it is."""
    out = world.place / "unprivileged"
    out.mkdir()
    words = [*WITHOUT_RIGHTS, str(world.bin / "regenerate"), "--database", str(world.base)]
    words += ["--client", "machine", "--output", str(out), str(tree)]
    subprocess.run(words, env=world.environment(), check=True, timeout=60, capture_output=True)
    return out / tree.name


@chattr_needed
def test_the_page_says_what_happens(world: World) -> None:
    with unlocked(world.place):
        tree = world.place / "tree"
        grow(tree)
        world.backup(tree)
        _compare(tree, world.restore(tree), unprivileged(world, tree))


def _compare(tree: Path, by_root: Path, by_others: Path) -> None:
    for heading, tried in (("Kinds", KINDS), ("Properties", PROPERTIES)):
        told = table(heading)
        assert set(told) == set(tried), heading
        for name, (_, restored) in told.items():
            is_same = tried[name](tree, by_root), tried[name](tree, by_others)
            expected = {"yes": (True, True), "root": (True, False), "no": (False, False)}
            assert is_same == expected[restored], name
    for one, other in (
        ("regular file", "directory/another name"),
        ("FIFO", "directory/another FIFO"),
    ):
        assert (by_root / one).samefile(by_root / other)


def test_what_is_restored_was_kept() -> None:
    for heading in ("Kinds", "Properties"):
        for name, (kept, restored) in table(heading).items():
            assert kept == "yes" or restored == "no", name
            assert {kept, restored} <= {"yes", "no", "root"}, name


def test_a_socket_that_was_listened_on_comes_back_deaf(world: World, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{(folder := os.open(tree, os.O_RDONLY))}/s")
        os.close(folder)
    world.backup(tree)
    assert stat.S_ISSOCK((world.restore(tree) / "s").lstat().st_mode)
