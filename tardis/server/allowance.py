"""How much one client may keep, what happens to a run that wants more, and what is told at the end.

What the failed run has brought goes again: a client whose next run asks for less must not
find its allowance taken by what it was refused.  Its earlier sets are not touched.
"""

from typing import Final

from tardis.model import BackupSet, QuotaError
from tardis.render import human_size
from tardis.store import Grant, StoreWriter, discard_set, prune

_NEAR: Final = 0.9
_HINT: Final = "Leave something out, or let the administrator remove old sets or raise the quota."


class Allowance:
    """Watches one run.

    Args:
        writer: Of the store, with its set begun.
        client: For the words.
        grant: What it may keep.
    """

    def __init__(self, writer: StoreWriter, client: str, grant: Grant) -> None:
        self._writer = writer
        self._client = client
        self._grant = grant
        self._has_quota = bool(grant.quota_bytes or grant.quota_files)
        self._has = writer.ask.usage() if self._has_quota else (0, 0, 0)

    def check(self, under_way: int) -> None:
        """Return while the run stays within what its client may keep.

        Args:
            under_way: Bytes of a content that has not arrived whole.

        Raises:
            QuotaError: It does not; the set is incomplete, and holds nothing any more.
        """
        for used, more, most, shown in self._figures(under_way):
            if used > most and more > 0:
                self._discard()
                text = f"{self._client} may keep {shown} here, and this run would pass that"
                raise QuotaError(text, hint=_HINT)

    def notes(self, done: BackupSet) -> list[str]:
        """Return what client and log should know of a complete set, a sentence each."""
        notes = [
            f"{used * 100 // most} % of the {shown} that {self._client} may keep here are used"
            for used, _, most, shown in self._figures(0)
            if used >= _NEAR * most
        ]
        if done.alarm:
            notes.append(
                f"{done.name} changed so many files into what looks encrypted that no set is "
                "purged until `sonic acknowledge` says that this is right"
            )
        return notes

    def _figures(self, under_way: int) -> list[tuple[int, int, int, str]]:
        """Return (used, of that by this run, most, the most in words) of each limit there is."""
        if not self._has_quota:
            return []
        size, files = self._grant.quota_bytes, self._grant.quota_files
        more_bytes, more_files = self._writer.added
        more_bytes += under_way
        figures = (
            (self._has[0] + more_bytes, more_bytes, size, human_size(size)),
            (self._has[1] + more_files, more_files, files, f"{files} versions of files"),
        )
        return [figure for figure in figures if figure[2]]

    def _discard(self) -> None:
        discard_set(self._writer)
        prune(self._writer, [])
