"""The catalog is lost, then its copies too: every set comes back with names and metadata."""

import random
from pathlib import Path

from tests.independent.checker import compare
from tests.whole.trees import age, churn, edit, grow
from tests.whole.world import CLIENT, World


def test_every_set_comes_back_without_a_catalog(bare: World) -> None:
    bare.way = "local"
    tree = grow(bare.place / "tree", 150)
    (tree / "large").write_bytes(b"a large file " * 40_000)
    kept: dict[int, Path] = {}

    def back_up(*words: str) -> None:
        bare.backup(*words, tree)
        kept[bare.complete()[-1]] = bare.keep(tree)

    back_up()
    edit(tree, 20)
    with (tree / "large").open("r+b") as file:
        file.write(b"changed at its head")
    back_up()
    churn(tree, 5)
    back_up("--name", "mine")
    folder = next(path for path in tree.iterdir() if path.is_dir())
    folder.rename(tree / "renamed")
    back_up()
    where = ("--database", bare.base, "--client", CLIENT)
    bare.run("sonic", "delete", *where, "1", "--noconfirm")
    del kept[1]
    home = bare.base / CLIENT
    for is_last in (False, True):
        (home / "tardis.db").unlink()
        if is_last:
            (home / "tardis.db.keys").unlink()
            for copy in home.glob("tardis.db.*.gz"):
                copy.unlink()
        bare.run("sonic", "list", *where, status=10)
        bare.run("sonic", "recover", *where, "--noconfirm")
        assert bare.complete() == list(kept)
        for number, copied in kept.items():
            bare.check(tree, copied, number)
    assert [one["name"] for one in bare.sets()][1] == "mine"
    age(tree, random.Random(3))
    back_up()
    assert list(kept)[-1] == 5
    bare.check(tree, kept[5])


def test_an_encrypted_store_comes_back_without_anybodys_password(bare: World) -> None:
    """Names and bytes stay sealed: what recovers needs no key, what restores does."""
    bare.way = "local"
    tree = grow(bare.place / "tree", 40)
    (tree / "large").write_bytes(b"a large file " * 40_000)
    secret = bare.place / "password"
    secret.write_text("a pass phrase of some length 7731\n")
    login = ("--password-file", secret)
    bare.backup(*login, tree)
    kept = bare.keep(tree)
    edit(tree, 5)
    bare.backup(*login, tree)
    home = bare.base / CLIENT
    where = ("--database", bare.base, "--client", CLIENT)
    for lost in (home / "tardis.db", home / "tardis.db.keys", *home.glob("tardis.db.*.gz")):
        lost.unlink()
    done = bare.run("sonic", "recover", *where, "--noconfirm")
    assert "2 sets" in done.out and "keys      gone; taken from pack" in done.out
    for number, wanted in ((1, kept), (2, tree)):
        restored = bare.restore(tree, *login, number=number)
        assert compare(wanted, restored) == []
    bare.run("sonic", "forget", *where, *login, tree / "large", "--noconfirm")
    left = bare.restore(tree, *login, number=2)
    assert not (left / "large").exists() and compare(tree, left, skip=[b"large"]) == []
