"""Encrypted classic stores, made by the real programs, and read by openssl and by all tools."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.delta.shapes import noise
from tests.facilities import counts
from tests.independent import classic_openssl
from tests.independent.checker import compare
from tests.whole import oddities
from tests.whole.test_classic import plain_files
from tests.whole.test_counted import entry_rows
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, World

PASSWORD = "plinth-otter-vacuum-gable"
SECRET = ("--password", PASSWORD)
CLASSIC = ("--scheme", "classic", *SECRET)
WRONG = 12


@pytest.fixture
def tree(world: World) -> Path:
    top = grow(world.place / "tree", 15)
    (top / "text").write_bytes(b"line after line\n" * 30_000)
    (top / "dense").write_bytes(noise(700_000))
    with (top / "sparse").open("wb") as file:
        file.write(b"data")
        file.truncate(3_000_000)
    return top


def check(
    world: World, tree: Path, kept: Path, number: int, ignore: frozenset[str] = frozenset()
) -> None:
    """Restore a set with the password, and compare it with what was *kept*."""
    found = compare(kept, world.restore(tree, *SECRET, number=number), ignore=ignore)
    assert not found, "; ".join(map(str, found[:10]))


@pytest.mark.guard(120)
def test_a_decoder_around_openssl_reads_every_file(world: World, tree: Path) -> None:
    world.backup(tree, *CLASSIC, "--compress-data", "zlib")
    first = plain_files(tree)
    churn(tree, 1)
    world.backup(tree, *SECRET)
    store = world.base / CLIENT
    one, other = world.complete()
    assert classic_openssl.files(store, CLIENT, PASSWORD, one) == first
    command = [sys.executable, "-I", classic_openssl.__file__, str(store), CLIENT, str(other)]
    done = subprocess.run(
        command, input=PASSWORD, check=True, capture_output=True, text=True, timeout=60
    )
    found = {line.partition(" ")[0] for line in done.stdout.splitlines()}
    assert found == {hashlib.sha256(data).hexdigest() for data in plain_files(tree).values()}


@pytest.mark.guard(120)
def test_all_tools_read_what_was_encrypted(world: World, tree: Path) -> None:
    world.backup(tree, *CLASSIC, "-Z")
    kept = world.keep(tree)
    churn(tree, 1)
    (tree / "dense").write_bytes(noise(700_000, 2))
    world.backup(tree, *SECRET)
    check(world, tree, kept, 1)
    check(world, tree, tree, 2)
    where = ("--database", world.base, "--client", CLIENT)
    listed = world.run("lstardis", *where, *SECRET, "--versions", "all", tree).out
    assert "dense" in listed and "sparse" in listed
    done = world.run(
        "tardiff", *where, *SECRET, "--backup", "1", "2", "--", tree / "dense", status=1
    )
    assert "dense" in done.out
    assert "dense" not in world.run("lstardis", *where, tree, status=WRONG).out
    world.run("sonic", "check", *where, "--read-data")
    world.run("sonic", "drill", *where, *SECRET, status=None)
    world.run("sonic", "delete", *where, "--noconfirm", "1")
    assert world.complete() == [2]
    check(world, tree, tree, 2)
    assert "note:" not in world.run("sonic", "check", *where, "--read-data").out


@pytest.mark.guard(120)
def test_the_catalog_is_rebuilt_without_the_password(world: World, tree: Path) -> None:
    world.backup(tree, *CLASSIC)
    kept = world.keep(tree)
    churn(tree, 1)
    world.backup(tree, *SECRET)
    world.stop_daemon()
    store = world.base / CLIENT
    for path in [store / "tardis.db", *store.glob("tardis.db.*.gz")]:
        path.unlink()
    where = ("--database", world.base, "--client", CLIENT)
    world.run("sonic", "recover", *where, "--noconfirm")
    assert world.complete() == [1, 2]
    for number, wanted in ((1, kept), (2, tree)):  # nothing but the catalog tells of holes
        check(world, tree, wanted, number, ignore=frozenset({"holes"}))


@pytest.mark.root
@pytest.mark.guard(240)
def test_all_oddities_come_back_and_none_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oddities, "WIDE", counts(300, 20_000))
    top = oddities.build(world.place / "odd", 4 << 20)
    assert world.backup(top, *CLASSIC).err == ""
    rows = entry_rows(world)
    world.backup(top, *SECRET)
    assert entry_rows(world) == rows and world.last("new_bytes") == 0
    restored = world.restore(top, *SECRET)
    found = compare(top, restored, xattrs=True)
    subprocess.run(["rm", "-rf", top, restored.parent], check=True, timeout=60)
    assert not found, f"{len(found)}: " + "; ".join(map(str, found[:20]))
