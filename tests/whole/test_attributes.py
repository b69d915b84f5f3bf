"""Extended attributes and ACLs through the real programs; docs/fidelity.md is held to it."""

import os
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.world import World

pytestmark = [pytest.mark.xattr, pytest.mark.acl]


def acl(rules: str, path: Path) -> None:
    subprocess.run(["setfacl", "-m", rules, path], check=True)


@pytest.fixture
def tree(bare: World) -> Path:
    """Give a tree with what anybody may set of attributes and ACLs."""
    top = bare.place / "tree"
    (top / "sub/deep").mkdir(parents=True)
    for name in ("plain", "file", "sub/inside", "sub/deep/read-only"):
        (top / name).write_bytes(name.encode())
    os.link(top / "file", top / "sub/same file")
    os.mkfifo(top / "pipe")
    (top / "link").symlink_to("file")
    os.setxattr(top, "user.top", b"of all")
    os.setxattr(top / "file", b"user.\xff\n", bytes(range(256)))
    os.setxattr(top / "file", "user.large", os.urandom(2000))
    os.setxattr(top / "sub/deep/read-only", "user.a", b"")
    (top / "sub/deep/read-only").chmod(0o400)
    acl("u:1234:rw,g:4321:r", top / "file")
    acl("u:1234:rwx,d:u:1234:rwx,d:g:4321:rx", top / "sub")
    acl("u:77:r", top / "pipe")
    acl("u:99:rx", top)
    (top / "sub/deep").chmod(0o550)
    return top


def differences(world: World, tree: Path, number: int | None = None) -> list[str]:
    restored = world.restore(tree, number=number)
    return [str(one) for one in compare(tree, restored, xattrs=True)]


def test_all_comes_back_and_an_unchanged_run_writes_nothing(world: World, tree: Path) -> None:
    assert world.backup(tree).err == ""
    assert differences(world, tree) == []
    before = world.rows("SELECT * FROM entries")
    world.backup(tree)
    assert world.rows("SELECT * FROM entries") == before
    query = "SELECT count(*) FROM entries WHERE xattrs IS NOT NULL"
    assert world.rows(query) == [(5,)]


def test_each_change_is_noticed_and_sends_no_content(world: World, tree: Path) -> None:
    kept = world.keep(tree)
    world.backup(tree)
    os.setxattr(tree / "plain", "user.new", b"1")
    os.removexattr(tree / "file", "user.large")
    acl("u:5:r", tree / "sub/deep")
    world.backup(tree)
    assert world.last("new_files") == 0
    assert differences(world, tree) == []
    old = world.restore(tree, number=1)
    assert os.getxattr(old / "file", "user.large") == os.getxattr(kept / "file", "user.large")
    assert os.listxattr(old / "plain") == []
    assert "system.posix_acl_access" not in os.listxattr(old / "sub/deep")


def test_without_the_options_nothing_is_kept_of_them(world: World, tree: Path) -> None:
    levels = []
    for words in ((), ("--noacl",), ("--noxattr",), ("--noxattr", "--noacl")):
        world.backup(*words, tree)
        levels += [world.rows("SELECT DISTINCT capture & 3 FROM entries WHERE last_set > 99")]
    assert levels == [[(3,)], [(1,)], [(2,)], [(0,)]]
    assert differences(world, tree, number=1) == []
    names = [set(os.listxattr(world.restore(tree, number=n) / "file")) for n in (2, 3, 4)]
    assert names == [
        {"user.\udcff\n", "user.large"},
        {"system.posix_acl_access"},
        set(),
    ]


def test_an_acl_of_the_target_is_not_mixed_in(world: World, tree: Path) -> None:
    world.backup(tree)
    place = world.place / "restored"
    place.mkdir()
    acl("d:u:55:rwx", place)
    assert differences(world, tree) == []


def test_what_is_not_wanted_is_not_restored(world: World, tree: Path) -> None:
    world.backup(tree)
    bare = world.restore(tree, "--noset-attrs", "--noset-acl", "--noset-times", "--noset-perms")
    assert [os.listxattr(path) for path in (bare, bare / "file", bare / "sub")] == [[], [], []]
    assert (bare / "file").stat().st_mtime_ns > (tree / "file").stat().st_mtime_ns
    assert (bare / "sub/deep/read-only").stat().st_mode & 0o777 != 0o400
    found = world.restore(tree, "--noset-acl")
    assert set(os.listxattr(found / "file")) == {"user.\udcff\n", "user.large"}


@pytest.mark.root
def test_a_tar_carries_all_of_it_to_gnu_tar(world: World, tree: Path) -> None:
    os.setxattr(tree / "file", "trusted.t", b"1")
    world.backup(tree)
    out = world.place / "untarred"
    out.mkdir()
    made = [str(world.bin / "regenerate"), "--database", str(world.base), "--client", "machine"]
    unpack = ["tar", "-x", "-p", "--xattrs", "--xattrs-include=*", "--acls", "-C", str(out)]
    with subprocess.Popen(
        [*made, "--tar", str(tree)], env=world.environment(), stdout=subprocess.PIPE
    ) as writer:
        done = subprocess.run(
            unpack, stdin=writer.stdout, check=True, capture_output=True, timeout=60
        )
    assert writer.returncode == 0
    assert b"Cannot" not in done.stderr, done.stderr
    found = compare(tree, out / tree.name, xattrs=True)
    assert {one.aspect for one in found} <= {"mtime"}, found


@pytest.mark.root
def test_root_keeps_attributes_of_all_namespaces(world: World, tree: Path) -> None:
    shutil.copy("/bin/true", tree / "tool")
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    os.chown(tree / "tool", 4711, 4711)
    (tree / "tool").chmod(0o4755)
    os.setxattr(tree / "tool", "security.capability", capability)
    for name in ("link", "pipe", "sub"):
        os.setxattr(tree / name, "trusted.t", name.encode(), follow_symlinks=False)
    world.backup(tree)
    assert differences(world, tree) == []


@pytest.mark.root
def test_runs_that_see_more_and_less_in_turn_harm_no_set(world: World, tree: Path) -> None:
    os.setxattr(tree / "plain", "trusted.t", b"1")
    os.setxattr(tree / "sub", "trusted.t", b"2")
    less = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    kept, rows = [], []
    for number in range(1, 5):
        (tree / "plain").write_bytes(b"%d" % number)
        kept.append(world.keep(tree))
        words = world.start_backup(tree, before=less if number % 2 == 0 else [])
        assert world.finish(words).status == 0
        rows.append(world.rows("SELECT count(*) FROM entries")[0][0])
        assert number == 1 or world.last("new_files") == 1, "no content is sent again"
    entries = world.last("entries")
    grown = [after - before for before, after in pairwise(rows)]
    assert grown == [entries] * 3, "each change of what is seen makes every row anew"
    for number in range(1, 5):
        restored = world.restore(tree, number=number)
        found = {(one.path, one.aspect) for one in compare(kept[number - 1], restored, xattrs=True)}
        unseen = {(b"plain", "xattrs"), (b"sub", "xattrs")}
        assert found == (unseen if number % 2 == 0 else set()), number


@pytest.mark.root
def test_others_restore_what_they_may_and_are_told_of_the_rest(world: World, tree: Path) -> None:
    os.setxattr(tree / "plain", "trusted.t", b"1")
    os.setxattr(tree / "file", "trusted.t", b"1")
    world.backup(tree)
    out = world.place / "out"
    out.mkdir()
    out.chmod(0o777)
    words = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    words += [str(world.bin / "regenerate"), "--database", str(world.base)]
    words += ["--client", "machine", "--output", str(out), str(tree)]
    done = subprocess.run(
        words, env=world.environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (
        0,
        "regenerate: 2 files: without extended attributes that need root\n",
    )
    found = compare(tree, out / "tree", xattrs=True)
    assert {(one.path, one.aspect) for one in found} == {
        (b"file", "xattrs"),
        (b"plain", "xattrs"),
        (b"sub/same file", "xattrs"),
    }
