"""Which stored paths the arguments of lstardis and tardiff mean."""

import fnmatch
import os
import re
from collections.abc import Iterator
from typing import Final

from tardis.history import Place, Places, components, join
from tardis.model import UsageError

SMART: Final = -1
"""Number of components to cut that means: find it out."""

_MAGIC: Final = re.compile(rb"[*?\[]")


def stored_candidates(argument: str, *, resolve: bool = True) -> list[bytes]:
    """Return where *argument* may be stored, the likeliest first.

    Sets hold paths without symbolic links on the way, or relative ones when they were
    made so.

    Args:
        argument: As written; a relative one lies in the current directory.
        resolve: Follow symbolic links on the way to it, too.
    """
    if not argument:
        raise UsageError("an empty path is no path")
    absolute = os.path.abspath(argument)
    parent, name = os.path.split(absolute)
    found = [absolute]
    if resolve:
        found.append(os.path.join(os.path.realpath(parent), name))
    relative = os.path.normpath(argument)
    if not os.path.isabs(relative) and relative.split("/")[0] not in ("..", "."):
        found.append(relative)
    return [os.fsencode(path) for path in dict.fromkeys(found)]


def reduced(paths: list[bytes], count: int, tops: set[bytes]) -> list[bytes]:
    """Return *paths* without their first components, whole ones and relative ones.

    Args:
        paths: As `stored_candidates` returns them.
        count: How many to cut; `SMART` cuts until the first is one of *tops*.
        tops: Names at the top of the sets.
    """
    if not count:
        return paths
    found = []
    for path in paths:
        names = components(path)
        cut = count
        if count == SMART:
            cut = next((at for at, name in enumerate(names) if name in tops), len(names))
        rest = b"/".join(names[cut:])
        found += [b"/" + rest, rest]
    return list(dict.fromkeys(found))


def top_names(places: Places) -> set[bytes]:
    """Return the names at the top of all sets."""
    return {child.path.strip(b"/") for top in places.tops() for child in places.children(top)}


def find_places(places: Places, paths: list[bytes], *, is_glob: bool) -> list[Place]:
    """Return what the first of *paths* that is found means; a pattern may mean several."""
    for path in paths:
        if is_glob and _MAGIC.search(path):
            found = list(_matching(places, path))
        else:
            one = places.find(path)
            found = [one] if one else []
        if found:
            return found
    return []


def _matching(places: Places, path: bytes) -> Iterator[Place]:
    """Yield the places whose path matches a pattern, name by name."""
    top = places.find(b"/" if path.startswith(b"/") else b"")
    level = [top] if top else []
    for part in components(path):
        if not _MAGIC.search(part):
            paths = [join(place.path, part) for place in level]
            level = [found for one in paths if (found := places.find(one))]
            continue
        pattern = re.compile(fnmatch.translate(os.fsdecode(part)))
        level = [
            child
            for place in level
            for child in places.children(place)
            if child.rows and _fits(child.path.rsplit(b"/", 1)[-1], pattern)
        ]
    yield from level


def _fits(name: bytes, pattern: re.Pattern[str]) -> bool:
    """Tell whether a name fits; one that begins with a dot only fits a pattern with one."""
    shows_dots = pattern.pattern.startswith(("(?s:\\.", "(?s:[.]"))
    if name.startswith(b".") and not shows_dots:
        return False
    return pattern.match(os.fsdecode(name)) is not None
