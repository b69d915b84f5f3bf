"""How memory is kept while a program runs, seen from outside."""

import subprocess
import sys

import pytest

SCRIPT = """
from tardis.cli.memory import spend_memory_for_speed
spend_memory_for_speed(is_low={is_low})
def taken():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 >> 20
before = taken()
pieces = [bytes([1]) * 200_000 for _ in range(120)]
during = taken()
del pieces
print(before, during, taken())
"""


@pytest.mark.parametrize("is_low", [False, True])
def test_free_memory_is_kept_unless_it_is_scarce(is_low: bool) -> None:
    script = SCRIPT.format(is_low=is_low)
    told = subprocess.check_output([sys.executable, "-c", script], text=True, timeout=60)
    before, during, after = map(int, told.split())
    assert during - before >= 20
    assert (after - before < 10) == is_low
