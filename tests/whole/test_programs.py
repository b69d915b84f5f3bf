"""What the programs say and how they end when something is wrong, or nothing is."""

import socket
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.forks import PROGRAMS
from tests.whole.trees import grow
from tests.whole.world import CLIENT, Done, World, free_port

pytestmark = pytest.mark.unforked

USAGE, CONFIG, NO_SOURCE, STORE, NO_SET, NO_PATH, LOST = 2, 4, 5, 10, 13, 14, 23


def assert_plain(done: Done) -> None:
    """What is wrong is said in a few lines, a hint at most, and no call chain."""
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert lines, str(done)
    assert len(lines) <= 4 or "usage" in lines[0], str(done)
    assert "Traceback" not in done.err, str(done)


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_tells_its_version_and_its_options(bare: World, program: str) -> None:
    done = bare.run(program, "--version")
    assert done.out.startswith(program)
    assert not done.err
    done = bare.run(program, "--help")
    assert "--version" in done.out
    assert not done.err


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_option_that_does_not_exist_is_status_2(bare: World, program: str) -> None:
    needs = {"regenerate": "x", "sonic": "list", "tardiff": "x", "tardisfs": "x"}
    words = [needs[program]] if program in needs else []
    done = bare.run(program, *words, "--no-such-option-at-all", status=USAGE)
    assert "no-such-option" in done.err
    assert "usage" in done.err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--port", "eighty", "."], CONFIG),
        (["--port", "70000", "."], CONFIG),
        (["--timeout", "soon", "."], CONFIG),
        (["--compress-data", "rar", "."], CONFIG),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_value_that_cannot_be_names_its_option(
    bare: World, words: list[str], status: int | None
) -> None:
    done = bare.run("tardis", *words, status=None)
    assert done.status in (USAGE, CONFIG), str(done)
    assert words[0].lstrip("-") in done.err.lower(), str(done)
    assert status is None or done.status in (USAGE, status), str(done)
    assert_plain(done)


def test_missing_sources_are_status_5_and_make_no_set(world: World) -> None:
    done = world.backup(world.place / "nowhere", status=NO_SOURCE)
    assert "nowhere" in done.err
    assert_plain(done)
    (world.place / "empty").mkdir()
    done = world.backup(world.place / "empty", status=NO_SOURCE)
    assert "empty" in done.err
    assert world.is_new(CLIENT) or world.complete() == []


def test_an_empty_source_is_a_good_set_only_when_allowed(world: World) -> None:
    folder = world.place / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"x")
    world.backup(folder)
    (folder / "file").unlink()
    world.backup(folder, status=NO_SOURCE)
    assert len(world.complete()) == 1
    world.backup("--allow-empty", folder)
    assert len(world.complete()) == 2
    world.check(folder, folder)


def test_some_sources_missing_is_a_good_set_with_problems(world: World) -> None:
    tree = grow(world.place / "tree", 10)
    done = world.backup(tree, world.place / "nowhere", status=3)
    assert "nowhere" in done.err + done.out
    world.check(tree, tree)


def test_an_unknown_set_path_or_client_has_its_own_status(world: World) -> None:
    tree = grow(world.place / "tree", 10)
    world.backup(tree)
    where: list[str | Path] = ["-D", world.base, "-C", CLIENT, "-o", world.place / "out"]
    for which in (["-b", "no such set"], ["-b", "99"], ["-d", "1999-01-01"]):
        done = world.run("regenerate", *where, *which, tree, status=NO_SET)
        assert_plain(done)
    done = world.run("regenerate", *where, tree / "no such path", status=NO_PATH)
    assert "no such path" in done.err
    done = world.run("regenerate", *where[:2], "-C", "stranger", tree, status=STORE)
    assert "stranger" in done.err
    assert_plain(done)
    done = world.run("sonic", "list", "-D", world.place / "nowhere", "-C", CLIENT, status=STORE)
    assert "nowhere" in done.err


def test_a_date_that_is_none_is_refused(world: World) -> None:
    tree = grow(world.place / "tree", 10)
    world.backup(tree)
    done = world.run(
        "regenerate", "-D", world.base, "-C", CLIENT, "-d", "florble", "-o", "out", tree,
        status=None,
    )  # fmt: skip
    assert done.status in (USAGE, CONFIG, NO_SET), str(done)
    assert "florble" in done.err


def test_a_port_in_use_is_an_error(bare: World) -> None:
    bare.base.mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = ["--database", bare.base, "--bind", "127.0.0.1", "--port", port]
        done = bare.run("tardisd", *words, status=None)
    assert done.status not in (0, 70), str(done)
    assert port in done.err
    assert_plain(done)


def test_no_server_is_status_23(bare: World) -> None:
    tree = grow(bare.place / "tree", 5)
    bare.port = free_port()
    done = bare.backup(tree, status=LOST)
    assert str(bare.port) in done.err
    assert_plain(done)


def test_an_unknown_client_is_told_how_to_create_itself(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    done = world.run("tardis", *world.reach("stranger"), tree, status=None)
    assert done.status not in (0, 70), str(done)
    assert "create" in done.err
    assert not (world.base / "stranger").exists()


def test_the_url_and_the_options_name_the_same_thing(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    url = f"tardis://127.0.0.1:{world.port}/{CLIENT}"
    world.run("tardis", "--server", url, "--create", tree)
    world.backup(tree)
    assert len(world.complete()) == 2
    world.check(tree, tree)


def test_a_local_run_needs_nothing_set_up(bare: World) -> None:
    tree = grow(bare.place / "tree", 20)
    bare.run("tardis", "--local", "--database", bare.base, "--client", CLIENT, tree)
    bare.run("tardis", "--local", "--client", CLIENT, tree, env={"TARDIS_DB": str(bare.base)})
    assert len(bare.complete()) == 2
    bare.check(tree, tree)


def test_a_directory_named_twice_or_by_a_relative_path(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup("tree", "./tree", tree)
    world.check(tree, tree)


def test_what_may_not_be_overwritten_stays(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree)
    out = world.restore(tree)
    mine = next(path for path in sorted(out.rglob("*")) if path.is_file())
    mine.chmod(0o644)
    mine.write_bytes(b"my own words")
    words = ["-D", world.base, "-C", CLIENT, "-o", out.parent]
    world.run("regenerate", *words, tree, status=None)
    assert mine.read_bytes() == b"my own words"
    world.run("regenerate", "--overwrite", "always", *words, tree)
    assert mine.read_bytes() != b"my own words"


def test_an_unreadable_file_is_a_problem_for_who_is_not_root(world: World) -> None:
    """Root reads everything, so the daemon's part is played by what vanishes instead."""
    tree = grow(world.place / "tree", 50)
    loop = tree / "loop"
    loop.symlink_to("loop")
    world.backup(tree)
    world.check(tree, tree)


def test_progress_is_silent_without_a_terminal(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    done = world.backup("--progress", tree)
    assert "\r" not in done.out + done.err
    assert "\x1b" not in done.out + done.err


def test_a_quiet_run_says_nothing(world: World) -> None:
    tree = grow(world.place / "tree", 20)
    done = world.backup(tree)
    assert done.err == ""


def test_automatic_names_never_collide(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    for _ in range(counts(5, 20)):
        world.backup(tree)
    names = [name for (name,) in world.rows("SELECT name FROM backup_sets")]
    assert len(set(names)) == len(names)
    listed = world.run("sonic", "list", "-D", world.base, "-C", CLIENT).out
    assert all(name in listed for name in names)


def test_a_name_that_is_taken_does_not_replace_the_old_set(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    world.backup("--name", "mine", tree)
    kept = world.keep(tree)
    (tree / "new").write_bytes(b"new")
    world.backup("--name", "mine", tree, status=None)
    world.check(tree, kept, world.complete()[0])
    for bad in ("Current", "a/b", "..", "new\nline"):
        done = world.backup("--name", bad, tree, status=None)
        assert done.status != 70, str(done)
        assert "Traceback" not in done.err
