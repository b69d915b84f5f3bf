"""sonic forget: takes paths out of all history, after showing what goes with them."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

from tardis.admin import forget
from tardis.config import Settings, table
from tardis.crypto import Seals
from tardis.model import DONE, PROBLEMS, NoSuchPathError
from tardis.render import counted, human_size
from tardis.store import ForgetAgree, Forgotten

from .asking import confirm
from .resigning import Resigning
from .restore_store import require_store
from .unlocking import unlock


def run_forget(settings: Settings) -> int:
    """Show the plan, carry it out if that is wanted; return the exit status."""
    shown: list[Forgotten] = []
    is_json = settings[table.JSON]

    def agree(plan: Forgotten) -> bool:
        shown.append(plan)
        if not is_json:
            print("\n".join(_plan_lines(plan)))
        if settings[table.PLAN_ONLY]:
            return False
        question = "Take this out of all history? It never comes back."
        return not settings[table.CONFIRM] or confirm(question)

    paths = [os.fsencode(path) for path in settings[table.FORGOTTEN]]
    done = _forget(settings, paths, agree)
    if is_json:
        told = {"plan": asdict(shown[0]), "done": None if done is None else asdict(done)}
        print(json.dumps(told, indent=2))
    elif done is None:
        if not settings[table.PLAN_ONLY]:
            print("nothing was changed")
    else:
        print("it is gone; what is still in the tree is saved again unless it is excluded")
        if done.lost:
            print(f"{done.lost} damaged contents could not be kept")
    return PROBLEMS if done is not None and done.lost else DONE


def _forget(settings: Settings, paths: list[bytes], agree: ForgetAgree) -> Forgotten | None:
    """Forget *paths* under the names that the store knows them by."""
    place, client = require_store(settings)
    ring = unlock(settings, place, client, may_ask=True)
    if ring is None:
        return forget(place, client, paths, agree)
    names = Seals(ring).names
    signing = None if ring.is_classic else Resigning(place, client, ring)
    sealed = [names.seal_path(path) for path in paths]
    try:
        return forget(place, client, sealed, agree, ring, signing)
    except NoSuchPathError as error:
        if not paths:
            raise
        raise NoSuchPathError("no set ever held one of these paths") from error


def _plan_lines(plan: Forgotten) -> Iterator[str]:
    size = human_size(plan.size_bytes)
    yield f"to go: {counted(plan.rows, 'entry')}, {counted(plan.contents, 'content')}, {size}"
    if plan.shared:
        yield f"to stay, because other files have them: {counted(plan.shared, 'content')}"
    if plan.unfinished:
        yield f"to go of an earlier call that was ended: {counted(plan.unfinished, 'content')}"
