"""Random walks over the years of one client: after each step every set is what it was.

Some can be walked in processes of their own: ``pytest test_walks.py::...[{200..299}]``.
"""

from pathlib import Path

import pytest

from tardis.model import CLASSIC, MODERN
from tardis.streams import Codec
from tests.facilities import counts
from tests.server.walks import Walk

STEPS = 12
WAYS = ((MODERN, Codec.ZSTD), (CLASSIC, Codec.NONE), (MODERN, Codec.NONE))
"""How a store keeps contents: together, or each alone."""


@pytest.mark.guard(120)
@pytest.mark.parametrize("seed", range(counts(6, 1000)))
def test_every_set_stays_what_it_was(tmp_path: Path, seed: int) -> None:
    scheme, codec = WAYS[seed % len(WAYS)]
    walk = Walk(tmp_path, seed, scheme, codec)
    try:
        for _ in range(STEPS):
            walk.step()
            walk.check()
        walk.check_all()
    except BaseException as error:
        error.add_note(f"seed {seed}, {walk.scheme}, {codec.name}: {', '.join(walk.told)}")
        raise
    finally:
        walk.close()
