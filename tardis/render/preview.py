"""What a backup would do: as text for people, as JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tardis.model import Branch, Explained, Preview, Weight

from .columns import table
from .names import escape_controls, escape_name
from .sizes import human_size

SMALLEST: Final = 100
"""Directories smaller than this part of all are not shown to people."""

_INDENT: Final = "  "


def preview_text(found: Preview) -> str:
    """Return the tree by size, then what is left out by rule and by entry."""
    shown = [*_saved(found), *_left_out(found)]
    return "\n".join(shown) + "\n"


def _saved(found: Preview) -> Iterator[str]:
    yield f"would be saved: {_words(found.saved)}"
    limit = found.saved.size_bytes // SMALLEST
    rows = [row for tree in found.trees for row in _branch_rows(tree, b"", 1, limit)]
    if rows:
        yield from table(rows, "rrl")


def _branch_rows(branch: Branch, above: bytes, depth: int, limit: int) -> Iterator[list[str]]:
    name = branch.path[len(above) :].lstrip(b"/") if above else branch.path
    size, files = human_size(branch.weight.size_bytes), f"{branch.weight.files:,}"
    yield [size, files, _INDENT * depth + escape_name(name)]
    for inner in branch.largest:
        if inner.weight.size_bytes >= limit and inner.weight.files:
            yield from _branch_rows(inner, branch.path, depth + 1, limit)


def _left_out(found: Preview) -> Iterator[str]:
    total = Weight()
    for one in found.left_out:
        total = total.plus(one.weight)
    entries = sum(one.entries for one in found.left_out)
    yield f"left out: {entries:,} {_noun(entries, 'entry', 'entries')} with {_words(total)}"
    rows = [
        [human_size(one.weight.size_bytes), f"{one.entries:,}", f"  {escape_controls(one.reason)}"]
        for one in found.left_out
    ]
    if rows:
        yield from table(rows, "rrl")
        yield "largest that is left out:"
        yield from table(
            [
                [human_size(weight.size_bytes), f"  {escape_name(path)}", escape_controls(reason)]
                for path, reason, weight in found.largest_left_out
            ],
            "rll",
        )
    if found.unreadable:
        count = found.unreadable
        yield f"left out for want of access: {count:,} {_noun(count, 'entry', 'entries')}"


def _words(weight: Weight) -> str:
    noun = _noun(weight.files, "file", "files")
    return f"{weight.files:,} {noun}, {human_size(weight.size_bytes)}"


def _noun(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def preview_json(found: Preview) -> str:
    """Return all that is known, names with ``\\x`` for odd bytes as in every list."""
    saved: dict[str, Any] = found.saved._asdict()
    saved["trees"] = [_tree(tree) for tree in found.trees]
    by_rule = [
        {"rule": one.reason, "entries": one.entries, **one.weight._asdict()}
        for one in found.left_out
    ]
    largest = [
        {"path": escape_name(path), "rule": reason, **weight._asdict()}
        for path, reason, weight in found.largest_left_out
    ]
    problems = [{"path": escape_name(one.path), "reason": one.reason} for one in found.problems]
    out = {"by_rule": by_rule, "largest": largest, "unreadable": found.unreadable}
    return _dump({"saved": saved, "left_out": out, "problems": problems})


def _tree(branch: Branch) -> dict[str, Any]:
    inner = [_tree(one) for one in branch.largest]
    return {"path": escape_name(branch.path), **branch.weight._asdict(), "largest": inner}


def explained_text(found: Sequence[Explained]) -> str:
    """Return a line for each path."""
    return "".join(f"{_explained(one)}\n" for one in found)


def _explained(one: Explained) -> str:
    path = escape_name(one.path)
    reason = escape_controls(one.reason)
    if one.is_saved:
        return f"{path}: saved" + (f", {reason}" if reason else "")
    where = "" if one.decided_at == one.path else f" with {escape_name(one.decided_at)}"
    return f"{path}: left out{where}: {reason}"


def explained_json(found: Sequence[Explained]) -> str:
    """Return a list with an object for each path."""
    return _dump(
        [
            {
                "path": escape_name(one.path),
                "is_saved": one.is_saved,
                "reason": one.reason,
                "decided_at": escape_name(one.decided_at),
            }
            for one in found
        ]
    )


def _dump(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
