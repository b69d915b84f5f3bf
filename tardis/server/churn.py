"""What a run changes of a tree that is known, and whether what it brings looks like chance.

Counted in the set's row, group by group.  A first backup has nothing to compare with, and
is not looked at.
"""

from typing import Final

from tardis.policy import LEAST_SAMPLE, looks_random
from tardis.store import StoreWriter
from tardis.streams import Codec

_ALL: Final = 1000
_EVERY: Final = 16
"""Contents that are all looked at, and of how many later ones one is."""


class Churn:
    """Looks at the contents of one run.

    Args:
        writer: Of the store, with its set begun.
    """

    def __init__(self, writer: StoreWriter) -> None:
        self._writer = writer
        self._seen = 0

    def look(self, codec: int, data: bytes | memoryview) -> None:
        """Look at the beginning, or all, of a content as it came."""
        self._seen += 1
        if self._seen > _ALL and self._seen % _EVERY:
            return
        if len(data) >= LEAST_SAMPLE:
            self.count(is_dense=codec == Codec.NONE and looks_random(data))

    def count(self, *, is_dense: bool) -> None:
        """Count a content of which that is known."""
        group = self._writer.group
        group.count("sampled_files")
        group.count("dense_files", int(is_dense))
