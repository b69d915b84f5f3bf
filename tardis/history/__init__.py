"""Looking back: which set, what is in it, and bringing it back."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .access import Access, ReadsAs
    from .archiving import fill_archive, note_problems, open_archive
    from .attributes import Switches
    from .bisect import Verdict, first_failing
    from .compare import BYTES, KIND, MISSING, TROUBLE, Difference, differences
    from .digests import find_contents, restore_contents
    from .extended import common_protection, mode_without_acl
    from .extract import ExtractOptions, Request, Restored, restore
    from .listing import Lister, Scope
    from .mending_plan import MendOptions, MendPlan
    from .mending_run import carry_out, plan_mending
    from .names import NameLister
    from .older import older_version
    from .paths import AnyPaths, SetPaths
    from .places import Place, Places
    from .pour import pour, pour_content
    from .sides import LiveSide, SetSide, Side, Thing
    from .span import Span
    from .sums import NOTHING, Adding, Told
    from .timeline import (
        backwards,
        find_set,
        find_set_at,
        moment_ns,
        moment_of,
        newest_of_lineages,
    )
    from .tree import Node, Tree, components, join
    from .versions import Wanted, judged_versions, versions_of

__all__ = [
    "BYTES",
    "KIND",
    "MISSING",
    "NOTHING",
    "TROUBLE",
    "Access",
    "Adding",
    "AnyPaths",
    "Difference",
    "ExtractOptions",
    "Lister",
    "LiveSide",
    "MendOptions",
    "MendPlan",
    "NameLister",
    "Node",
    "Place",
    "Places",
    "ReadsAs",
    "Request",
    "Restored",
    "Scope",
    "SetPaths",
    "SetSide",
    "Side",
    "Span",
    "Switches",
    "Thing",
    "Told",
    "Tree",
    "Verdict",
    "Wanted",
    "backwards",
    "carry_out",
    "common_protection",
    "components",
    "differences",
    "fill_archive",
    "find_contents",
    "find_set",
    "find_set_at",
    "first_failing",
    "join",
    "judged_versions",
    "mode_without_acl",
    "moment_ns",
    "moment_of",
    "newest_of_lineages",
    "note_problems",
    "older_version",
    "open_archive",
    "plan_mending",
    "pour",
    "pour_content",
    "restore",
    "restore_contents",
    "versions_of",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
