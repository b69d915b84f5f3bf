"""Looking back: which set, what is in it, and bringing it back."""

from .bisect import Verdict, first_failing
from .compare import BYTES, KIND, MISSING, TROUBLE, Difference, differences
from .extract import ExtractOptions, Request, Restored, restore
from .listing import Lister, Scope
from .names import NameLister
from .places import Place, Places
from .pour import pour
from .sides import LiveSide, SetSide, Side, Thing
from .span import Span
from .timeline import (
    backwards,
    find_set,
    find_set_at,
    moment_ns,
    moment_of,
    newest_of_lineages,
)
from .tree import Node, Tree, components, join
from .versions import Wanted, judged_versions

__all__ = [
    "BYTES",
    "KIND",
    "MISSING",
    "TROUBLE",
    "Difference",
    "ExtractOptions",
    "Lister",
    "LiveSide",
    "NameLister",
    "Node",
    "Place",
    "Places",
    "Request",
    "Restored",
    "Scope",
    "SetSide",
    "Side",
    "Span",
    "Thing",
    "Tree",
    "Verdict",
    "Wanted",
    "backwards",
    "components",
    "differences",
    "find_set",
    "find_set_at",
    "first_failing",
    "join",
    "judged_versions",
    "moment_ns",
    "moment_of",
    "newest_of_lineages",
    "pour",
    "restore",
]
