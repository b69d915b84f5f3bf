"""Asking the server how old the newest set is, before a run makes another."""

from tardis.protocol.messages import AskNewest, Goodbye, Newest

from .greeting import enter
from .options import JobOptions
from .run import Talk, expect


def ask_newest(line: Talk, options: JobOptions) -> Newest:
    """Return which set of the lineage of *options* is the newest complete one; then say goodbye.

    The server counts the age by its own clock, so this machine's may be wrong.

    Raises:
        TardisError: The server refuses, or the line is lost.
    """
    _, seals = enter(line, options)
    lineage = options.wish.lineage
    line.say(AskNewest(lineage if seals is None else seals.lineage(lineage)))
    found = expect(line, Newest)
    line.say(Goodbye())
    return found
