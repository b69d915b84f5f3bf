"""Each way to leave something out, alone and together, by the real programs."""

import json
import os
from pathlib import Path

import pytest

from tests.facilities import need
from tests.whole.disks import mount, unmount
from tests.whole.trees import grow as grow_tree
from tests.whole.world import CLIENT, World, messages_sent

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"


def grow(world: World) -> Path:
    """Make a tree in which every rule finds something."""
    tree = world.place / "tree"
    for path in (
        "a/x.o", "a/x.c", "a/in/x.o", "a/in/y.tmp", "a/in/deep/z", "b/in/deep/z", "b/x~",
        "cache/blob", "nocache/CACHEDIR.TAG", "nocache/blob", "skipped/deep/x", ".git/config",
        "#auto#", "dir/sub/x", "local/x.o", "local/in/x.o", "build/x", "src/build",
    ):  # fmt: skip
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    (tree / "cache/CACHEDIR.TAG").write_text(TAG)
    (tree / "skipped/.tardis-skip").touch()
    return tree


def saved(world: World, tree: Path) -> set[str]:
    """Return what the last set holds of a tree."""
    restored = world.restore(tree)
    return {str(path.relative_to(restored)) for path in restored.rglob("*")}


def everything(tree: Path) -> set[str]:
    """Return what a tree holds."""
    return {str(path.relative_to(tree)) for path in tree.rglob("*")}


def below(tree: Path, *paths: str) -> set[str]:
    """Return *paths* and all that lies in them."""
    return {
        one for one in everything(tree) if any(f"{one}/".startswith(f"{path}/") for path in paths)
    }


SKIPPED = ("skipped/deep", "skipped/.tardis-skip")
ALONE = {
    "a name": (["-x", "*.o"], ["a/x.o", "a/in/x.o", "local/x.o", "local/in/x.o"]),
    "a directory by name": (["-x", "deep/"], ["a/in/deep", "b/in/deep"]),
    "directories only": (["-x", "build/"], ["build"]),
    "the end of a path": (["-x", "a/in"], ["a/in"]),
    "any depth": (["-x", "b/**/z"], ["b/in/deep/z"]),
    "all below": (["-x", "b/in/**"], ["b/in/deep"]),
    "kept all the same": (["-x", "*.o", "-x", "!a/x.o"], ["a/in/x.o", "local/x.o", "local/in/x.o"]),
    "a directory": (["--exclude-dir", "tree/dir/sub"], ["dir/sub"]),
    "caches": (["--skip-caches"], ["cache/blob", "cache/CACHEDIR.TAG"]),
    "version control": (
        ["--cvs-ignore"],
        ["a/x.o", "a/in/x.o", "local/x.o", "local/in/x.o", "b/x~", ".git", "#auto#"],
    ),
}


@pytest.mark.parametrize("rule", ALONE)
def test_each_rule_alone(world: World, rule: str) -> None:
    tree = grow(world)
    words, gone = ALONE[rule]
    world.backup(*words, tree)
    assert saved(world, tree) == everything(tree) - below(tree, *gone, *SKIPPED)


def test_the_skip_file_has_a_name_that_can_be_changed_or_taken_away(world: World) -> None:
    tree = grow(world)
    world.backup("--skip-file-name", "", tree)
    world.check(tree, tree)
    world.backup("--skip-file-name", "build", tree)
    assert saved(world, tree) == everything(tree) - below(tree, "src/build")


def test_files_with_patterns_of_all_kinds_together(world: World) -> None:
    tree = grow(world)
    (tree / "a/.tardis-excludes").write_text("# of a\n/in/*.tmp\n*.o\n")
    (tree / "a/in/.tardis-exclude").write_text("!x.o\n")
    (tree / "local/.tardis-local-excludes").write_text("*.o\n")
    everywhere, more = world.place / "everywhere", world.place / "more"
    everywhere.write_text(f"{tree}/dir/**\n")
    more.write_text("b/in/\n")
    (world.home / "cfg").write_text("[Tardis]\nExcludePatterns = '#*#' z\nSkipCaches = yes\n")
    words = ["--config", str(world.home / "cfg"), "-X", str(more), "--exclude-dir", tree / "build"]
    gone = [
        "a/x.o", "a/in/y.tmp", "a/in/deep/z", "local/x.o", "dir/sub", "b/in", "#auto#", "build",
        "cache/blob", "cache/CACHEDIR.TAG",
    ]  # fmt: skip
    environment = {"TARDIS_GLOBAL_EXCLUDES": str(everywhere)}
    world.run("tardis", *world.backup_words(), *words, tree, env=environment)
    assert saved(world, tree) == everything(tree) - below(tree, *gone, *SKIPPED)
    words.append("--ignore-global-excludes")
    world.run("tardis", *world.backup_words(), *words, tree, env=environment)
    gone.remove("dir/sub")
    assert saved(world, tree) == everything(tree) - below(tree, *gone, *SKIPPED)


def test_rules_that_change_between_runs_cost_no_content_again(world: World) -> None:
    tree = grow_tree(world.place / "tree", 200)
    rules = tree / ".tardis-excludes"
    rules.write_text("nothing\n")
    first = world.keep(tree)
    world.backup(tree)
    rules.write_text("*.c\ndir1*\n")
    world.backup(tree)
    held = saved(world, tree)
    assert not [one for one in held if one.endswith(".c") or "dir1" in one]
    assert held | {"."} < everything(tree) | {"."}
    before = world.rows("SELECT count(*) FROM contents")[0][0]
    rules.write_text("nothing\n")
    world.backup(tree)
    assert world.rows("SELECT count(*) FROM contents")[0][0] == before
    done = world.backup("--stats", tree)
    assert messages_sent(done) < 20
    one, _, three, four = world.complete()
    world.check(tree, first, one)
    world.check(tree, tree, three)
    world.check(tree, tree, four)


def test_the_store_itself_is_left_out_wherever_it_shows(bare: World) -> None:
    need("tmpfs")
    tree = grow(bare)
    bare.way, bare.base = "local", tree / "a/backups"
    (tree / "view").mkdir()
    bare.backup(tree)
    bare.backup(tree)
    held = saved(bare, tree)
    assert "a/backups" in held
    assert not [one for one in held if one.startswith(f"a/backups/{CLIENT}/")]
    mount("--bind", bare.base, tree / "view")
    try:
        done = bare.backup("--crossdevice", "--skip-file-name", "", "-v", tree)
    finally:
        unmount(tree / "view")
    held = saved(bare, tree)
    kept = (f"view/{CLIENT}/", f"a/backups/{CLIENT}/", "view/.server/", "a/backups/.server/")
    assert not [one for one in held if one.startswith(kept)]
    assert f"{tree}/view/{CLIENT}: left out: backups are kept in it" in done.err
    done = bare.backup("--skip-file-name", "", bare.base / CLIENT, status=5)
    assert "not backed up: backups are kept in it" in done.err


def test_what_lies_beside_a_store_is_saved(bare: World) -> None:
    tree = grow(bare)
    bare.way, bare.base = "local", tree
    bare.backup(tree / "b")
    bare.check(tree / "b", tree / "b")
    bare.backup(tree)
    assert "b/in/deep/z" in saved(bare, tree)
    assert not [one for one in saved(bare, tree) if one.startswith(f"{CLIENT}/")]


def test_a_root_that_says_no_itself_is_a_problem_and_takes_nothing_away(world: World) -> None:
    tree = grow(world)
    world.backup("--skip-file-name", "", tree / "skipped", tree / "a")
    done = world.backup(tree / "skipped", tree / "a", status=3)
    assert f"{tree}/skipped: not backed up: it holds .tardis-skip" in done.err
    world.check(tree / "a", tree / "a")
    world.backup(tree / "skipped", status=5)


def test_a_root_that_another_one_leaves_out_is_walked(world: World) -> None:
    tree = grow(world)
    (tree / "a/.tardis-excludes").write_text("in\n")
    world.backup(tree, tree / "a/in")
    world.check(tree / "a/in", tree / "a/in")


def test_loops_of_links_and_of_mounts_end(world: World) -> None:
    need("tmpfs")
    tree = grow(world)
    (tree / "a/loop").symlink_to("..")
    (tree / "a/self").symlink_to("self")
    (tree / "b/mount").mkdir()
    mount("--bind", tree, tree / "b/mount")
    try:
        done = world.backup("--crossdevice", tree, status=3)
    finally:
        unmount(tree / "b/mount")
    assert "the directory contains itself" in done.err
    assert "b/mount" in saved(world, tree)
    assert len(world.complete()) == 1


def test_a_hundred_thousand_patterns_are_obeyed(world: World) -> None:
    tree = grow(world)
    rules = tree / ".tardis-excludes"
    lines = (f"*{n}.o\nname{n}\n/dir{n}/*\na?{n}*\n**/x{n}/y\n" for n in range(20_000))
    rules.write_text("".join(lines) + "x.o\n")
    world.backup(tree)
    gone = ["a/x.o", "a/in/x.o", "local/x.o", "local/in/x.o", *SKIPPED]
    assert saved(world, tree) == everything(tree) - below(tree, *gone)


@pytest.mark.parametrize("words", [["-X", "/no/such/file"], ["--skip-file-name", "a/b"]])
def test_what_cannot_be_meant_is_a_setting_that_cannot_be(world: World, words: list[str]) -> None:
    world.backup(*words, grow(world), status=4)
    assert not os.path.exists(world.base / CLIENT)


def explained(world: World, words: list[str], tree: Path) -> dict[str, bool]:
    """Return what `--explain` says of every path of a tree."""
    asked = [word for path in sorted(everything(tree)) for word in ("--explain", str(tree / path))]
    done = world.run("tardis", *words, "--json", *asked, tree, status=None)
    told = json.loads(done.out)
    assert done.status == (0 if all(one["is_saved"] for one in told) else 1)
    assert all(one["reason"] for one in told if not one["is_saved"])
    return {os.path.relpath(one["path"], tree): one["is_saved"] for one in told}


@pytest.mark.parametrize("rule", [*ALONE, "all together"])
def test_explain_agrees_with_what_is_saved(world: World, rule: str) -> None:
    tree = grow(world)
    words = [word for one in ALONE.values() for word in one[0]]
    if rule in ALONE:
        words = list(ALONE[rule][0])
    else:
        (tree / "a/.tardis-excludes").write_text("y.*\n/in/deep/\n!x.o\n")
        (tree / "local/.tardis-local-excludes").write_text("in\n")
        words += ["--maxdepth", "3"]
    told = explained(world, words, tree)
    world.backup(*words, tree)
    held = saved(world, tree)
    assert {path for path, is_saved in told.items() if is_saved} == held
    done = world.run("tardis", *words, "--dry-run", "--json", tree)
    files = [tree / path for path in held if (tree / path).is_file()]
    found = json.loads(done.out)
    assert found["saved"]["files"] == len(files)
    assert found["saved"]["size_bytes"] == sum(path.stat().st_size for path in files)
    if not words[0].startswith("--max"):
        assert found["left_out"]["by_rule"]


def test_a_preview_contacts_nobody_and_writes_nothing(bare: World) -> None:
    tree = grow(bare)
    before = {path: path.lstat().st_mtime_ns for path in bare.place.rglob("*")}
    words = ["--server", "127.0.0.1", "--port", "1", "-x", "*.o"]
    bare.run("tardis", *words, "--dry-run", tree)
    bare.run("tardis", *words, "--explain", tree / "a/x.o", tree, status=1)
    local = ["--local", "--database", bare.base, "--dry-run"]
    bare.run("tardis", *local, tree)
    assert {path: path.lstat().st_mtime_ns for path in bare.place.rglob("*")} == before
    bare.run("tardis", "--dry-run", "--explain", tree, tree, status=2)


@pytest.mark.parametrize("leaving_out", [True, False])
def test_what_may_not_be_read_is_explained_as_a_run_would_deal_with_it(
    world: World, leaving_out: bool
) -> None:
    need("root")
    caps = "-dac_override,-dac_read_search"
    without = {"before": ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"]}
    tree = world.place / "tree"
    (tree / "open").mkdir(parents=True)
    (tree / "closed").mkdir()
    (tree / "closed/file").touch()
    (tree / "open/secret").write_text("no")
    (tree / "open/secret").chmod(0)
    (tree / "closed").chmod(0)
    words = [] if leaving_out else ["--noexclude-no-access"]
    asked = [w for path in ("open/secret", "closed/file") for w in ("--explain", tree / path)]
    told = world.run("tardis", *words, *asked, tree, status=1, **without)
    assert told.out.count("Permission denied") == 2
    assert told.out.count("ExcludeNoAccess") == (2 if leaving_out else 0)
    run = [*world.backup_words(), *words, tree]
    done = world.run("tardis", *run, status=0 if leaving_out else 3, **without)
    assert done.err.count("Permission denied") == (0 if leaving_out else 2)
    assert ("2 entries left out for want of access" in done.err) is leaving_out
