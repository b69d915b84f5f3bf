"""Rooms that are furnished when somebody looks: a package loads a module at its first use.

Programs start often, most use a small part of a room, and loading all of it would be most
of what they do.
"""

import re
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

__all__ = ["furnish", "furnish_all"]

_IMPORT: Final = re.compile(r"^    from (\.[\w.]*) import ([^(\n]+|\([^)]+\))", re.MULTILINE)
"""A line, or what stands in brackets over several; to parse all of the source takes longer."""

_NAME: Final = re.compile(r"\w+(?: as \w+)?")


def furnish(room: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of the package *room*.

    What it offers, and from where, is read off the imports that it makes under
    ``if TYPE_CHECKING:``, so that it is told once.
    """
    sys.modules[room].__class__ = _Room

    def fetch(name: str) -> Any:
        try:
            module, original = _offers(room)[name]
        except KeyError:
            raise AttributeError(f"module {room!r} has no attribute {name!r}") from None
        found: Any = import_module(module, room)
        found = getattr(found, original) if original else found
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


class _Room(ModuleType):
    """A package in which a name that is offered stays so, though one of its modules bears it too.

    Python gives the name to the module when that is loaded.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in _offers(self.__name__):
            module, original = _offers(self.__name__)[name]
            if original and module == f".{name}":
                value = getattr(value, original)
        super().__setattr__(name, value)


@cache
def _offers(room: str) -> dict[str, tuple[str, str]]:
    """Return module and name there of what *room* imports for type checkers, by its name here.

    A module that is offered itself has no name there.
    """
    source = Path(str(sys.modules[room].__file__)).read_text(encoding="utf-8")
    block = source.partition("\nif TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    found = {}
    for module, names in _IMPORT.findall(block):
        for name in _NAME.findall(names):
            original, _, alias = name.partition(" as ")
            found[alias or original] = (module, original) if module != "." else (f".{name}", "")
    return found
