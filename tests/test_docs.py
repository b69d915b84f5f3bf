"""The docs are fresh, complete, and true where a program can tell."""

import os
import re
import shlex
import sqlite3
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from tardis.config import Layers, Option, check_keys, parse, read_section, resolve, table
from tardis.model import CLASSIC, MODERN, SCHEMES, error_classes
from tardis.protocol import State, listing
from tardis.protocol.messages import MESSAGES
from tardis.render import HOOK_VARIABLES, NOTICE_FIELDS
from tardis.store import records
from tests.independent.checker import compare
from tests.whole.trees import grow
from tests.whole.world import World
from tools import generate

ROOT = generate.ROOT
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
MAN_PAGES = {program: DOCS / "man" / f"{program}.1" for program in generate.PAGES}
PROGRAMS = tuple(MAN_PAGES)
FILE_PAGES = sorted(DOCS.glob("man/*.5"))
TOOLS = ("quickstart", "test", "generate.py", "measure.py", "install-service", "rescue.py")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> list[str]:
    """Return the code blocks of *language* in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


# Freshness and links


def test_what_is_generated_is_fresh() -> None:
    assert [name_of(path) for path, _ in generate.stale()] == [], "run tools/generate.py"


def slugs(path: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{link} leads nowhere"
        assert path.is_relative_to(ROOT), f"{link} leads out of the project"
        if anchor:
            assert anchor in slugs(path), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", [*PAGES, *MAN_PAGES.values()], ids=name_of)
def test_no_page_speaks_of_a_place_outside_the_project(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "../shared" not in text
    assert str(ROOT) not in text


# Options


def flags() -> set[str]:
    """Return every long flag of every program, and of the tools that pages mention."""
    found = set()
    for _, option in table.all_options():
        for flag in option.flags:
            found |= {f"--{flag}", f"--no{flag}", f"--no-{flag}"}
    for tool in TOOLS:
        text = (ROOT / "tools" / tool).read_text(encoding="utf-8")
        found |= set(re.findall(r"--[a-z][\w-]*", text))
    return found


def told_to_commands() -> set[str]:
    """Return the variables that hooks and notices are told by."""
    return set(HOOK_VARIABLES) | {f"TARDIS_NOTICE_{name.upper()}" for name in NOTICE_FIELDS}


@pytest.mark.parametrize("page", [*PAGES, *MAN_PAGES.values()], ids=name_of)
def test_no_page_names_an_option_that_does_not_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    text = re.sub(r"(?m)^tar .*$", "", text)  # its options are its own
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*(?![A-Z])\b", text))
    assert named - flags() == set()
    variables = set(re.findall(r"\bTARDIS_[A-Z_]+\b", text))
    assert variables - table.all_variables() - told_to_commands() == set()


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (program, words) of each line that runs one of our programs."""
    for line in text.splitlines():
        words = shlex.split(line.partition(" > ")[0], comments=True)
        words = words[1:] if words[:1] == ["sudo"] else words
        if words and words[0] in PROGRAMS:
            yield words[0], words[1:]


def assert_accepted(program: str, words: list[str]) -> None:
    parsed = parse(program, words)
    options = table.options_of(program, parsed.subcommand or "")
    resolve(options, Layers(flags=parsed.flags))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_shows_is_accepted(page: Path) -> None:
    for block in blocks(page, "sh"):
        for program, words in commands(block):
            assert_accepted(program, words)


def test_there_are_commands_to_look_at() -> None:
    shown = [one for page in PAGES for block in blocks(page, "sh") for one in commands(block)]
    assert {program for program, _ in shown} == set(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_example_of_a_man_page_is_accepted(program: str) -> None:
    text = (ROOT / generate.MAN_TEXTS).read_text(encoding="utf-8")
    for command, _ in tomllib.loads(text)[program]["examples"]:
        [(named, words)] = commands(command)
        assert named == program
        assert_accepted(program, words)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_configuration_that_a_page_shows_is_accepted(page: Path) -> None:
    for block in blocks(page, "ini"):
        if "[Tardis]" not in block:
            continue
        for name in re.findall(r"^\[(\w+)\]$", block, re.M):
            section = read_section(block, name_of(page), name)
            check_keys(section, table.all_keys())
            program = "tardisd" if "BaseDir" in block else "tardis"
            resolve(table.PROGRAMS[program], Layers(file=section))


def rows_of(program: str) -> list[Option[Any]]:
    verbs = table.ABOUT[program].subcommands.values()
    return [*table.PROGRAMS[program], *(row for verb in verbs for row in verb.options)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_man_page_tells_every_option(program: str) -> None:
    text = MAN_PAGES[program].read_text(encoding="utf-8").replace("\\-", "-")
    for row in rows_of(program):
        for flag in (*(f"--{flag}" for flag in row.flags), *(f"-{one}" for one in row.letters)):
            assert f"\\fB{flag}\\fR" in text, flag
        for name in (*row.keys, *row.variables, row.metavar):
            assert name in text


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_man_page_tells_every_subcommand(program: str) -> None:
    text = MAN_PAGES[program].read_text(encoding="utf-8")
    for verb in table.ABOUT[program].subcommands:
        assert f".SS {verb}\n" in text


@pytest.mark.parametrize("page", [*MAN_PAGES.values(), *FILE_PAGES], ids=name_of)
def test_troff_finds_nothing_wrong_with_a_man_page(page: Path) -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", str(page)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("groff is not installed")
    assert (done.returncode, done.stderr) == (0, b"")
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
    assert shown.isascii() or not set("\u02dc\u02c6\u2018\u2019") & set(shown)
    of_programs = ("SYNOPSIS", "OPTIONS", "EXAMPLES", "FILES", "ENVIRONMENT", "EXIT STATUS")
    own = of_programs if page.suffix == ".1" else ("EXAMPLE",)
    for heading in ("NAME", "DESCRIPTION", *own, "SEE ALSO"):
        assert f"\n{heading}\n" in shown


def test_every_configuration_file_has_its_page() -> None:
    samples = {path.name for path in (ROOT / "etc").iterdir() if path.is_file()}
    samples -= {"tardisd.local.cfg", "types.ignore"}  # keys of tardisd.cfg, and a list
    assert {page.stem.removeprefix("tardis-") for page in FILE_PAGES} == samples
    told = text_of("man/system.defaults.5")
    assert [name for name in table.all_variables() if f"\\fB{name}\\fR" not in told] == []


@pytest.mark.parametrize("page", [DOCS / "exit-status.md", *MAN_PAGES.values()], ids=name_of)
def test_every_exit_status_is_told(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for status in {0, 3, 70, *(kind.exit_status for kind in error_classes())}:
        assert f"\n| {status} |" in text or f"\\fB{status}\\fR" in text
    assert "128+n" in text


# The protocol


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.KIND)
def test_every_message_is_told(kind: Any) -> None:
    text = text_of("protocol.md")
    assert f"\n### `{kind.KIND}`, from " in text
    _, _, section = text.partition(f"### `{kind.KIND}`")
    for field in fields(kind):
        assert f"| `{field.name}` |" in section.partition("\n### ")[0]


def test_every_state_is_told() -> None:
    text = text_of("protocol.md")
    for state in State:
        assert f"| **{state.name}** |" in text
        assert re.search(rf"--> {state.name}\b", text)


def layout(page: str, last: str) -> list[tuple[int, int]]:
    """Return (offset, bytes) of the table of a structure, the one with a row for *last*."""
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([^|]+)", text_of(page), re.M)
    end = next(at for at, row in enumerate(rows) if row[2].startswith(last))
    start = max(at for at in range(end + 1) if rows[at][0] == "0")
    return [(int(offset), int(size)) for offset, size, _ in rows[start : end + 1]]


@pytest.mark.parametrize(
    ("page", "last", "form"),
    [
        ("protocol.md", "length of the name", listing.ENTRY),
        ("store-format.md", "basis", records.HEADER),
    ],
    ids=["entry", "record"],
)
def test_the_table_of_a_structure_adds_up(page: str, last: str, form: struct.Struct) -> None:
    sizes: list[int] = []
    for count, code in re.findall(r"(\d*)([a-zA-Z])", form.format):
        times = 1 if code == "s" else int(count or 1)
        sizes += [struct.calcsize(f"<{count}{code}") // times] * times
    offsets = accumulate(sizes[:-1], initial=0)
    assert layout(page, last) == list(zip(offsets, sizes, strict=True))


# The store


def test_every_table_and_column_of_the_catalog_is_told() -> None:
    text = text_of("store-format.md")
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript((ROOT / "schema" / "tardis.sql").read_text(encoding="utf-8"))
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if name.startswith("sqlite_"):
                continue
            _, found, section = text.partition(f"\n#### `{name}`\n")
            assert found, name
            section = section.partition("\n#### ")[0]
            for column in db.execute(f"PRAGMA table_info({name})"):
                assert f"\n| `{column[1]}` |" in section


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_reader_of_the_page_restores_sets_without_the_catalog(
    tmp_path: Path, scheme: str
) -> None:
    [code] = [one for one in blocks(DOCS / "store-format.md", "python") if "def restore" in one]
    reader = tmp_path / "reader.py"
    reader.write_text(code, encoding="utf-8")
    world = World(tmp_path, "local")
    tree = grow(tmp_path / "tree", 30)
    (tree / "large").write_bytes(bytes(range(256)) * 12_000)
    with (tree / "holes").open("wb") as holes:
        size = 1 << 40 if scheme == MODERN else 8 << 20
        holes.truncate(size)
        for offset in (4096, size >> 2, size - 4096):
            holes.seek(offset)
            holes.write(b"an island" * 200_000 if offset == size >> 2 else b"x")
    (tree / "changing").write_bytes(os.urandom(200_000))
    world.creating = ("--scheme", scheme)
    world.backup(tree)
    (tree / "large").write_bytes(bytes(range(255)) * 12_000)
    world.backup("--compress-data", "zlib", tree)
    before = world.keep(tree)
    where = ("--database", world.base, "--client", "machine")
    world.run("sonic", "delete", *where, "1", "--noconfirm")  # a full manifest stands for all
    (tree / "large").write_bytes(b"another one" * 200_000)
    (tree / "changing").write_bytes((tree / "changing").read_bytes()[:-1] + b"another end")
    os.truncate(tree / "holes", 2 * size)
    (tree / "new name").mkdir()
    (tree / "new name" / "file").write_bytes(b"new")
    world.backup("--compress-data", "lzma", tree)
    numbers = world.complete()
    assert world.last("delta_files") == 1
    store = world.base / "machine"
    for lost in store.glob("tardis.*"):
        lost.unlink()
    for number, wanted in zip(numbers, (before, tree), strict=True):
        out = tmp_path / f"read-{number}"
        words = [sys.executable, str(reader), str(store), str(number), str(out)]
        subprocess.run(words, check=True)
        found = out / tree.relative_to("/")
        ignored = {"uid", "gid", "links"} | ({"holes"} if scheme == CLASSIC else set())
        assert not compare(wanted, found, ignore=ignored, skip=[b""])
    world.close()
