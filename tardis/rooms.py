"""Rooms that are furnished when somebody looks: a package loads a module at its first use.

Programs start often, most use a small part of a room, and loading all of it would be most
of what they do.
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["furnish", "furnish_all"]


def furnish(room: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of the package *room*.

    What it offers, and from where, is read off the imports that it makes under
    ``if TYPE_CHECKING:``, so that it is told once.
    """
    where: dict[str, tuple[str, str]] = {}

    def fetch(name: str) -> Any:
        if not where:
            where.update(_offers(room))
        try:
            module, original = where[name]
        except KeyError:
            raise AttributeError(f"module {room!r} has no attribute {name!r}") from None
        found = getattr(import_module(module, room), original)
        setattr(sys.modules[room], name, found)
        return found

    return fetch


def furnish_all() -> None:
    """Load all that the rooms which were entered offer, for programs that stay.

    While they run, what lies on the disk may be replaced by another version, or they may
    have become a user who cannot read it.
    """
    done: set[str] = set()
    while rooms := {name for name in sys.modules if name.startswith("tardis.")} - done:
        done |= rooms
        for room in rooms:
            for name in getattr(sys.modules[room], "__all__", ()):
                getattr(sys.modules[room], name)


def _offers(room: str) -> dict[str, tuple[str, str]]:
    """Return the module and the name there of each name that *room* imports for type checkers."""
    source = Path(str(sys.modules[room].__file__)).read_text(encoding="utf-8")
    found = {}
    for block in ast.parse(source).body:
        for line in block.body if isinstance(block, ast.If) else ():
            if isinstance(line, ast.ImportFrom):
                for one in line.names:
                    found[one.asname or one.name] = (f".{line.module}", one.name)
    return found
