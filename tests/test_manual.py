"""Every name of the manual of 0.33: where it is implemented, and which test tries it.

The list is `tests/data/manual-0.33.toml`; here it is held against the table of options and
against the tests.
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tardis.config import Option, table

TESTS = Path(__file__).parent
MANUAL = tomllib.loads((TESTS / "data/manual-0.33.toml").read_text(encoding="utf-8"))

KEYS = [(program, name) for program, names in MANUAL["keys"].items() for name in names]
OPTIONS = [(program, name) for program, names in MANUAL["options"].items() for name in names]


@cache
def source_of(place: str) -> str:
    """Return the text of the test file that *place* names; its function must be there."""
    name, _, function = place.partition("::")
    text = (TESTS / name).read_text(encoding="utf-8").replace(r"\n", " ")
    if function:
        found = [one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]
        assert function in found, f"{name} has no {function}"
    return text


def assert_tried(names: set[str], place: str) -> None:
    """Fail unless the test of *place* is there and speaks of one of *names*."""
    pattern = rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])"
    assert re.search(pattern, source_of(place)), f"{place} names none of {sorted(names)}"


def spoken_names(constant: str, row: Option[Any]) -> set[str]:
    """Return all that a test may call a row."""
    flags = {f"--{no}{flag}" for flag in row.flags for no in ("", "no", "no-")}
    letters = {f"-{letter}" for letter in row.letters}
    return flags | letters | set(row.keys) | set(row.variables) | {f"table.{constant}"}


@pytest.mark.parametrize(("program", "name"), KEYS)
def test_a_key_has_its_row_and_its_test(program: str, name: str) -> None:
    constant, place = MANUAL["keys"][program][name]
    row = getattr(table, constant)
    assert row in table.PROGRAMS[program]
    assert name in row.keys
    assert row.fixed == "", f"{name} is refused: {row.fixed}"
    assert_tried(spoken_names(constant, row), place)


@pytest.mark.parametrize("name", MANUAL["variables"])
def test_a_variable_has_its_row_and_its_test(name: str) -> None:
    constant, place = MANUAL["variables"][name]
    row = getattr(table, constant)
    assert name in row.variables
    assert row.fixed == ""
    assert_tried({name}, place)


@pytest.mark.parametrize(("program", "name"), OPTIONS)
def test_an_option_has_its_row_and_its_test(program: str, name: str) -> None:
    constant, place = MANUAL["options"][program][name]
    row = getattr(table, constant)
    assert row in table.PROGRAMS[program]
    assert name in row.flags
    assert row.fixed == ""
    assert_tried(spoken_names(constant, row), place)


@pytest.mark.parametrize("name", MANUAL["mount"])
def test_an_option_of_mount_has_its_test(name: str) -> None:
    assert_tried({f'"{name}=', name}, MANUAL["mount"][name])


@pytest.mark.parametrize("name", MANUAL["commands"])
def test_a_command_of_sonic_is_there_and_has_its_test(name: str) -> None:
    assert name in table.SUBCOMMANDS
    assert_tried({name}, MANUAL["commands"][name])


@pytest.mark.parametrize("name", MANUAL["unwritten"])
def test_an_option_that_the_manual_leaves_out_has_its_row_and_its_test(name: str) -> None:
    constant, place = MANUAL["unwritten"][name]
    row = getattr(table, constant)
    assert row in table.PROGRAMS["tardis"]
    assert name in row.flags
    assert_tried(spoken_names(constant, row), place)


def test_every_option_with_one_value_only_is_in_the_list() -> None:
    listed = {getattr(table, constant) for constant, _ in MANUAL["unwritten"].values()}
    assert {row for _, row in table.all_options() if row.fixed} <= listed


def test_nothing_of_the_manual_is_missing_from_the_list() -> None:
    """As many as its tables have: whoever takes one out has to say why here."""
    counts = {program: len(names) for program, names in MANUAL["keys"].items()}
    assert counts == {"tardis": 37, "tardisd": 31, "tardisremote": 16}
    assert (len(MANUAL["variables"]), len(MANUAL["commands"])) == (21, 13)
