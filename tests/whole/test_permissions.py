"""Ordinary users see of a backup what they could see of the tree; the kernel is the judge."""

import itertools
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.mounts import Seen, inside, mounted, seen_by
from tests.whole.world import CLIENT, World

pytestmark = [pytest.mark.root, pytest.mark.acl]

USERS = ("daemon", "nobody")
MODES = (0o600, 0o640, 0o604, 0o060, 0o006, 0o444)
FOLDERS = (0o700, 0o711, 0o744, 0o750, 0o705, 0o755)
ACLS = ("u:daemon:r", "u:nobody:-", "g:daemon:r", "u:daemon:rw,m::w", "g:nogroup:-")


def groups_of(name: str) -> list[int]:
    known = pwd.getpwnam(name)
    return [known.pw_gid, *(set(os.getgrouplist(name, known.pw_gid)) - {known.pw_gid})]


def eyes(name: str, top: Path) -> Seen:
    return seen_by(pwd.getpwnam(name).pw_uid, groups_of(name), top)


@pytest.fixture
def ground() -> Iterator[Path]:
    """Give a directory that everybody can reach."""
    with tempfile.TemporaryDirectory(prefix="tardis-test-") as made:
        os.chmod(made, 0o755)
        yield Path(made)


@pytest.fixture
def tree(ground: Path) -> Path:
    """Give a tree of two users' files under all kinds of modes and ACLs."""
    made = ground / "tree"
    made.mkdir()
    made.chmod(0o755)  # whatever the mask
    owners = [(pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid) for name in USERS]
    for number, (owner, mode) in enumerate(itertools.product((*owners, (0, 0)), FOLDERS)):
        folder = made / f"folder{number}"
        folder.mkdir()
        for count, each in enumerate(MODES):
            write(folder / f"file{count}", owners[(number + count) % 2], each)
        settle(folder, owner, mode)
    for number, acl in enumerate(ACLS):
        path = made / f"acl{number}"
        write(path, owners[number % 2], 0o644)
        subprocess.run(["setfacl", "-m", acl, path], check=True, timeout=60)
        folder = made / f"aclfolder{number}"
        folder.mkdir()
        write(folder / "inside", (0, 0), 0o644)
        settle(folder, owners[number % 2], 0o750)
        subprocess.run(["setfacl", "-m", acl.replace(":r", ":rx"), folder], check=True, timeout=60)
    return made


def write(path: Path, owner: tuple[int, int], mode: int) -> None:
    path.write_text(str(path), encoding="utf-8")
    settle(path, owner, mode)


def settle(path: Path, owner: tuple[int, int], mode: int) -> None:
    os.chown(path, *owner)
    path.chmod(mode)


@pytest.mark.fuse
@pytest.mark.guard(120)
def test_in_the_mount_users_see_what_they_see_in_the_tree(
    world: World, ground: Path, tree: Path
) -> None:
    world.backup("--name", "first", tree)
    options = ("allow_other", "default_permissions")
    with mounted(world, *options, place=ground / "mnt") as place:
        for name in USERS:
            expected = eyes(name, tree)
            assert 40 < sum(data is not None for data in expected.values()) < 100
            assert eyes(name, inside(place, "first", tree)) == expected


@pytest.mark.fuse
@pytest.mark.guard(120)
def test_versions_show_nobody_what_the_sets_do_not(world: World, ground: Path, tree: Path) -> None:
    world.backup("--name", "first", tree)
    seen = {name: eyes(name, tree) for name in USERS}
    for path in tree.iterdir():
        subprocess.run(["setfacl", "-b", path], check=True, timeout=60)
        path.chmod(0o755 if path.is_dir() else 0o644)
    world.backup("--name", "second", tree)
    with mounted(world, "allow_other", place=ground / "mnt") as place:
        top = inside(place, ".versions", tree)
        for name in USERS:
            found = eyes(name, top)
            for shown, data in found.items():
                file, _, version = shown.rpartition("/")
                if version == "first" and data is not None:
                    assert seen[name][file] == data
            assert any(path.endswith("/first") for path in found)
            later = {path for path in found if path.endswith("/second")}
            assert later <= {f"{path}/second" for path in eyes(name, tree)}


@pytest.mark.guard(120)
def test_restoring_for_a_user_brings_what_the_user_can_read(
    world: World, ground: Path, tree: Path
) -> None:
    world.backup(tree)
    for name in USERS:
        expected = eyes(name, tree)
        restored = world.restore(tree, "--as", name, status=3)
        files = {
            str(path.relative_to(restored)): path.read_bytes()
            for path in restored.rglob("*")
            if path.is_file()
        }
        listable = {path for path, data in expected.items() if data is None}
        assert files == {path: data for path, data in expected.items() if data is not None}
        assert listable >= {str(Path(path).parent) for path in files}
        done = world.run(
            *("regenerate", "--database", world.base, "--client", CLIENT, "--as", name),
            *("--tar", tree),
            status=3,
        )
        assert len(done.out) > 10_240 and "may not read it" in done.err
