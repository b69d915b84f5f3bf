"""Looking back: which set, what is in it, and bringing it back."""

from .extract import ExtractOptions, ReaderFactory, Request, Restored, restore
from .pour import pour
from .timeline import (
    backwards,
    find_set,
    find_set_at,
    moment_ns,
    moment_of,
    newest_complete,
    newest_of_lineages,
)
from .tree import Node, Tree, components, join

__all__ = [
    "ExtractOptions",
    "Node",
    "ReaderFactory",
    "Request",
    "Restored",
    "Tree",
    "backwards",
    "components",
    "find_set",
    "find_set_at",
    "join",
    "moment_ns",
    "moment_of",
    "newest_complete",
    "newest_of_lineages",
    "pour",
    "restore",
]
