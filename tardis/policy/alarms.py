"""Whether a run looks as if somebody had encrypted the files of a client.

A program that holds files to ransom changes very many of them at once, under their names or
by putting others in their places, and what it leaves cannot be told from chance.
"""

import math
from collections import Counter
from typing import Final

from tardis.model import BackupSet

SAMPLE: Final = 4096
"""Bytes of a content that are looked at."""

LEAST_SAMPLE: Final = 512
"""Shorter contents say nothing."""

_RANDOM_BITS: Final = 7.3
"""Bits of entropy in a byte: chance has 7.6 and more in half a KiB, text and tables up to 6."""

_LEAST_FILES: Final = 20
_LEAST_SHARE: Final = 0.25
_DENSE_SHARE: Final = 0.8


def looks_random(data: bytes | memoryview) -> bool:
    """Tell whether the middle of *data* has as many different bytes as chance would have."""
    start = max((len(data) - SAMPLE) // 2, 0)
    counts = Counter(data[start : start + SAMPLE])
    total = counts.total()
    bits = -sum(count / total * math.log2(count / total) for count in counts.values())
    return bits >= _RANDOM_BITS


def looks_like_mass_encryption(run: BackupSet, before: BackupSet | None) -> bool:
    """Tell whether *run* changed a large part of the files into what looks like chance.

    Args:
        run: With its counts.
        before: The complete set of the same lineage before it, if there is one.
    """
    if before is None:
        return False
    touched = run.changed_files + run.gone_files
    files = max(before.entries - before.directories, 1)
    return (
        touched >= max(_LEAST_FILES, _LEAST_SHARE * files)
        and run.sampled_files >= _LEAST_FILES // 2
        and run.dense_files >= _DENSE_SHARE * run.sampled_files
    )
