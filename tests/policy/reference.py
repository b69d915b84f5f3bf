"""What a set of rules leaves out, told slowly: each pattern against each whole path."""

import fnmatch
import re
from collections.abc import Iterable


def fits(pattern: str, path: str, is_folder: bool) -> bool:
    """Tell whether *pattern* names *path*, which begins where the pattern stands."""
    body = pattern.rstrip("/")
    if body != pattern and not is_folder:
        return False
    parts = [part for part in body.split("/") if part]
    if not parts:
        return False
    if not body.startswith("/"):
        parts.insert(0, "**")
    return _follow(parts, path.split("/"))


def _follow(parts: list[str], names: list[str]) -> bool:
    if not parts:
        return not names
    if parts == ["**"]:
        return bool(names)
    if parts[0] == "**":
        return any(_follow(parts[1:], names[skipped:]) for skipped in range(len(names)))
    if not names or not re.match(fnmatch.translate(parts[0]), names[0]):
        return False
    return _follow(parts[1:], names[1:])


def leaves_out(patterns: Iterable[str], path: str, is_folder: bool) -> bool:
    """Tell whether *path* itself is left out; what lies above it is not looked at."""
    patterns = list(patterns)
    leaving = [one for one in patterns if not one.startswith("!")]
    keeping = [one[1:] for one in patterns if one.startswith("!")]
    return any(fits(one, path, is_folder) for one in leaving) and not any(
        fits(one, path, is_folder) for one in keeping
    )
