"""sonic recover: what there is to rebuild a catalog from, and what came of it."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from tardis.admin import recover
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS
from tardis.render import counted
from tardis.store import Rebuilt, Survey

from .asking import confirm
from .restore_store import place_of


def run_recover(settings: Settings) -> int:
    """Show the plan, carry it out if that is wanted; return the exit status."""
    is_json = settings[table.JSON]

    def agree(survey: Survey) -> bool:
        if not is_json:
            print("\n".join(_plan_lines(survey)))
        if settings[table.PLAN_ONLY]:
            return False
        return not settings[table.CONFIRM] or confirm("Rebuild the catalog like that?")

    survey, done = recover(place_of(settings), settings[table.TOOL_CLIENT], agree)
    if is_json:
        told = {"plan": asdict(survey), "done": None if done is None else asdict(done)}
        print(json.dumps(told, indent=2))
    elif survey.is_whole:
        print("the catalog and its keys are whole: there is nothing to recover")
    elif done is not None:
        print("\n".join(_done_lines(survey, done)))
    elif not settings[table.PLAN_ONLY]:
        print("nothing was changed")
    is_short = survey.gap is not None or (done is not None and done.missing)
    return PROBLEMS if is_short else DONE


def _plan_lines(survey: Survey) -> Iterator[str]:
    """Yield what was found and what would be done."""
    if survey.fault:
        yield f"catalog   {survey.fault}"
        yield f"begin     {_beginning(survey)}"
        yield f"replay    {survey.records} manifest records, up to set {survey.last_set}"
        yield f"contents  those in {survey.packs} packs and {survey.files} files of their own"
    else:
        yield "catalog   it is whole"
    if survey.keys_fault:
        source = (
            f"taken from pack {survey.keys_pack}"
            if survey.keys_pack
            else ("made anew, without a password")
        )
        yield f"keys      {survey.keys_fault}; {source}"
    if survey.gap is not None:
        yield f"doubt     records are gone: from set {survey.gap} on files may be missing"


def _beginning(survey: Survey) -> str:
    words = []
    if survey.base:
        words.append(f"with {survey.base}, which knows the sets up to {survey.base_set}")
    if survey.full_set:
        words.append(f"with the full manifest of set {survey.full_set}")
    return "; then ".join(words) or "with nothing but the manifests"


def _done_lines(survey: Survey, done: Rebuilt) -> Iterator[str]:
    """Yield what the new catalog holds, and what it lacks."""
    if survey.fault:
        rows = f"{counted(done.entries, 'entry')} and {counted(done.contents, 'content')}"
        yield f"{counted(len(done.sets), 'set')}, {rows} are there"
    else:
        yield "the keys are there again"
    if done.interrupted:
        yield f"set {done.interrupted} was interrupted; the next run sends what is missing of it"
    if done.missing:
        yield f"{done.missing} contents are nowhere; {done.damaged_rows} entries need them"
    if done.aside:
        yield f"the old catalog is kept as {done.aside}"
