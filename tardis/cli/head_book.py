"""What was seen of signed backups on this machine, and the words for what does not hold."""

import json
import os
import sys
from contextlib import closing, suppress
from functools import cache

from tardis.crypto import Head, HeadSigner, KeyRing
from tardis.policy import facts_of, judge_heads, judge_sets
from tardis.render import escape_controls
from tardis.store import Place, StoreReader, open_reader

from .user_state import state_folder

_PRIVATE = 0o700
_FIELDS = ("previous", "facts", "mac")


class FileBook:
    """A file for each repository below the user's state folder; see `client.HeadBook`.

    What cannot be read or written counts as not seen: a backup is worth more than this.
    """

    def __init__(self, folder: str = "") -> None:
        self._folder = folder or os.path.join(state_folder(), "heads")

    def recall(self, repository: bytes) -> Head | None:
        """Return the newest head of a repository, None for one that was never seen."""
        try:
            with open(self._path(repository), encoding="ascii") as file:
                told = json.load(file)
            numbers = (int(told["sequence"]), int(told["set"]))
            return Head(*numbers, *(bytes.fromhex(told[name]) for name in _FIELDS))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, repository: bytes, head: Head) -> None:
        """Let *head* be the newest."""
        told: dict[str, object] = {"sequence": head.sequence, "set": head.number}
        told |= {name: getattr(head, name).hex() for name in _FIELDS}
        path = self._path(repository)
        fresh = f"{path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(self._folder, _PRIVATE, exist_ok=True)
            with open(fresh, "w", encoding="ascii") as file:
                json.dump(told, file)
            os.replace(fresh, path)

    def _path(self, repository: bytes) -> str:
        return os.path.join(self._folder, repository.hex())


def faults(reader: StoreReader, ring: KeyRing, book: FileBook) -> list[str]:
    """Return a sentence for each thing that does not hold of a store's signed sets.

    The newest head is remembered, unless something does not hold.
    """
    signer, known = HeadSigner(ring), book.recall(ring.repository)
    heads = reader.heads()
    sets = [one for one in reader.sets() if one.is_complete]
    facts = {one.number: facts_of(signer, one, reader.roots(one.number)) for one in sets}
    names = {one.number: one.name for one in sets}
    found = judge_heads(signer, heads, known) + judge_sets(heads, facts, names)
    if heads and not found and heads[-1] != known:
        book.remember(ring.repository, heads[-1])
    return found


@cache
def warn_of_faults(place: Place, client: str, ring: KeyRing) -> int:
    """Say on standard error, once in a run, what does not hold of a client's signed sets.

    Returns:
        How many things that is.
    """
    with closing(open_reader(place, client, ring)) as reader:
        found = faults(reader, ring, FileBook())
    for fault in found:
        print(f"warning: {client}: {escape_controls(fault)}", file=sys.stderr)
    return len(found)
