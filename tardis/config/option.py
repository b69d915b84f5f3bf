"""An option as a value, and the settings it can be looked up in.

A row of the table tells everything about one setting once; argument parsing, files, help,
manual and samples are read off it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar, cast

from .values import show

T = TypeVar("T")


class Kind(Enum):
    """How an option is spelled on the command line."""

    VALUE = auto()
    BOOLEAN = auto()
    LIST = auto()
    COUNT = auto()
    ACTION = auto()


class Layer(Enum):
    """Where a value came from; a later member outranks an earlier one."""

    BUILT_IN = "built-in"
    DEFAULTS = "system.defaults"
    ENVIRONMENT = "environment"
    FILE = "configuration file"
    COMMAND = "command line"
    STORED = "settings of the client"


@dataclass(frozen=True, slots=True, eq=False)
class Option(Generic[T]):
    """One setting, told once.

    Names are strings of words, the preferred one first, so that a row stays readable.

    Attributes:
        spelling: Flags without dashes: long ones first, then single letters; may be empty.
        file_keys: Names in configuration files; may be empty.
        env_names: Names in the environment and in ``system.defaults``; may be empty.
        default: Value when no layer speaks.
        parse: Text to value; raises ValueError with words for the user.
        help: One sentence without a full stop, with the unit.
        kind: How it is spelled on the command line.
        bare: Text meant by the flag alone; None when the flag needs a value.
        each: For lists: the texts of one use on the command line to a value; values are
            joined.  Other layers use `parse`.
        positional: argparse's ``nargs`` when the words without a flag are this option's.
        metavar: What the value is called in help.
        group: Heading in help and manual.
        fixed: Empty, or why a value other than the default is refused.
        hidden: True keeps it out of help unless debugging help is asked for.
        secret: True keeps it out of everything that is stored, sent or logged.
        exclusive: Options of one program with the same word here cannot be given together.
        shown: The default in words, where the value itself says too little.
        show: Value to the text that `parse` reads back.
    """

    spelling: str
    file_keys: str
    env_names: str
    default: T
    parse: Callable[[str], T]
    help: str
    kind: Kind = Kind.VALUE
    bare: str | None = None
    each: Callable[[str], T] | None = None
    positional: str = ""
    metavar: str = ""
    group: str = "General"
    fixed: str = ""
    hidden: bool = False
    secret: bool = False
    exclusive: str = ""
    shown: str = ""
    show: Callable[[Any], str] = show

    @property
    def flags(self) -> tuple[str, ...]:
        """Long flags, the preferred one first, without dashes."""
        return tuple(word for word in self.spelling.split() if len(word) > 1)

    @property
    def letters(self) -> tuple[str, ...]:
        """Single-letter flags, without the dash."""
        return tuple(word for word in self.spelling.split() if len(word) == 1)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names in configuration files, the preferred one first."""
        return tuple(self.file_keys.split())

    @property
    def variables(self) -> tuple[str, ...]:
        """Names in the environment, the preferred one first."""
        return tuple(self.env_names.split())

    @property
    def name(self) -> str:
        """The one name among a program's options: flag, key, variable or argument."""
        names = f"{self.spelling} {self.file_keys} {self.env_names} {self.metavar.lower()}"
        return names.split(maxsplit=1)[0]

    @property
    def spoken(self) -> str:
        """The name as a person would type it on the command line."""
        first = (self.spelling.split() or [""])[0]
        return ("--" if len(first) > 1 else "-") + first if first else self.name

    @property
    def needs_value(self) -> bool:
        """Whether the flag must be followed by a value."""
        return self.kind in (Kind.VALUE, Kind.LIST) and self.bare is None

    @property
    def default_text(self) -> str:
        """The default as help and manual show it; empty when there is none."""
        return self.shown or self.show(self.default)


class Settings:
    """The resolved value of every option of one program, typed by the option."""

    def __init__(
        self, values: Mapping[Option[Any], object], origins: Mapping[Option[Any], Layer]
    ) -> None:
        self._values = dict(values)
        self._origins = dict(origins)

    def __getitem__(self, option: Option[T]) -> T:
        return cast(T, self._values[option])

    def __contains__(self, option: Option[Any]) -> bool:
        return option in self._values

    def __iter__(self) -> Iterator[Option[Any]]:
        return iter(self._values)

    def origin(self, option: Option[Any]) -> Layer:
        """Return the layer whose value won."""
        return self._origins.get(option, Layer.BUILT_IN)

    def changed(self, values: Mapping[Option[Any], object], layer: Layer) -> "Settings":
        """Return these settings with *values*, which come from *layer*, in their places."""
        origins = self._origins | dict.fromkeys(values, layer)
        return Settings(self._values | dict(values), origins)

    def is_given(self, option: Option[Any]) -> bool:
        """Tell whether any layer above the built-in one speaks about *option*."""
        return self.origin(option) is not Layer.BUILT_IN


def effective_text(settings: Settings) -> dict[str, str]:
    """Return option name to text of every setting that is no secret, for keeping."""
    return {
        option.name: option.show(settings[option])
        for option in settings
        if not option.secret and option.kind is not Kind.ACTION
    }
