"""Key files with the real programs: the store alone opens nothing, the file alone neither."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.render.codes import read_html
from tests.whole.trees import grow
from tests.whole.world import CLIENT, ROOT, World

ONE, TWO = "plinth-otter-vacuum-gable", "xK9-wq-7Zr-2pL"
STORE, WRONG = 10, 12


def found_in(place: Path, secret: bytes) -> list[Path]:
    """Return the files below *place* that hold *secret*."""
    return [one for one in place.rglob("*") if one.is_file() and secret in one.read_bytes()]


def wrapped_in(file: Path) -> list[bytes]:
    """Return the wrapped keys of a key file, as they are written."""
    return [line.split()[-1] for line in file.read_bytes().splitlines() if b"wrapped" in line]


def rescue(world: World, tree: Path, *words: str | Path) -> None:
    """Bring the newest set back by the script that stands alone, and compare it."""
    world.counter += 1
    out = world.place / "rescued" / str(world.counter)
    out.parent.mkdir(exist_ok=True)
    script = ROOT / "tools" / "rescue.py"
    command = [sys.executable, str(script), str(world.base / CLIENT), "latest", str(out)]
    command += map(str, words)
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done
    assert not list(compare(str(tree), str(out / tree.relative_to("/"))))


@pytest.mark.guard(180)
def test_a_backup_whose_keys_are_kept_apart(world: World) -> None:
    tree = grow(world.place / "tree", 10)
    file, spare = world.place / "box.keys", world.place / "spare.keys"
    config = world.place / "box.cfg"
    config.write_text(f"[Tardis]\nPassword = {ONE}\nKeyFile = {file}\n")
    config.chmod(0o600)
    given = ("--config", config)
    world.backup(tree, "--kdf", "low", *given)
    [wrapped] = wrapped_in(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert found_in(world.base, wrapped) == []
    (tree / "later").write_text("more")
    world.backup(tree, *given)
    assert not list(compare(str(tree), str(world.restore(tree, *given))))
    where = ["--database", world.base, "--client", CLIENT]
    password = ("--password", ONE)
    done = world.run("lstardis", *where, *password, tree, status=STORE)
    assert "kept in a key file" in done.err
    done = world.backup(tree, *password, status=STORE)
    assert "kept in a key file" in done.err
    file.rename(spare)
    said = "cannot read the key file"
    assert said in world.backup(tree, *given, status=WRONG).err
    assert said in world.run("lstardis", *where, *given, tree, status=WRONG).err
    shutil.copy(spare, file)
    change = ("chpass", *where, *password, "--newpassword", TWO, "--kdf", "low")
    world.run("sonic", *change, "--keys", file)
    other = ("--password", TWO, "--keys")
    assert "older than this password" in world.backup(tree, *other, spare, status=WRONG).err
    world.backup(tree, *other, file)


@pytest.mark.guard(180)
def test_no_key_that_left_the_store_is_found_in_it(world: World) -> None:
    tree = grow(world.place / "tree", 5)
    file = world.place / "box.keys"
    where = ["--database", world.base, "--client", CLIENT]
    world.backup(tree, "--kdf", "low", "--password", ONE)
    words = [*where, "--password", ONE]
    world.run("sonic", "keys", *words, "--extract", file, "--delete", "--noconfirm")
    [wrapped] = wrapped_in(file)
    assert found_in(world.base, wrapped) == []
    (world.base / CLIENT / "tardis.db.keys").unlink()
    world.run("sonic", "recover", *where, "--noconfirm")
    given = ("--password", ONE, "--keys", file)
    assert not list(compare(str(tree), str(world.restore(tree, *given))))

    sheet = world.place / "sheet.html"
    world.run("sonic", "keys", *where, *given, "--sheet", sheet, "--kdf", "low")
    code, key = read_html(sheet.read_text())
    scanned, typed = world.place / "sheet.keys", world.place / "typed"
    scanned.write_text(key)
    typed.write_text(code.lower())
    paper = ("--slot", "recovery", "--password-file", typed, "--keys", scanned)
    assert not list(compare(str(tree), str(world.restore(tree, *paper))))
    world.run("sonic", "keys", *where, "--remove", "recovery")
    rescue(world, tree, "--password-file", typed, "--keys", scanned)

    rotate = ["rotate-keys", *where, *given, "--newpassword", TWO, "--kdf", "low", "--noconfirm"]
    world.run("sonic", *rotate)
    assert wrapped not in file.read_bytes()
    now = ("--password", TWO, "--keys", file)
    (tree / "new").write_text("sealed with the new key")
    world.backup(tree, *now)
    assert not list(compare(str(tree), str(world.restore(tree, *now))))
    typed.write_text(TWO)
    rescue(world, tree, "--password-file", typed, "--keys", file)
