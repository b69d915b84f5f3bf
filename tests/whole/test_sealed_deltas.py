"""Changed files of encrypted backups with the real programs, over a line that is recorded."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.mounts import inside, mounted
from tests.whole.test_resume import Proxy
from tests.whole.world import CLIENT, World

WORD = "plinth-otter-vacuum-gable"
SIZE = 1_500_000


class Recorder(Proxy):
    """A proxy that keeps what it carries."""

    def __init__(self, port: int) -> None:
        self.heard = bytearray()
        super().__init__(port)

    def note(self, data: bytes) -> None:
        self.heard += data


@pytest.fixture
def proxy(world: World) -> Iterator[Recorder]:
    made = Recorder(world.port)
    world.port = made.port
    yield made
    made.close()


@pytest.fixture
def given(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("TARDIS_KDF", "low")
    file = world.home / "pw"
    file.write_text(WORD + "\n")
    return ["--kdf", "low", "--password-file", str(file)]


@pytest.mark.fuse
@pytest.mark.guard(300)
def test_a_change_costs_its_change_and_nothing_of_it_is_found_anywhere(
    world: World, proxy: Recorder, given: list[str]
) -> None:
    tree = world.place / "tree-of-mine"
    tree.mkdir()
    file = tree / "file-of-mine"
    data = os.urandom(SIZE)
    file.write_bytes(data)
    world.backup(tree, *given)
    kept, before = world.keep(tree), len(proxy.heard)
    assert before > SIZE
    changed = data[: SIZE // 2] + b"words-of-mine" * 99 + data[SIZE // 2 :]
    file.write_bytes(changed)
    assert "1 as deltas" in world.backup(tree, *given[2:], "--stats").err
    assert len(proxy.heard) - before < 60_000
    [(chain, stored)] = world.rows("SELECT chain, stored FROM contents WHERE chain > 0")
    assert chain == 1 and stored < 20_000
    for number, wanted in ((1, kept), (2, tree)):
        restored = world.restore(tree, *given[2:], number=number)
        assert compare(wanted, restored) == []
    where = ["--database", world.base, "--client", CLIENT]
    old = ["--backup", "1", "--backup", "2"]
    done = world.run("tardiff", *where, *given[2:], *old, "--list", file, status=1)
    assert "file-of-mine" in done.out
    with mounted(world, f"pwfile={given[-1]}") as place:
        assert (inside(place, "Current", tree) / "file-of-mine").read_bytes() == changed
    world.run("sonic", "check", *where, "--read-data")
    world.stop_daemon()
    seen = bytes(proxy.heard) + world.log.read_bytes() + everything(world.base)
    pieces = [data[at : at + 16] for at in range(0, SIZE, 50_021)]
    for secret in (b"of-mine", WORD.encode(), b"rs\x01\x47", b"rs\x026", *pieces):
        assert secret not in seen, secret


def everything(base: Path) -> bytes:
    """Return all bytes of a base directory, copies of catalogs expanded."""
    found = b""
    for path in base.rglob("*"):
        if path.is_file() and path.name != ".reserve":
            data = path.read_bytes()
            found += data + (gzip.decompress(data) if path.suffix == ".gz" else b"")
    return found
