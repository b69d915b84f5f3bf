"""Configuration files as text: sections, and keys that no program knows."""

import configparser
import difflib
from collections.abc import Iterable, Iterator, Mapping

from tardis.model import ConfigError

MAIN = "Tardis"
"""Section that is read unless ``--job`` names another."""


class Section(Mapping[str, str]):
    """Texts of one section by key, upper and lower case being the same.

    Attributes:
        place: File and section in words, for messages.
    """

    def __init__(self, texts: Mapping[str, str] | None = None, place: str = "") -> None:
        self._texts = {key.lower(): (key, text) for key, text in (texts or {}).items()}
        self.place = place

    def __getitem__(self, key: str) -> str:
        return self._texts[key.lower()][1]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._texts

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._texts.values())

    def __len__(self) -> int:
        return len(self._texts)


def read_section(text: str, path: str, name: str = MAIN) -> Section:
    """Return section *name* of the INI file *text*; nothing in a value is interpreted.

    Args:
        text: The whole file.
        path: Its name, for messages.
        name: The section; only the main one may be absent.

    Raises:
        ConfigError: The text is no INI file, or there is no such section.
    """
    parser = _parsed(text, path)
    place = f"{path} [{name}]"
    if parser.has_section(name):
        return Section(dict(parser.items(name)), place)
    if name == MAIN:
        return Section({}, place)
    known = ", ".join(parser.sections()) or "none"
    raise ConfigError(
        f"configuration file {path}: there is no section [{name}] for --job {name}",
        hint=f"Sections in that file: {known}.",
    )


def section_names(text: str, path: str) -> tuple[str, ...]:
    """Return the names of all sections of the INI file *text*, in their order.

    Raises:
        ConfigError: The text is no INI file.
    """
    return tuple(_parsed(text, path).sections())


def _parsed(text: str, path: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.optionxform = lambda optionstr: optionstr  # type: ignore[method-assign]
    try:
        parser.read_string(text, path)
    except configparser.Error as error:
        words = " ".join(str(error).split())
        raise ConfigError(f"configuration file {path}: {words}") from error
    return parser


def check_keys(section: Section, known: Iterable[str]) -> None:
    """Refuse keys that no program knows.

    Raises:
        ConfigError: A key is unknown; the hint names the closest one that is known.
    """
    by_lower = {key.lower(): key for key in known}
    for key in section:
        if key.lower() not in by_lower:
            close = difflib.get_close_matches(key.lower(), by_lower, n=1)
            hint = f"Did you mean {by_lower[close[0]]}?" if close else ""
            raise ConfigError(
                f"configuration file {section.place}: there is no option {key}", hint=hint
            )
