"""Transcripts: what the programs say about a tree with a history, word for word.

A transcript is a text of commands behind ``$``, each with what it prints and, when it is
not 0, its status behind ``?``.  TREE stands for the tree, BASE for the stores, MNT for a place
to mount on; what is no program of ours looks at what was mounted.  A run with
TARDIS_TEST_REFRESH set writes the files anew, to be looked at as a difference.
"""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.whole.forks import PROGRAMS
from tests.whole.world import World

TRANSCRIPTS = sorted(Path(__file__).parents[1].joinpath("transcripts").glob("*.txt"))
MOMENT = 1_400_000_000
"""When everything in the tree was changed last: long ago, so that the year is shown."""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def calm(tree: Path, moment: int) -> None:
    """Give everything in the tree the same time."""
    for path in (*tree.rglob("*"), tree):
        os.utime(path, (moment, moment), follow_symlinks=False)


def live(world: World, tree: Path) -> None:
    """Back up four days of work: edits, a move, a deletion, odd names."""

    def backup(name: str, moment: int) -> None:
        calm(tree, moment)
        world.backup("--name", name, tree)

    tree.mkdir()
    write(tree / "notes", "one\ntwo\nthree\n")
    write(tree / "plan", "a plan\n")
    write(tree / "src" / "main.c", "int main(void)\n{\n    return 0;\n}\n")
    write(tree / ".config", "color = no\n")
    (tree / "odd\n\x1b[31mname").write_bytes(b"")
    (tree / "latest").symlink_to("notes")
    (tree / "picture").write_bytes(bytes(range(256)) * 8)
    backup("Monday", MOMENT)
    write(tree / "notes", "one\n2\nthree\nfour\n")
    (tree / "src" / "main.c").rename(tree / "src" / "program.c")
    backup("Tuesday", MOMENT + 86_400)
    (tree / "plan").unlink()
    (tree / "picture").write_bytes(bytes(range(255, -1, -1)) * 4)
    backup("Wednesday", MOMENT + 2 * 86_400)
    write(tree / "plan", "a better plan\n")
    (tree / "src" / "program.c").chmod(0o755)
    backup("Thursday", MOMENT + 3 * 86_400)
    write(tree / "notes", "one\n2\nthree\nfour\nfive\n")
    (tree / "src" / "new.h").write_text("#pragma once\n")
    calm(tree, MOMENT + 4 * 86_400)


def replaced(text: str, by: dict[str, str]) -> str:
    for old, new in by.items():
        text = text.replace(old, new)
    return text


def run(world: World, tree: Path, command: str) -> str:
    """Return the transcript of one command."""
    places = {"TREE": tree, "BASE": world.base, "MNT": world.place / "mnt"}
    program, *words = shlex.split(replaced(command, {name: str(at) for name, at in places.items()}))
    if program in PROGRAMS:
        where = ["--database", world.base, "--client", "machine"]
        done = world.run(program, *where, *words, status=None, env={"TARDIS_TEST": "1"})
        said, ended = done.out + done.err, done.status
    else:
        whole = [program, *words]
        env = world.environment()
        other = subprocess.run(
            whole, check=False, capture_output=True, text=True, timeout=60, env=env
        )
        said, ended = other.stdout + other.stderr, other.returncode
    said = replaced(said, {str(at): name for name, at in places.items()})
    status = f"? {ended}\n" if ended else ""
    said = said.replace("\0", "^@\n")
    return f"$ {command}\n{said}{status}"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    world = World(tmp_path_factory.mktemp("transcripts"), way="local", is_forking=False)
    tree = world.place / "tree"
    (world.place / "mnt").mkdir()
    live(world, tree)
    return world, tree


MOUNTING = pytest.mark.fuse
CASES = [pytest.param(one, marks=MOUNTING if one.stem == "tardisfs" else ()) for one in TRANSCRIPTS]


@pytest.mark.parametrize("transcript", CASES, ids=[path.stem for path in TRANSCRIPTS])
def test_programs_say_what_the_transcript_says(lived: tuple[World, Path], transcript: Path) -> None:
    world, tree = lived
    wanted = transcript.read_text(encoding="utf-8")
    commands = [line[2:] for line in wanted.splitlines() if line.startswith("$ ")]
    found = "\n".join(run(world, tree, command) for command in commands)
    if os.environ.get("TARDIS_TEST_REFRESH"):
        transcript.write_text(found, encoding="utf-8")
    assert found == wanted


def test_there_are_transcripts() -> None:
    assert {"lstardis", "tardiff", "tardisfs"} <= {path.stem for path in TRANSCRIPTS}
