"""Rooms are furnished when somebody looks: all names are there, and nothing is loaded before."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tardis
from tardis import rooms

HOUSE = Path(tardis.__file__).parent
ROOMS = sorted(path.parent.name for path in HOUSE.glob("*/__init__.py"))
LAZY = [room for room in ROOMS if "furnish(" in (HOUSE / room / "__init__.py").read_text()]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_at_the_door_is_there(room: str) -> None:
    door = importlib.import_module(f"tardis.{room}")
    for name in getattr(door, "__all__", ()):
        found = getattr(door, name)
        assert getattr(door, name) is found
        assert not (hasattr(found, "__path__") and callable(getattr(found, name, None))), name


@pytest.mark.parametrize("room", LAZY)
def test_what_is_offered_is_what_a_type_checker_sees(room: str) -> None:
    seen = {}
    for block in ast.parse((HOUSE / room / "__init__.py").read_text()).body:
        for line in block.body if isinstance(block, ast.If) else ():
            for one in line.names if isinstance(line, ast.ImportFrom) else ():
                assert isinstance(line, ast.ImportFrom) and line.level == 1
                where = (f".{line.module}", one.name) if line.module else (f".{one.name}", "")
                seen[one.asname or one.name] = where
    importlib.import_module(f"tardis.{room}")
    assert rooms._offers(f"tardis.{room}") == seen


def test_a_name_that_a_module_bears_too_stays_what_is_offered() -> None:
    code = (
        "import sys, tardis.admin as room\n"
        "from tardis.admin.repair import plan_repair\n"  # which loads the module check
        "module = sys.modules['tardis.admin.check']\n"
        "print(room.__dict__['check'] is module.check is room.check,\n"
        "      room.__dict__['repair'] is sys.modules['tardis.admin.repair'].repair)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "True True\n"


@pytest.mark.parametrize("room", LAZY)
def test_no_other_name_is_made_up(room: str) -> None:
    door = importlib.import_module(f"tardis.{room}")
    with pytest.raises(AttributeError, match="has no attribute 'no_such_thing'"):
        _ = door.no_such_thing


@pytest.mark.parametrize(
    ("room", "most"),
    [("model", 0), ("policy", 0), ("scan", 0), ("store", 0), ("admin", 0), ("history", 0)],
)
def test_nothing_is_loaded_before_it_is_wanted(room: str, most: int) -> None:
    code = (
        f"import sys, tardis.{room}\n"
        f"print(sum(name.startswith('tardis.{room}.') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "0\n"


def test_a_program_that_stays_loads_all_it_may_want() -> None:
    code = (
        "import sys, tardis.store\nfrom tardis.rooms import furnish_all\nfurnish_all()\n"
        "before = set(sys.modules)\n"
        "[getattr(tardis.store, name) for name in tardis.store.__all__]\n"
        "print(sorted(set(sys.modules) - before), 'tardis.store.opening' in before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[] True\n"
