"""Passwords with the real programs: who gets in, who does not, and where nothing is found."""

from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.trees import grow
from tests.whole.world import CLIENT, World

ONE, TWO = "plinth-otter-vacuum-gable", "xK9-wq-7Zr-2pL"
USAGE, STORE, WRONG, NO_PATH = 2, 10, 12, 14
CLEAR = "--nocrypt"


@pytest.fixture(autouse=True)
def _low_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARDIS_KDF", "low")


def found_in(place: Path, secret: str) -> list[Path]:
    """Return the files below *place* that hold *secret*."""
    files = [one for one in place.rglob("*") if one.is_file()]
    return [one for one in files if secret.encode() in one.read_bytes()]


def test_a_password_is_needed_from_the_first_run_on(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    file = world.place / "pw"
    file.write_text(ONE + "\n")
    given = ["--kdf", "low", CLEAR, "--password-file", str(file)]
    world.backup(tree, *given)
    world.backup(tree, *given)
    said = set()
    for words in (["--password", TWO, CLEAR], ["--password", ONE, CLEAR, "--slot", "none"]):
        done = world.backup(tree, *words, status=WRONG)
        said.add(done.err)
    assert len(said) == 1 and "password is wrong, or the client is not known" in said.pop()
    done = world.backup(tree, status=WRONG)
    assert "no terminal" in done.err
    done = world.backup(tree, *given[3:], status=USAGE)
    assert "--nocrypt" in done.err
    restored = world.restore(tree)
    assert sorted(one.name for one in restored.iterdir()) == sorted(
        one.name for one in tree.iterdir()
    )


def test_the_password_is_found_nowhere(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    config = world.place / "box.cfg"
    config.write_text(f"[Tardis]\nPassword = {ONE}\nCrypt = False\n")
    world.backup(tree, "--kdf", "low", CLEAR, f"--password={ONE}", "-v")
    world.backup(tree, "--config", config, "--exceptions")
    words = [*world.backup_words(), CLEAR, "--password", TWO, "--exceptions", tree]
    done = world.finish(world.start("tardis", *words))
    assert done.status == WRONG and "Traceback" in done.err
    assert TWO not in done.err.replace(f"--password {TWO}", "")
    world.run("sonic", "chpass", "-D", world.base, "-C", CLIENT, "--password", ONE,
              "--newpassword", TWO, "--kdf", "low")  # fmt: skip
    world.stop_daemon()
    config.unlink()
    for secret in (ONE, TWO):
        assert found_in(world.place, secret) == []
    log = world.log.read_text()
    assert f"login failed for client {CLIENT} from 127.0.0.1" in log


def test_guesses_are_slowed_down_over_a_restart(world: World) -> None:
    tree = grow(world.place / "tree", 2)
    world.backup(tree, "--kdf", "low", CLEAR, "--password", ONE)
    for _ in range(3):
        world.backup(tree, CLEAR, "--password", TWO, status=WRONG)
    world.stop_daemon()
    state = world.base / ".server" / "logins"
    assert '"machine 127.0.0.1"' in state.read_text()
    state.write_text(state.read_text().replace("3,", "300,"))
    world.start_daemon()
    done = world.backup(tree, CLEAR, "--password", ONE, status=WRONG)
    assert "too many wrong passwords" in done.err and "Try again in" in done.err
    (world.base / ".server" / "logins").unlink()


def test_a_server_that_requires_passwords_takes_no_others(bare: World) -> None:
    bare.start_daemon("--require-password")
    tree = grow(bare.place / "tree", 2)
    done = bare.backup(tree, status=16)
    assert "wants every client to have a password" in done.err
    bare.backup(tree, "--kdf", "low", CLEAR, "--password", ONE)


def test_a_run_killed_while_it_makes_a_client_leaves_it_or_not(world: World) -> None:
    tree = grow(world.place / "tree", 2)
    process = world.start_backup(tree, "--kdf", "low", CLEAR, "--password", ONE)
    process.kill()
    process.wait(60)
    world.backup(tree, "--kdf", "low", CLEAR, "--password", ONE)


@pytest.mark.guard(300)
def test_every_tool_reads_an_encrypted_backup_with_its_password_and_none_without(
    world: World,
) -> None:
    tree = grow(world.place / "tree", 30)
    file = world.place / "pw"
    file.write_text(ONE + "\n")
    given = ["--password-file", str(file)]
    world.backup(tree, "--kdf", "low", *given)
    (tree / "later-of-mine").write_text("more")
    world.backup(tree, *given)
    restored = world.restore(tree, *given)
    assert not list(compare(str(tree), str(restored)))
    where = ["--database", world.base, "--client", CLIENT]
    listed = world.run("lstardis", *where, *given, tree).out
    assert "later-of-mine" in listed
    world.run("tardiff", *where, *given, tree)
    (tree / "later-of-mine").write_text("other")
    done = world.run("tardiff", *where, *given, tree, status=None)
    assert done.status == 1 and "more" in done.out
    for tool in ("regenerate", "lstardis", "tardiff"):
        done = world.run(tool, *where, tree, status=WRONG)
        assert "no terminal" in done.err
        done = world.run(tool, *where, "--password", TWO, tree, status=WRONG)
        assert "password is wrong" in done.err
    assert "Monthly" in world.run("sonic", "list", *where).out
    assert found_in(world.base, "later-of-mine") == []
    world.run("sonic", "chpass", *where, *given, "--newpassword", TWO, "--kdf", "low")
    world.run("lstardis", *where, "--password", TWO, tree)
    world.run("sonic", "delete", *where, "--noconfirm", "1")
    world.restore(tree, "--password", TWO)


@pytest.mark.guard(300)
def test_an_encrypted_backup_is_looked_after_like_any_other(world: World) -> None:
    tree = grow(world.place / "tree", 30)
    (tree / "large").write_bytes(b"large of mine " * 90_000)
    (tree / "secret").write_text("to be forgotten")
    given = ["--password", ONE]
    world.backup(tree, "--kdf", "low", *given)
    where = ["--database", world.base, "--client", CLIENT]
    assert "0 of them not as they should be" in world.run("sonic", "drill", *where, *given).out
    assert "no terminal" in world.run("sonic", "drill", *where, status=WRONG).err
    world.run("sonic", "check", *where, "--read-data")
    words = [*where, "--noconfirm", str(tree / "secret")]
    assert "no terminal" in world.run("sonic", "forget", *words, status=WRONG).err
    world.run("sonic", "forget", *words, *given)
    world.run("sonic", "forget", *words, *given, status=NO_PATH)
    (tree / "secret").unlink()
    copy = world.place / "copy"
    world.run("sonic", "replicate", *where, "--to", copy)
    for base in (world.base, copy):
        store = base / CLIENT
        for catalog in store.glob("tardis.db*"):
            catalog.unlink()
        world.run("sonic", "recover", "--database", base, "--client", CLIENT, "--noconfirm")
        world.base = base
        restored = world.restore(tree, *given)
        assert not compare(str(tree), str(restored), ignore=("mtime",))
