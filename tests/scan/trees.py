"""Walking small trees in tests."""

import os
from collections.abc import Iterator
from pathlib import Path

from tardis.model import Listed
from tardis.protocol import listing
from tardis.scan import Filesystems, Range, Unlisted, Walker, WalkRules


def walker(rules: WalkRules | None = None) -> Walker:
    return Walker(rules or WalkRules(), Filesystems([], lambda item: None))


def walk(top: Path, rules: WalkRules | None = None) -> Iterator[Range | Unlisted]:
    one = walker(rules)
    yield from one.walk(one.place_of(os.fsencode(top), top.lstat()))


def entries(found: Range) -> list[Listed]:
    return list(listing.iter_listing(b"".join(found.rows)))


def names(found: Range | Unlisted) -> list[bytes]:
    assert isinstance(found, Range)
    return [entry.name for entry in entries(found)]


def by_path(top: Path, rules: WalkRules | None = None) -> dict[bytes, list[bytes]]:
    """Return path below *top* → names in it."""
    cut = len(os.fsencode(top))
    return {found.path[cut:]: names(found) for found in walk(top, rules)}
