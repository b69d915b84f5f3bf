"""What does not hold of a store's signed sets, beside what was seen of them before.

Apart from the book itself, which a backup needs: a backup does without the store's room.
"""

import sys
from contextlib import closing
from functools import cache
from typing import Final

from tardis.crypto import HeadSigner, KeyRing
from tardis.policy import facts_of, judge_heads, judge_sets
from tardis.render import escape_controls
from tardis.store import Place, StoreReader, open_reader

from .head_book import FileBook

_AT_ONCE: Final = 200
"""Sets whose roots are asked for together."""


def faults(reader: StoreReader, ring: KeyRing, book: FileBook) -> list[str]:
    """Return a sentence for each thing that does not hold of a store's signed sets.

    The newest head is remembered, unless something does not hold.
    """
    signer, known = HeadSigner(ring), book.recall(ring.repository)
    heads = reader.heads()
    sets = [one for one in reader.sets() if one.is_complete]
    facts: dict[int, bytes] = {}
    totals = reader.totals()
    for at in range(0, len(sets), _AT_ONCE):
        some = sets[at : at + _AT_ONCE]
        roots = reader.roots_of([one.number for one in some])
        for one in some:
            number = one.number
            told = (roots.get(number, ()), totals.get(number, b""))
            facts[number] = facts_of(signer, one, *told)
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
        return say_faults(reader, client, ring)


def say_faults(reader: StoreReader, client: str, ring: KeyRing) -> int:
    """Say on standard error what does not hold of a client's signed sets; return how much."""
    found = faults(reader, ring, FileBook())
    for fault in found:
        print(f"warning: {client}: {escape_controls(fault)}", file=sys.stderr)
    return len(found)
