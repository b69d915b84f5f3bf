"""Repairs a store as far as that can be done: first a plan with reasons, then just that.

What can be rebuilt is, from whatever still proves itself; what cannot is marked, so that
restoring says so and the next backup of an unchanged file heals it.  Nothing is written
over.  A damaged catalog is not repaired: it is recovered.
"""

from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from tardis.model import IntegrityError, Observer
from tardis.policy import check_client_name
from tardis.store import (
    Checked,
    Claim,
    Finding,
    Flushers,
    Level,
    Mended,
    Mending,
    Place,
    Reading,
    copy_catalog,
    forecast,
    open_writer,
    restore_keys,
)

from .check import check

_BEYOND: Final = frozenset({"catalog", "schema", "reference", "content-row", "row", "catalog-old"})
"""Kinds of damage that a repair leaves alone: the catalog itself is wrong."""

_ACTIONS: Final = {
    "keys": "keys",
    "manifest": "manifests",
    "pack-missing": "manifests",
    "journal": "journal",
    "meta": "meta",
}
"""Kinds of findings that are no damage to contents, and what is written anew for them."""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What a repair would do, and why.

    Attributes:
        checked: What was found.
        contents: Ids of contents to be rebuilt or marked.
        renews: What is written anew: keys, manifests, journal, meta.
        beside: Ids of classic contents without what should stand beside them.
        rebuilds, marks: How many of these contents can be had elsewhere, and how many cannot.
        reasons: The findings that are dealt with.
        left: Those that are not; `sonic recover` is for them.
    """

    checked: Checked
    contents: tuple[int, ...] = ()
    renews: tuple[str, ...] = ()
    beside: tuple[int, ...] = ()
    rebuilds: int = 0
    marks: int = 0
    reasons: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = field(default=())

    @property
    def has_work(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.reasons)


def plan_repair(
    place: Place, client: str, reading: Reading | None, observer: Observer | None = None
) -> RepairPlan:
    """Look through the store and return what a repair would do; nothing is changed.

    Raises:
        StoreError: There is no store, or it may not be read.
    """
    checked = check(place, client, reading, observer)
    left = tuple(
        one for one in checked.findings if one.level == Level.DAMAGE and one.kind in _BEYOND
    )
    if left:
        return RepairPlan(checked, left=left)
    reasons = tuple(one for one in checked.findings if _is_dealt_with(one))
    contents = {number for one in reasons if one.kind != "meta" for number in one.contents}
    renews = {_ACTIONS[one.kind] for one in reasons if not one.contents and one.kind in _ACTIONS}
    beside = {number for one in reasons if one.kind == "meta" for number in one.contents}
    ids = tuple(sorted(contents | set(checked.above)))
    found: tuple[list[int], list[int]] = ([], [])
    if ids and "keys" not in renews:
        found = forecast(place.layout(client), ids)
    rebuilds, marks = map(len, found)
    texts = (tuple(sorted(renews)), tuple(sorted(beside)))
    return RepairPlan(checked, ids, *texts, rebuilds, marks, reasons)


def repair(place: Place, client: str, plan: RepairPlan, copies: int) -> Mended:
    """Do what *plan* says; contents are looked at once more before anything becomes of them.

    Args:
        place: Where.
        client: Whose.
        plan: As it was shown.
        copies: Copies of the catalog to keep.

    Raises:
        IntegrityError: The catalog itself is damaged.
        StoreBusyError: Somebody else writes the store.
        StoreError: It cannot be written; what was done is done, and the next repair goes on.
    """
    if plan.left:
        raise IntegrityError(
            "the catalog itself is damaged, and a repair leaves it alone",
            hint="Run `sonic recover`.",
        )
    client = check_client_name(client)
    if "keys" in plan.renews:
        restore_keys(place, client)
    writer = open_writer(place, client, Claim(f"repairing the store of {client}"), Flushers())
    with closing(writer):
        mending = Mending(writer)
        mending.contents(plan.contents)
        if plan.beside:
            mending.notes_beside(plan.beside)
        if "manifests" in plan.renews:
            mending.manifests()
        copy_catalog(writer.layout, copies)
        if "journal" in plan.renews:
            mending.journal()
    if "keys" in plan.renews:
        mending.done.renewed.append("keys")
    return mending.done


def _is_dealt_with(finding: Finding) -> bool:
    """Tell whether a repair does something about *finding*."""
    if finding.level in (Level.DAMAGE, Level.SPARE):
        return True
    return finding.kind in ("well", "journal")
