"""Rooms are furnished when somebody looks: all names are there, and nothing is loaded before."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tardis

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
def test_no_other_name_is_made_up(room: str) -> None:
    door = importlib.import_module(f"tardis.{room}")
    with pytest.raises(AttributeError, match="has no attribute 'no_such_thing'"):
        _ = door.no_such_thing


@pytest.mark.parametrize(("room", "most"), [("model", 0), ("policy", 0), ("scan", 0), ("store", 0)])
def test_nothing_is_loaded_before_it_is_wanted(room: str, most: int) -> None:
    code = (
        f"import sys, tardis.{room}\n"
        f"print(sum(name.startswith('tardis.{room}.') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert int(done.stdout) <= most


def test_a_program_that_stays_loads_all_it_may_want() -> None:
    code = (
        "import sys, tardis.store\nfrom tardis.rooms import furnish_all\nfurnish_all()\n"
        "before = set(sys.modules)\n"
        "[getattr(tardis.store, name) for name in tardis.store.__all__]\n"
        "print(sorted(set(sys.modules) - before), 'tardis.store.opening' in before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[] True\n"
