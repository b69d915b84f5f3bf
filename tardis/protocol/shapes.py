"""Checks that parsed values have the types a message's fields declare."""

from collections.abc import Callable
from dataclasses import fields
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from .messages import Message

Check = Callable[[Any], bool]

_BEYOND: Final = 1 << 63


def message_check(kind: type[Message]) -> Check:
    """Return a check for the tuple of all field values of *kind*, in their order."""
    hints = get_type_hints(kind)
    return values_check(tuple(hints[field.name] for field in fields(kind)))


def values_check(hints: tuple[Any, ...]) -> Check:
    """Return a check for a tuple of values whose types *hints* are."""
    return _fixed(hints)


def check_of(hint: Any) -> Check:
    """Return a check for values that *hint*, made of tuples and plain types, allows."""
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        return _many(first) if rest == [Ellipsis] else _fixed((first, *rest))
    return _one_of(_kinds(hint))


def _kinds(hint: Any) -> tuple[type, ...]:
    if isinstance(hint, UnionType):
        return tuple(kind for part in get_args(hint) for kind in _kinds(part))
    return (NoneType,) if hint is None else (hint,)


def _one_of(kinds: tuple[type, ...]) -> Check:
    if int in kinds:
        return lambda value: type(value) in kinds and (type(value) is not int or _is_small(value))
    if len(kinds) == 1:
        (only,) = kinds
        return lambda value: type(value) is only
    return lambda value: type(value) in kinds


def _is_small(number: int) -> bool:
    """Tell whether *number* is one that SQLite can hold."""
    return -_BEYOND <= number < _BEYOND


def _fixed(hints: tuple[Any, ...]) -> Check:
    """Check a tuple of fixed length; where all its parts are plain types, in one look."""
    if all(isinstance(hint, type) for hint in hints):
        return _plain(hints)
    checks = tuple(check_of(hint) for hint in hints)
    length = len(checks)

    def fits(value: Any) -> bool:
        return (
            type(value) is tuple
            and len(value) == length
            and all(check(part) for check, part in zip(checks, value, strict=True))
        )

    return fits


def _plain(hints: tuple[type, ...]) -> Check:
    """Check a tuple of plain types; this stands on the hottest path of the server."""
    places = [place for place, hint in enumerate(hints) if hint is int]
    if not places:
        return lambda value: type(value) is tuple and tuple(map(type, value)) == hints
    numbers = itemgetter(*places, places[0])
    return lambda value: (
        type(value) is tuple
        and tuple(map(type, value)) == hints
        and max(numbers(value)) < _BEYOND
        and min(numbers(value)) >= -_BEYOND
    )


def _many(hint: Any) -> Check:
    """Check a tuple of any length whose parts are alike."""
    parts = get_args(hint) if get_origin(hint) is tuple else ()
    has_choice = any(isinstance(part, UnionType) for part in parts)
    if has_choice and all(isinstance(part, type | UnionType) for part in parts):
        return _table(parts)
    check = check_of(hint)
    return lambda value: type(value) is tuple and all(map(check, value))


def _table(hints: tuple[Any, ...]) -> Check:
    """Check rows whose values may be of several types, by columns: the rows of a batch."""
    kinds = tuple(frozenset(_kinds(hint)) for hint in hints)

    def fits(value: Any) -> bool:
        return type(value) is tuple and (
            not value
            or (
                set(map(type, value)) == {tuple}
                and set(map(len, value)) == {len(kinds)}
                and all(map(_is_column, zip(*value, strict=True), kinds))
            )
        )

    return fits


def _is_column(column: tuple[Any, ...], kinds: frozenset[type]) -> bool:
    found = set(map(type, column))
    if int in found and len(found) > 1:
        column = tuple(value for value in column if type(value) is int)
    return found <= kinds and (
        int not in found or (max(column) < _BEYOND and min(column) >= -_BEYOND)
    )
