"""A classic store, made by the real programs, read by a decoder that shares no code with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import collisions
from tests.delta.shapes import edited, noise
from tests.independent import classic_store
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, World

STORE = 10


def plain_files(tree: Path) -> dict[bytes, bytes]:
    """Return path and bytes of every regular file of a tree."""
    found = {}
    for folder, _, names in os.walk(os.fsencode(tree)):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                found[path] = Path(os.fsdecode(path)).read_bytes()
    return found


@pytest.mark.guard(180)
@pytest.mark.parametrize("method", ["none", "zlib", "bzip", "lzma"])
def test_every_content_is_read_by_an_independent_decoder(world: World, method: str) -> None:
    tree = grow(world.place / "tree", 60)
    (tree / "text").write_bytes(b"line after line\n" * 200_000)
    (tree / "exact").write_bytes(b"ab" * (1 << 20))
    (tree / "dense").write_bytes(os.urandom(2_500_000))
    with (tree / "sparse").open("wb") as file:
        file.write(b"data")
        file.truncate(5_000_000)
    (tree / "one").write_bytes(collisions.ONE)
    (tree / "other").write_bytes(collisions.OTHER)
    changing = {size: noise(size) for size in (100_000, 3_000_000)}
    for size, data in changing.items():
        (tree / f"changing{size}").write_bytes(data)
    words = ["--scheme", "classic", "--compress-data", method]
    world.backup(tree, *words)
    kept, first = world.keep(tree), plain_files(tree)
    churn(tree, 1)
    (tree / "text").write_bytes(b"other lines\n" * 300_000)
    for size, data in changing.items():
        new = edited(data, [("overwrite", 0.5, 300), ("insert", 0.9, 20_000)])
        (tree / f"changing{size}").write_bytes(new)
    world.backup(tree, *words)
    assert world.last("delta_files") == 2
    store = world.base / CLIENT
    assert not (store / "packs").exists()
    assert [classic_store.by_meta(path) for path in classic_store.named(store)]
    one, other = world.complete()
    assert classic_store.files(store, one) == first
    assert classic_store.files(store, other) == plain_files(tree)
    codecs = world.rows("SELECT DISTINCT codec FROM contents ORDER BY codec")
    assert codecs == ([(0,)] if method == "none" else [(0,), (classic_store.CODECS.index(method),)])
    world.check(tree, kept, one)
    world.check(tree, tree, other)


@pytest.mark.guard(120)
def test_the_decoder_runs_alone(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree, "--scheme", "classic", "-Z")
    command = [sys.executable, "-I", classic_store.__file__, str(world.base / CLIENT), "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert "all whole" in done.stdout
    assert len(done.stdout.splitlines()) == 1 + len(plain_files(tree))


@pytest.mark.guard(120)
def test_a_store_made_by_sonic_is_filled_without_saying_its_scheme(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    where = ["--database", str(world.base), "--client", CLIENT]
    world.run("sonic", "create", *where, "--scheme", "classic")
    world.backup(tree)
    world.check(tree, tree)
    assert list(classic_store.named(world.base / CLIENT))
    done = world.backup(tree, "--scheme", "modern", status=STORE)
    assert "is classic, not modern" in done.err
    assert world.complete() == [1]
    world.backup(tree, "--scheme", "classic")
    assert len(world.complete()) == 2


@pytest.mark.guard(120)
def test_what_did_not_change_writes_nothing_but_its_set(world: World) -> None:
    tree = grow(world.place / "tree", 100)
    world.backup(tree, "--scheme", "classic")
    before = set(world.store_files())
    world.backup(tree)
    new = {path.relative_to(world.base / CLIENT).parts[0] for path in world.store_files()} - {
        path.relative_to(world.base / CLIENT).parts[0] for path in before
    }
    assert not [name for name in new if len(name) == 2]
    assert {path for path in world.store_files() if path.suffix == ".meta"} <= before


@pytest.mark.guard(120)
def test_sets_that_go_take_their_files_along_and_no_others(world: World) -> None:
    """Deltas stand on what only removed sets show; what nothing needs leaves no file behind."""
    tree = grow(world.place / "tree", 30)
    data = noise(200_000)
    kept: list[Path] = []
    for place in range(4):
        (tree / "changing").write_bytes(data := edited(data, [("overwrite", 0.2 * place, 50)]))
        (tree / "other").write_bytes(noise(100_000, place))
        churn(tree, place)
        world.backup(tree, "--scheme", "classic", "--compress-data", "zlib")
        kept.append(world.keep(tree))
    store = world.base / CLIENT
    names = [one["name"] for one in world.sets() if one["number"] in (1, 3)]
    world.run(
        "sonic", "delete", "--database", world.base, "--client", CLIENT, "--noconfirm", *names
    )
    assert world.complete() == [2, 4]
    whole = [classic_store.by_meta(path) for path in classic_store.named(store)]
    assert len(whole) == len(classic_store.by_catalog(store))
    beside = {path for path in store.glob("??/??/*") if path.suffix in (".meta", ".sig")}
    assert {path.with_suffix("") for path in beside} == set(classic_store.named(store))
    told = world.rows("SELECT backup_set, place FROM manifests")
    assert {f"{number}-{place}" for number, place in told} == set(os.listdir(store / "manifests"))
    for number in (2, 4):
        world.check(tree, kept[number - 1], number)
    where = ("--database", world.base, "--client", CLIENT)
    world.run("sonic", "orphans", *where)
    assert "note:" not in world.run("sonic", "check", *where, "--read-data").out
    world.backup(tree)
    world.check(tree, tree)
