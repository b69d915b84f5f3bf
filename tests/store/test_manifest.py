"""Manifests rebuild the rows of the catalog, whatever happened on the way."""

import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tardis.protocol.messages import CloseSet, Owners, SetClosed
from tardis.store import flush, sets, writer
from tardis.store.catalog.group import Group
from tardis.store.manifest import TABLES, content_ids, pack_group
from tardis.streams import unpack
from tests.facilities import counts
from tests.server.talker import Kit, Talker, make_kit
from tests.server.trees import Tree
from tests.store.replay import Rebuilt, replayed, replayed_from_full, scan
from tests.store.workshop import row

ENTRIES = """SELECT directory, name, mode, uid, gid, size, mtime, mtime_ns, ctime, ctime_ns,
    filesystem, inode, nlink, rdev, child, content, target, first_set, capture, xattrs,
    last_set FROM entries"""


def entry_rows(rebuilt: Rebuilt) -> set[tuple[object, ...]]:
    return {(*one, last_set) for (_, last_set, _), one in rebuilt.entries.items()}


def assert_same(kit: Kit, rebuilt: Rebuilt) -> None:
    """Compare with the catalog all that manifests know."""
    assert entry_rows(rebuilt) == set(kit.rows(ENTRIES))
    directories = kit.rows("SELECT id, filesystem, inode, claim FROM directories")
    assert set(rebuilt.directories.values()) == set(directories)
    assert set(rebuilt.filesystems.values()) == set(kit.rows("SELECT * FROM filesystems"))
    complete = kit.rows("SELECT number, name FROM backup_sets WHERE is_complete")
    assert {number: one[1] for number, one in rebuilt.sets.items()} == dict(complete)
    query = """SELECT * FROM roots
        WHERE backup_set IN (SELECT number FROM backup_sets WHERE is_complete)"""
    roots = {key: one for key, one in rebuilt.roots.items() if key[0] in rebuilt.sets}
    assert set(roots.values()) == set(kit.rows(query))
    digests = dict(kit.rows("SELECT id, digest FROM contents"))
    assert {one: rebuilt.digests[one] for one in digests} == digests


def test_a_record_repeats_its_group() -> None:
    group = Group(closed=[(2, 1, b"a")], deleted=[(1, b"c")])
    group.opened += [row(b"a", 7, 1, 3), row(b"b", None, 1, 3)]
    group.proven.append((*row(b"d", 8, 1, 3), b"code"))
    assert list(content_ids(group)) == [7, 8]
    record, size = pack_group(3, 5, group, [(7, b"digest")])
    plain = zlib.decompress(record)
    assert len(plain) == size
    form, number, sequence, none, tables, digests = unpack(plain)
    assert (form, number, sequence, none, digests) == (1, 3, 5, None, ((7, b"digest"),))
    told = dict(zip(TABLES, tables, strict=True))
    assert told["closed"] == ((2, 1, b"a"),) and told["deleted"] == ((1, b"c"),)
    assert told["opened"] == tuple(group.opened)
    assert told["proven"] == tuple(group.proven)


def test_a_few_runs_are_replayed(tmp_path: Path) -> None:
    kit, tree = make_kit(tmp_path / "base"), Tree()
    tree.write(b"a", b"alpha")
    tree.mkdir(b"d")
    tree.write(b"d/c", b"gamma")
    kit.run(tree)
    assert_same(kit, replayed(kit.base / "box" / "packs"))
    tree.move(b"d", b"e")
    tree.remove(b"a")
    kit.run(tree, wish={"lineage": b"other", "label": "other"})
    rebuilt = replayed(kit.base / "box" / "packs")
    assert_same(kit, rebuilt)
    assert set(rebuilt.lineages.values()) == set(kit.rows("SELECT * FROM lineages"))


def test_owners_are_told_with_their_set(tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "base")
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(Tree())
        talker.say(Owners(((False, 0, b"root"), (True, 5, b"tty"))))
        talker.say(CloseSet(0, 0, 0, 0))
        talker.expect(SetClosed)
    kit.join()
    rebuilt = replayed(kit.base / "box" / "packs")
    assert rebuilt.owners[1] == {(False, 0, b"root"), (True, 5, b"tty")}


def test_every_record_is_named_by_the_catalog(tmp_path: Path) -> None:
    kit, tree = make_kit(tmp_path / "base"), Tree()
    for number in range(3):
        tree.write(b"a", b"%d" % number)
        kit.run(tree)
    named = kit.rows("SELECT backup_set, sequence, pack, place FROM manifests ORDER BY pack, place")
    found = [(*value[1:3], pack, place) for pack, place, value in scan(kit.base / "box" / "packs")]
    assert found == named


class Cut(Exception):
    """The line is cut."""


def cut_after(count: int) -> Callable[[str], None]:
    left = [count]

    def hook(step: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Cut

    return hook


NAMES = [b"%c" % letter for letter in b"abcdef"]


def change(tree: Tree, rng: random.Random, serial: int) -> None:
    """Do something to the tree, as people do."""
    place = rng.choice([path for path, _ in tree.directories()])
    path = place + b"/" + rng.choice(NAMES) if place else rng.choice(NAMES)
    if rng.random() < 0.02:
        tree.copy_disk()
    elif rng.random() < 0.5:
        make(tree, path, rng, serial)
    elif below := [path for path, _ in tree.walk()]:
        rearrange(tree, path, rng.choice(below), rng)


def make(tree: Tree, path: bytes, rng: random.Random, serial: int) -> None:
    what = rng.choice(["write", "write", "mkdir", "symlink"])
    if path in tree:
        if not (tree[path].is_directory or tree[path].is_link):
            tree.write(path, b"bytes %d" % serial)
    elif what == "mkdir":
        tree.mkdir(path)
    elif what == "symlink":
        tree.symlink(path, b"%d" % serial)
    else:
        tree.write(path, b"bytes %d" % rng.choice([serial, 1]))


def rearrange(tree: Tree, path: bytes, old: bytes, rng: random.Random) -> None:
    what = rng.choice(["remove", "move", "link"])
    if what == "remove":
        tree.remove(old)
    elif path in tree or (path + b"/").startswith(old + b"/"):
        return
    elif what == "move":
        tree.move(old, path)
    elif not (tree[old].is_directory or tree[old].is_link):
        tree.link(old, path)


@settings(max_examples=counts(12, 300), suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 32))
def test_random_runs_are_replayed_and_restored(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Runs complete or are cut, groups are large or small, files racy or unreadable."""
    rng = random.Random(seed)
    kit, tree = make_kit(tmp_path_factory.mktemp("random") / "base", db_backups=0), Tree()
    packs = kit.base / "box" / "packs"
    flats: dict[int, object] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "syncfs", lambda descriptor: None)
        patched.setattr(writer, "GROUP_ROWS", rng.choice([1, 5, 8192]))
        patched.setattr(sets, "FULL_EVERY", 3)
        for serial in range(8):
            for _ in range(rng.randrange(6)):
                change(tree, rng, serial)
            files = [path for path, node in tree.walk() if not node.is_directory]
            racy = frozenset(path for path in files if rng.random() < 0.2)
            cut = cut_after(rng.randrange(1, 8)) if rng.random() < 0.4 else lambda step: None
            try:
                ran = kit.run(tree, racy=racy, hook=cut)
            except Cut:
                continue
            assert ran.opened is not None
            flats[ran.opened.number] = tree.flat()
        kit.run(tree)
        (number,) = kit.rows("SELECT max(number) FROM backup_sets")[0]
        flats[number] = tree.flat()
        assert {one: kit.flat(one) for one in flats} == flats
        assert_same(kit, replayed(packs))
        if kit.count("manifests", "is_full"):
            assert_same_rows_from_full(kit, packs)
        assert kit.rows("PRAGMA integrity_check") == [("ok",)]
        assert kit.rows("PRAGMA foreign_key_check") == []
        assert kit.count("entries", "first_set > last_set") == 0
        assert kit.count("unlinked") == 0


def assert_same_rows_from_full(kit: Kit, packs: Path) -> None:
    rebuilt = replayed_from_full(packs)
    assert entry_rows(rebuilt) == set(kit.rows(ENTRIES))
    directories = kit.rows("SELECT id, filesystem, inode, claim FROM directories")
    assert set(rebuilt.directories.values()) == set(directories)
