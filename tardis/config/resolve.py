"""Lay the layers over each other and read the values.

Built-in < ``system.defaults`` < environment < configuration file < command line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tardis.model import ConfigError, UsageError

from .files import Section
from .option import Kind, Layer, Option, Settings

Given: TypeAlias = str | tuple[str, ...]
"""What a layer says: one text, or the texts of each use on the command line."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The texts of every layer above the built-in one.

    Attributes:
        defaults: ``system.defaults``, by variable.
        environ: The environment, by variable; empty values do not count.
        file: The section of the configuration file.
        flags: The command line, by option name.
    """

    defaults: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    file: Section = field(default_factory=Section)
    flags: Mapping[str, Given] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the winning layer says about an option."""

    layer: Layer
    place: str
    given: Given


def resolve(
    options: Iterable[Option[Any]],
    layers: Layers,
    computed: Mapping[Option[Any], object] | None = None,
) -> Settings:
    """Return the settings of one program; the later layer wins.

    Args:
        options: The program's rows.
        layers: What each layer says.
        computed: Built-in values that only the caller can know, such as the host's name.

    Raises:
        ConfigError: A text does not parse, or asks for what this version has not; the
            message names layer and option.
        UsageError: The command line gives two options that exclude each other.
    """
    rows = tuple(dict.fromkeys(options))
    computed = computed or {}
    found = {row: said for row in rows if (said := _find(row, layers))}
    _apply_exclusions(found)
    values = {row: computed.get(row, row.default) for row in rows}
    for row, said in found.items():
        values[row] = _read(row, said)
    return Settings(values, {row: said.layer for row, said in found.items()})


def _find(option: Option[Any], layers: Layers) -> _Found | None:
    if option.kind is Kind.ACTION:
        return None
    if option.name in layers.flags:
        given = layers.flags[option.name]
        is_off = option.kind is Kind.BOOLEAN and given == "false"
        spoken = f"--no{option.flags[0]}" if is_off else option.spoken
        return _Found(Layer.COMMAND, f"{Layer.COMMAND.value}: {spoken}", given)
    for key in option.keys:
        if key in layers.file:
            place = f"{Layer.FILE.value} {layers.file.place}: {key}"
            return _Found(Layer.FILE, place, layers.file[key])
    for layer, texts in (
        (Layer.ENVIRONMENT, layers.environ),
        (Layer.DEFAULTS, layers.defaults),
    ):
        for variable in option.variables:
            if texts.get(variable):
                return _Found(layer, f"{layer.value}: {variable}", texts[variable])
    return None


def _apply_exclusions(found: dict[Option[Any], _Found]) -> None:
    """Keep of each excluding group what the highest layer says, which must be one option."""
    order = list(Layer)
    groups: dict[str, list[Option[Any]]] = {}
    for option, said in found.items():
        if option.exclusive and not _is_off(option, said):
            groups.setdefault(option.exclusive, []).append(option)
    for members in groups.values():
        highest = max((found[one].layer for one in members), key=order.index)
        winners = [one for one in members if found[one].layer is highest]
        if len(winners) > 1:
            kind = UsageError if highest is Layer.COMMAND else ConfigError
            second = winners[1].spoken
            raise kind(f"{found[winners[0]].place} and {second} cannot be given together")
        for loser in set(members) - set(winners):
            del found[loser]


def _is_off(option: Option[Any], said: _Found) -> bool:
    return option.kind is Kind.BOOLEAN and option.default is False and _read(option, said) is False


def _read(option: Option[Any], said: _Found) -> object:
    try:
        value = _parse(option, said.given)
    except ValueError as error:
        raise ConfigError(f"{said.place}: {error}") from error
    if option.fixed and value != option.default:
        raise ConfigError(f"{said.place}: {option.fixed}")
    return value


def _parse(option: Option[Any], given: Given) -> object:
    if isinstance(given, str):
        return option.parse(given)
    each = option.each or option.parse
    return tuple(item for text in given for item in each(text))
