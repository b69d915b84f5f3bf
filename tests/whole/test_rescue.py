"""The one file that brings back what a store holds, with Python's own library alone if it can."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import blake3
import pytest

from tests.facilities import LONG
from tests.independent.checker import compare
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, ROOT, World

RESCUE = ROOT / "tools" / "rescue.py"
PASSWORD = "a horse, a battery and a staple"
ALONE = ("-I", "-S")
"""Python's options for nothing but its own library."""


def rescue(
    *words: str | Path, python: tuple[str, ...] = ALONE
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *python, str(RESCUE), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def local(bare: World) -> World:
    bare.way = "local"
    return bare


def two_sets(world: World, *options: str) -> tuple[Path, Path]:
    """Back a tree up, change it, and back it up again; return it and a copy as of the first."""
    tree = world.place / "tree"
    grow(tree / "part", 30)
    (tree / "large").write_bytes(bytes(range(256)) * 5000)
    with (tree / "holes").open("wb") as file:
        file.seek(5 << 20)
        file.write(b"island" * 1000)
        file.truncate(9 << 20)
    world.creating = options
    world.backup(tree)
    kept = world.keep(tree)
    churn(tree / "part", 3)
    with (tree / "large").open("r+b") as file:
        file.write(b"changed")
    world.creating = ()
    world.backup(tree, *(options if "--password-file" in options else ()))
    return tree, kept


def store_of(world: World) -> Path:
    return world.base / CLIENT


def assert_restores(
    world: World, tree: Path, which: str, *options: str, python: tuple[str, ...] = ALONE
) -> None:
    world.counter += 1
    out = world.place / f"out{world.counter}"
    done = rescue(*options, store_of(world), which, out, python=python)
    assert done.returncode == 0, done.stderr
    restored = out / tree.relative_to("/")
    original = tree if which == "latest" else world.place / "kept" / "1"
    # Which compressed contents of a classic store had holes is told by its catalog alone.
    blind = "--nocatalog" in options and not list(store_of(world).glob("packs"))
    assert compare(original, restored, ignore=frozenset({"holes"} if blind else ())) == []


@pytest.mark.parametrize(
    "options", [("--compress-data", "zstd"), ("--scheme", "classic", "--compress-data", "zlib")]
)
@pytest.mark.parametrize("without", [(), ("--nocatalog",)])
def test_a_store_in_clear_is_read_by_pythons_library_alone(
    local: World, options: tuple[str, ...], without: tuple[str, ...]
) -> None:
    tree, _ = two_sets(local, *options)
    told = rescue(*without, store_of(local))
    assert len(told.stdout.splitlines()) == 2, told.stderr
    assert_restores(local, tree, "1", "--noverify", *without)
    assert_restores(local, tree, "latest", "--noverify", *without)


def test_an_encrypted_store_takes_its_password(local: World) -> None:
    password = local.place / "password"
    password.write_text(PASSWORD + "\n")
    tree, _ = two_sets(local, "--password-file", str(password))
    given = ("--password-file", str(password))
    for more in ((), ("--nocatalog",)):
        assert_restores(local, tree, "latest", *given, *more, python=())
    wrong = local.place / "wrong"
    wrong.write_text("something else\n")
    done = rescue("--password-file", wrong, store_of(local), "1", local.place / "none", python=())
    assert done.returncode == 1
    assert "does not open this store" in done.stderr
    done = rescue(*given, store_of(local), "1", local.place / "none")
    assert done.returncode == 1
    assert "install the Python module `cryptography`" in done.stderr


def test_what_is_damaged_is_named_and_the_rest_comes_back(local: World) -> None:
    tree, _ = two_sets(local)
    store = store_of(local)
    (store / "tardis.db").write_bytes(b"no catalog" * 1000)
    for copy in store.glob("tardis.db.*.gz"):
        copy.write_bytes(b"no copy")
    (large,) = (path for path in store.glob("??/*") if path.stat().st_size == 1_280_126)
    with large.open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    out = local.place / "out"
    done = rescue(store, "latest", out, python=())
    assert done.returncode == 3
    assert done.stderr.count("cannot be used") >= 2
    assert f"{tree}/large: a part of it is damaged" in done.stderr
    found = compare(tree, out / tree.relative_to("/"), ignore=frozenset({"mtime"}))
    assert [(one.path, one.aspect) for one in found] == [(b"large", "missing")]


def test_one_path_can_be_restored(local: World) -> None:
    tree, _ = two_sets(local)
    out = local.place / "out"
    done = rescue(store_of(local), "latest", out, tree / "holes", "--noverify")
    assert done.returncode == 0, done.stderr
    restored = out / tree.relative_to("/")
    assert [path.name for path in restored.iterdir()] == ["holes"]
    assert (restored / "holes").read_bytes() == (tree / "holes").read_bytes()
    again = rescue(store_of(local), "latest", out)
    assert again.returncode == 1
    assert "is not empty" in again.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("STORE", "99", "OUT"), "there is no complete set '99'"),
        (("STORE", "1"), "say where to restore to"),
        (("STORE", "1", "OUT", "/nowhere/at/all"), "nothing of that name"),
    ],
)
def test_what_makes_no_sense_is_said(local: World, words: tuple[str, ...], text: str) -> None:
    local.backup(grow(local.place / "tree", 3))
    places = {"STORE": str(store_of(local)), "OUT": str(local.place / "out")}
    done = rescue(*(places.get(word, word) for word in words))
    assert (done.returncode, text in done.stderr) == (1, True), done.stderr


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rescue", RESCUE)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


LENGTHS = (0, 1, 64, 65, 1024, 1025, 2048, 3073, 8193) + ((31744, 102400) if LONG else ())


@pytest.mark.parametrize("length", LENGTHS)
def test_its_own_blake3_is_blake3(module: ModuleType, length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    mine = module.Blake3(key=b"k" * 32)
    mine.update(data[:100])
    mine.update(data[100:])
    assert mine.digest(100) == blake3.blake3(data, key=b"k" * 32).digest(length=100)
    mine = module.Blake3(context="some context")
    mine.update(data)
    assert mine.digest() == blake3.blake3(data, derive_key_context="some context").digest()
