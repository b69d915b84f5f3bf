"""A path is forgotten, and no byte of the store tells of it any more; all else is as it was."""

import gzip
import shutil
from pathlib import Path

from tests.store.replay import scan
from tests.whole.trees import edit, grow
from tests.whole.world import CLIENT, World

NAME = "an-unmistakable-name"
BYTES = b"bytes that nobody else has, at all "


def traces(store: Path) -> list[str]:
    """Return the files that tell of the name or the bytes; compressed ones are expanded."""
    found = []
    for path in store.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        data += gzip.decompress(data) if path.suffix == ".gz" else b""
        if NAME.encode() in data or BYTES in data or NAME in path.name:
            found.append(str(path))
    for pack, place, value in scan(store / "packs"):
        if NAME.encode() in repr(value).encode():
            found.append(f"manifest {pack}+{place}")
    return found


def test_a_directory_is_forgotten_for_ever(bare: World) -> None:
    bare.way = "local"
    tree = grow(bare.place / "tree", 60)
    secret = tree / NAME
    (secret / "below").mkdir(parents=True)
    (secret / "below" / "small").write_bytes(BYTES)
    (secret / "large").write_bytes(BYTES * 20_000)
    others = bare.place / "others"
    shutil.copytree(tree, others, symlinks=True, ignore=lambda *_: [NAME])
    bare.backup("--compress-data", "none", tree)
    (secret / "below" / "small").write_bytes(BYTES + b"once more")
    bare.backup("--compress-data", "none", tree)
    store = bare.base / CLIENT
    assert len(traces(store)) > 4
    where = ("--database", bare.base, "--client", CLIENT)
    done = bare.run("sonic", "forget", *where, secret, "--noconfirm")
    assert "3 contents" in done.out
    assert traces(store) == []
    for number in (1, 2):
        restored = bare.restore(tree, number=number)
        assert not (restored / NAME).exists()
        assert {one.name for one in restored.iterdir()} == {one.name for one in others.iterdir()}
    shutil.rmtree(secret)
    edit(tree, 5)
    bare.backup(tree)
    bare.check(tree, tree)
    assert traces(store) == []
    (store / "tardis.db").unlink()
    bare.run("sonic", "recover", *where, "--noconfirm")
    bare.check(tree, tree)
    assert traces(store) == []
