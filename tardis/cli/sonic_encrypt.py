"""sonic encrypt: seals what a store was kept in clear with, after showing the plan."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

from tardis.admin import KnownPassword, Stages, encrypt
from tardis.config import Settings, table
from tardis.crypto import stretch
from tardis.model import DONE, PROBLEMS, UsageError
from tardis.render import escape_name, human_size
from tardis.store import Encrypted, ToEncrypt

from .asking import confirm
from .passwords import PasswordSource
from .resigning import sign_sums
from .restore_store import require_store
from .unlocking import key_file_of

_STAGES = (
    table.STAGE_NAMES,
    table.STAGE_DIRS,
    table.STAGE_FILES,
    table.STAGE_SIGS,
    table.STAGE_META,
)


def run_encrypt(settings: Settings) -> int:
    """Show the plan, carry it out if that is wanted; return the exit status."""
    os.umask(table.UMASK.default)
    chosen = [settings[one] or settings[table.STAGE_ALL] for one in _STAGES]
    if not any(chosen):
        raise UsageError("say what to encrypt: --all, or --names, --dirs, --files, --sigs, --meta")
    place, client = require_store(settings)
    source = PasswordSource(settings, f"Password for {escape_name(client)}")
    known = KnownPassword(settings[table.SLOT], source.known, stretch, key_file_of(settings))
    is_json = settings[table.JSON]

    def agree(plan: ToEncrypt) -> bool:
        if not is_json:
            print("\n".join(_plan_lines(plan)))
        if settings[table.PLAN_ONLY]:
            return False
        question = "Encrypt this store? It cannot be undone."
        return not settings[table.CONFIRM] or confirm(question)

    plan, done = encrypt(
        place, client, known, Stages(*chosen), agree, partial(sign_sums, place, client)
    )
    if is_json:
        told = {"plan": asdict(plan), "done": None if done is None else asdict(done)}
        print(json.dumps(told, indent=2))
    elif done is not None:
        print("\n".join(_done_lines(done)))
    elif not settings[table.PLAN_ONLY]:
        print("nothing was changed")
    is_left = done is not None and settings[table.STAGE_ALL] and done.left > 0
    return PROBLEMS if is_left or (done is not None and plan.damaged) else DONE


def _plan_lines(plan: ToEncrypt) -> Iterator[str]:
    """Yield what there is to do."""
    yield "names are in clear" if plan.names else "names are sealed"
    if plan.contents:
        yield f"{plan.contents} contents are in clear, {human_size(plan.size_bytes)}"
    else:
        yield "all contents are sealed"
    if plan.room_bytes:
        yield f"{human_size(plan.room_bytes)} of room are needed beside what is there"
    if plan.is_unfinished:
        yield "an earlier call has not come to its end: what lay in clear is still to be removed"
    if plan.damaged:
        yield f"{plan.damaged} of them are damaged, and stay as they are"


def _done_lines(done: Encrypted) -> Iterator[str]:
    """Yield what was done, and what is left in clear."""
    if done.names:
        yield "names are sealed; from now on nothing is read without the password"
    yield f"{done.contents} contents were sealed"
    if done.known:
        yield f"{done.known} of them had been sent sealed since"
    if done.signatures or done.notes:
        yield f"{done.signatures} signatures and {done.notes} notes beside contents were written"
    if done.left:
        yield f"{done.left} contents are still in clear"
    if done.strays:
        yield f"{done.strays} files in the quarantine are in clear: look at them, and remove them"
