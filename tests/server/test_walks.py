"""Random walks over the years of one client: after each step every set is what it was.

Some can be walked in processes of their own: ``pytest test_walks.py::...[{200..299}]``.
"""

from pathlib import Path

import pytest

from tardis.model import SCHEMES
from tests.facilities import counts
from tests.server.walks import Walk

STEPS = 12


@pytest.mark.guard(120)
@pytest.mark.parametrize("seed", range(counts(4, 1000)))
def test_every_set_stays_what_it_was(tmp_path: Path, seed: int) -> None:
    walk = Walk(tmp_path, seed, SCHEMES[seed % len(SCHEMES)])
    try:
        for _ in range(STEPS):
            walk.step()
            walk.check()
        walk.check_all()
    except BaseException as error:
        error.add_note(f"seed {seed}, {walk.scheme}: {', '.join(walk.told)}")
        raise
    finally:
        walk.close()
