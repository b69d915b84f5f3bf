"""Everything that is wrong with what configures a program, at once and not only the first.

Each layer is looked at for itself: a bad value is told also where another layer outranks it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from tardis.model import TardisError

from .files import Section, check_keys
from .option import Layer, Option, Settings
from .resolve import Layers, resolve


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        text: One sentence that names place and option.
        hint: What to try, or empty.
    """

    text: str
    hint: str = ""


def found_in(check: Callable[[], object]) -> list[Finding]:
    """Return what *check* complains about: one finding if it raises one of our errors."""
    try:
        check()
    except TardisError as error:
        return [Finding(str(error), error.hint)]
    return []


def check_values(options: Iterable[Option[Any]], layers: Layers) -> list[Finding]:
    """Return what is wrong with the values of each layer, else with all of them together."""
    rows = tuple(dict.fromkeys(options))
    nothing = Layers()
    apart = (
        replace(nothing, defaults=layers.defaults),
        replace(nothing, environ=layers.environ),
        replace(nothing, file=layers.file),
        replace(nothing, flags=layers.flags),
    )
    found = [
        finding
        for layer in apart
        for row in rows
        for finding in found_in(partial(resolve, (row,), layer))
    ]
    return found or found_in(partial(resolve, rows, layers))


def check_names(section: Section, known: Iterable[str]) -> list[Finding]:
    """Return a finding for every key of *section* that no program knows."""
    names = tuple(known)
    return [
        finding
        for key in section
        for finding in found_in(partial(check_keys, Section({key: ""}, section.place), names))
    ]


def check_variables(environ: Mapping[str, str], known: Iterable[str]) -> list[Finding]:
    """Return a finding for every variable of the environment that looks like ours and is none."""
    ours = {name: "" for name in environ if name.startswith("TARDIS_")}
    place = "configuration file environment: there is no option"
    return [
        finding._replace(text=finding.text.replace(place, "environment: there is no variable"))
        for finding in check_names(Section(ours, "environment"), known)
    ]


def readable_settings(
    options: Iterable[Option[Any]],
    layers: Layers,
    computed: Mapping[Option[Any], object] | None = None,
) -> Settings:
    """Return the settings with the built-in value where what is said cannot be read.

    Args:
        options: The program's rows.
        layers: What each layer says.
        computed: See `resolve`.
    """
    rows = tuple(dict.fromkeys(options))
    usual = resolve(rows, Layers(), computed)
    good = [row for row in rows if not found_in(partial(resolve, (row,), layers))]
    if found_in(partial(resolve, good, layers)):  # two exclude each other
        return usual
    found = resolve(good, layers, computed)
    bad = {row: usual[row] for row in rows if row not in good}
    return found.changed(bad, Layer.BUILT_IN)
