"""After purging to one set a store takes little more than a fresh backup of it would."""

import random
from contextlib import closing
from pathlib import Path

from tardis.store import Claim, Flushers, open_writer, prune
from tests.server.talker import BOX, Kit, make_kit
from tests.server.trees import Tree


def size_of(kit: Kit) -> int:
    """Return what the store takes, its ballast not counted."""
    files = [path for path in (kit.base / BOX).rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files if path.name != ".reserve")


def test_the_store_shrinks_to_what_the_last_set_needs(tmp_path: Path) -> None:
    kit, tree, chance = make_kit(tmp_path / "base", db_backups=0), Tree(), random.Random(1)
    sizes = (300, 2000, 9000)
    names = [b"d%d/f%d" % (folder, number) for folder in range(10) for number in range(40)]
    for folder in range(10):
        tree.mkdir(b"d%d" % folder)
    for name in names:
        tree.write(name, chance.randbytes(chance.choice(sizes)))
    for _ in range(25):
        kit.run(tree)
        for name in chance.sample(names, 40):
            tree.write(name, chance.randbytes(chance.choice(sizes)))
    kit.run(tree)
    before = size_of(kit)
    with closing(open_writer(kit.place(), BOX, Claim("a test"), Flushers())) as writer:
        done = prune(writer, range(1, 26))
    after = size_of(kit)
    assert kit.flat(26) == tree.flat() and kit.rows("PRAGMA integrity_check") == [("ok",)]
    fresh = make_kit(tmp_path / "fresh", db_backups=0)
    fresh.run(tree)
    assert after <= 1.15 * size_of(fresh)
    assert done.freed_bytes > 0.9 * (before - after)
    tree.write(names[0], b"goes on")
    kit.run(tree)
    assert kit.flat(27) == tree.flat()
