"""Every way that the manual has to name a rule, alone: by key, in each kind of file, by variable.

`--explain` and `--dry-run` are held to the same; `test_excludes` shows that they agree with
what is saved.
"""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.whole.test_excludes import SKIPPED, TAG, below, everything, explained, grow
from tests.whole.world import World

OBJECTS: Final = ["a/x.o", "a/in/x.o", "local/x.o", "local/in/x.o"]
CVS: Final = [*OBJECTS, "b/x~", ".git", "#auto#"]
CACHES: Final = ["cache/blob", "cache/CACHEDIR.TAG"]

BY_KEY: Final[dict[str, tuple[str, list[str]]]] = {
    "ExcludePatterns": ("*.o", OBJECTS),
    "ExcludeFiles": ("{place}/rules", OBJECTS),
    "ExcludeDirs": ("{tree}/dir/sub", ["dir/sub"]),
    "GlobalExcludeFileName": ("{place}/rules", OBJECTS),
    "ExcludeFileName": ("mine", OBJECTS[:2]),
    "LocalExcludeFileName": ("mine", OBJECTS[:1]),
    "SkipFileName": ("build", ["src/build"]),
    "IgnoreCVS": ("True", CVS),
    "SkipCaches": ("True", CACHES),
}
"""Key of the configuration file to its value and what goes; `a/mine` and `rules` hold ``*.o``."""

BY_VARIABLE: Final = {
    "TARDIS_GLOBAL_EXCLUDES": ("{place}/rules", OBJECTS),
    "TARDIS_EXCLUDES": ("mine", OBJECTS[:2]),
    "TARDIS_LOCAL_EXCLUDES": ("mine", OBJECTS[:1]),
    "TARDIS_SKIP": ("build", ["src/build"]),
}

IN_TREE: Final = {
    ".tardis-excludes": OBJECTS[:2],
    ".tardis-exclude": OBJECTS[:2],
    ".tardis-local-excludes": OBJECTS[:1],
    ".tardis-local-exclude": OBJECTS[:1],
    ".tardis-skip": ["a/x.o", "a/x.c", "a/in", "a/.tardis-skip", "a/mine"],
}
"""Name of a file in the directory ``a`` to what goes by it."""


def prepare(world: World) -> Path:
    tree = grow(world)
    (world.place / "rules").write_text("*.o\n")
    (tree / "a/mine").write_text("*.o\n")
    return tree


def check(world: World, tree: Path, words: list[str], gone: list[str]) -> None:
    """Hold explanation and preview to what must be left out."""
    kept = everything(tree) - below(tree, *gone)
    told = explained(world, words, tree)
    assert {path for path, is_saved in told.items() if is_saved} == kept
    found = json.loads(world.run("tardis", *words, "--dry-run", "--json", tree).out)
    assert found["saved"]["files"] == sum((tree / path).is_file() for path in kept)


@pytest.mark.parametrize("key", BY_KEY)
def test_each_key_of_the_configuration_alone(bare: World, key: str) -> None:
    tree = prepare(bare)
    value, gone = BY_KEY[key]
    told = value.format(place=bare.place, tree=tree)
    (bare.home / "cfg").write_text(f"[Tardis]\n{key} = {told}\n")
    skipped = [] if key == "SkipFileName" else list(SKIPPED)
    check(bare, tree, ["--config", str(bare.home / "cfg")], [*gone, *skipped])


@pytest.mark.parametrize("name", IN_TREE)
def test_each_file_in_a_directory_alone(bare: World, name: str) -> None:
    tree = prepare(bare)
    (tree / "a" / name).write_text("*.o\n")
    check(bare, tree, [], [*IN_TREE[name], *SKIPPED])


@pytest.mark.parametrize("name", BY_VARIABLE)
def test_each_variable_alone(bare: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = prepare(bare)
    value, gone = BY_VARIABLE[name]
    usual = bare.environment()
    more = {name: value.format(place=bare.place)}
    monkeypatch.setattr(bare, "environment", lambda: usual | more)
    skipped = [] if name == "TARDIS_SKIP" else list(SKIPPED)
    check(bare, tree, [], [*gone, *skipped])


def test_a_tag_of_caches_is_one_by_its_first_bytes(bare: World) -> None:
    tree = prepare(bare)
    (tree / "nocache/CACHEDIR.TAG").write_text(TAG.replace("8a", "8b"))
    check(bare, tree, ["--skip-caches"], [*CACHES, *SKIPPED])
