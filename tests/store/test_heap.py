"""Memory that nobody uses any more goes back to the kernel."""

import subprocess
import sys

import pytest

from tardis.store import committer
from tests.store.workshop import Workshop, fill

PROGRAM = """
from tardis.cli.memory import spend_memory_for_speed
from tardis.store.heap import release_memory
spend_memory_for_speed()
def resident():
    text = open("/proc/self/status").read()
    return int(text.split("VmRSS:")[1].split()[0])
blocks = [bytes(100_000 + number) for number in range(300)]
del blocks[:-1]
before = resident()
release_memory()
print(before - resident())
"""


def test_free_memory_between_what_lives_goes_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(said.stdout) > 20_000


def test_it_does_after_every_group(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[int] = []
    with shop.running() as writer:
        monkeypatch.setattr(committer, "release_memory", lambda: released.append(1))
        fill(writer, {b"a": b"one"})
        writer.drain()
        assert released == [1]
