"""TLS with the real programs: the pair of files, the pin, and passwords over it."""

import re
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.trees import grow
from tests.whole.world import World

PASSWORD = "plinth-otter-vacuum-gable"
LOST, CONFIG, WRONG = 23, 4, 12


@pytest.fixture
def pair(bare: World) -> tuple[list[str], str]:
    """Words that name the files of a server, and its pin."""
    words = ["--certfile", str(bare.place / "cert"), "--keyfile", str(bare.place / "key")]
    done = bare.run("tardisd", *words, "--make-certificate", "localhost")
    found = re.search(r"--pin (sha256:[0-9a-f]{64})", done.out)
    assert found is not None
    assert (bare.place / "key").stat().st_mode & 0o777 == 0o600
    return words, found[1]


def test_a_backup_and_what_is_not_trusted(bare: World, pair: tuple[list[str], str]) -> None:
    words, pin = pair
    bare.start_daemon("--ssl", "-v", *words)
    assert pin in bare.log.read_text()
    tree = grow(bare.place / "tree", 50)
    login = ["--kdf", "low", "--nocrypt", "--password", PASSWORD]
    bare.backup(tree, "--pin", pin, *login)
    bare.backup(tree, "--ssl", "--pin", pin, *login[2:])
    assert "is not trusted" in bare.backup(tree, "--ssl", *login[2:], status=WRONG).err
    other = pin[:-1] + ("0" if pin[-1] != "0" else "1")
    done = bare.backup(tree, "--pin", other, *login[2:], status=WRONG)
    assert "another key" in done.err and pin in done.err
    done = bare.backup(tree, *login[2:], status=None)
    assert done.status and "--ssl" in done.err
    assert compare(tree, bare.restore(tree)) == []


def test_a_server_without_tls_is_never_fallen_back_to(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    done = world.backup(tree, "--ssl", status=LOST)
    assert "does not speak TLS" in done.err
    assert not list(world.base.glob("machine"))


def test_a_pair_is_never_replaced(bare: World, pair: tuple[list[str], str]) -> None:
    words, _ = pair
    before = [Path(words[at]).read_bytes() for at in (1, 3)]
    done = bare.run("tardisd", *words, "--make-certificate", "localhost", status=CONFIG)
    assert "File exists" in done.err
    assert [Path(words[at]).read_bytes() for at in (1, 3)] == before


def test_files_are_wanted_before_anything_is_served(bare: World) -> None:
    done = bare.run("tardisd", "--database", bare.base, "--ssl", status=CONFIG)
    assert "--certfile" in done.err
