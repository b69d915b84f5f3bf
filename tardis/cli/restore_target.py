"""Where what is restored goes, and where it may not go."""

import os
from collections.abc import Sequence

from tardis.history import Request
from tardis.model import UsageError
from tardis.render import escape_name
from tardis.store import Place, has_store

from .restore_choice import Chosen


def settle_target(
    output: str, chosen: Sequence[Chosen], place: Place | None, *, is_forced: bool = False
) -> tuple[str, list[Request]]:
    """Return the directory that everything goes into, and what goes into it.

    One file goes into *output* if that is a directory, else it gets that name.  A
    directory, or several arguments, go into *output* under their own names; it is made
    when it is missing.

    Raises:
        UsageError: That cannot be: it lies in a store, it is no directory, or two
            arguments would have the same name; or it is ``/`` or what the arguments came
            from, and not forced.
    """
    one = chosen[0].node
    is_named = len(chosen) == 1 and not one.is_directory and not _is_directory(output)
    if is_named:
        target, name = os.path.split(output)
        target = target or "."
        names = [os.fsencode(name)]
        if not os.path.isdir(target):
            raise UsageError(f"cannot restore into {escape_name(target)}: there is no directory")
    else:
        target = output
        names = [each.node.name for each in chosen]
        check_names(names)
    landing = os.path.realpath(target)
    check_outside(landing, place)
    if not is_forced:
        _check_harmless(landing, chosen, names)
    if not is_named:
        _make(target)
    return target, [
        Request(each.backup.number, each.node.path, name, each.node.is_directory)
        for each, name in zip(chosen, names, strict=True)
    ]


def _is_directory(output: str) -> bool:
    return output.endswith("/") or os.path.isdir(output)


def check_names(names: Sequence[bytes]) -> None:
    """Raise UsageError when two of *names* are the same."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two arguments would both be restored as {escape_name(name)}",
                hint="restore them one after the other",
            )


def _check_harmless(landing: str, chosen: Sequence[Chosen], names: Sequence[bytes]) -> None:
    """Refuse to restore to the top of the machine, or over or into the very source."""
    if landing == "/":
        raise UsageError("restoring into / needs --force", hint="restore beside it and move")
    for each, name in zip(chosen, names, strict=True):
        place = os.path.join(os.fsencode(landing), name)
        source = each.node.path.rstrip(b"/")  # empty for the top, below which everything lies
        if source and (place == source or place.startswith(source + b"/")):
            raise UsageError(
                f"restoring to {escape_name(place)} needs --force: it came from there",
                hint="--in-place puts things back and shows what it changes",
            )


def check_outside(target: str, place: Place | None) -> None:
    """Raise UsageError when *target*, without symbolic links, is in the place of the stores.

    None stands for stores on another machine.
    """
    if place is None:
        return
    base = os.path.realpath(place.base)
    below = os.path.relpath(target, base).split("/")
    is_inside = below[0] != ".."
    if is_inside and (below[0] in (".", ".server") or has_store(place, below[0])):
        raise UsageError(
            f"{escape_name(target)} belongs to the backups", hint="restore somewhere else"
        )


def _make(target: str) -> None:
    try:
        os.makedirs(target, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot restore into {escape_name(target)}: {error.strerror}") from error
