"""What does not hold of single entries of an encrypted backup, said where a tool meets it."""

import sys
from functools import cache
from typing import Final

from tardis.render import escape_name

MOST: Final = 20
"""Faults that are told one by one."""


class EntryFaults:
    """Says on standard error what readers find, each fault once.

    Args:
        client: Whose backup.

    Attributes:
        count: Faults so far.
    """

    def __init__(self, client: str) -> None:
        self._client = client
        self._told: set[str] = set()
        self.count = 0

    def hear(self, fault: str) -> None:
        """Take note of a fault."""
        if fault in self._told:
            return
        self.count += 1
        if len(self._told) < MOST:
            self._told.add(fault)
            self._say(fault)
        elif self.count == MOST + 1:
            self._say("more entries are not as they were backed up; `sonic check --auth` looks")

    def _say(self, text: str) -> None:
        print(f"warning: {escape_name(self._client)}: {text}", file=sys.stderr, flush=True)


@cache
def faults_of(client: str) -> EntryFaults:
    """Return the one that hears of the entries of *client* in this run."""
    return EntryFaults(client)
