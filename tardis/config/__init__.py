"""Settings: one table of options, and what is read off it."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

from . import table

if TYPE_CHECKING:
    from . import checking
    from .files import Section, check_keys, read_section, section_names
    from .option import Kind, Layer, Option, Settings, effective_text
    from .overrides import OVERRIDABLE, find_overridable, overlaid, read_override
    from .parser import Parsed, parse
    from .resolve import Given, Layers, resolve
    from .values import SMART, Secret
    from .words import Role, Walk, expand_arguments

__all__ = [
    "OVERRIDABLE",
    "SMART",
    "Given",
    "Kind",
    "Layer",
    "Layers",
    "Option",
    "Parsed",
    "Role",
    "Secret",
    "Section",
    "Settings",
    "Walk",
    "check_keys",
    "checking",
    "effective_text",
    "expand_arguments",
    "find_overridable",
    "overlaid",
    "parse",
    "read_override",
    "read_section",
    "resolve",
    "section_names",
    "table",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
