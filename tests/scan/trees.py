"""Walking small trees in tests."""

import os
from collections.abc import Iterator
from pathlib import Path

from tardis.model import Listed
from tardis.policy import Rule, RuleSet, Scope
from tardis.protocol import listing
from tardis.scan import Exclusions, Filesystems, Range, Unlisted, Walker, WalkRules


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


def without(*patterns: str) -> WalkRules:
    """Return rules that leave out what fits *patterns*."""
    rules = RuleSet(Rule(one, "here") for one in patterns)
    return WalkRules(exclusions=Exclusions(scope=Scope().with_rules(rules)))


def by_path(top: Path, rules: WalkRules | None = None) -> dict[bytes, list[bytes]]:
    """Return path below *top* → names in it."""
    cut = len(os.fsencode(top))
    return {found.path[cut:]: names(found) for found in walk(top, rules)}
