"""Each option of regenerate that the manual has does what it says, by the program itself."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tardis.config import table
from tests.whole.world import CLIENT, Done, World

pytestmark = [pytest.mark.acl, pytest.mark.xattr]

OLD, NEW = 1_500_000_000, 1_600_000_000

Trial = Callable[["Desk"], None]
TRIALS: Final[dict[str, Trial]] = {}


def tries(name: str) -> Callable[[Trial], Trial]:
    """Note what tries the option *name*."""

    def note(trial: Trial) -> Trial:
        TRIALS[name] = trial
        return trial

    return note


class Desk:
    """A tree of two sets, and places to restore it to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tree = world.place / "tree"
        (self.tree / "sub").mkdir(parents=True)
        file = self.tree / "file"
        file.write_bytes(b"first")
        os.utime(file, (OLD, OLD))
        (self.tree / "sub/gone").write_bytes(b"only in the first")
        (self.tree / "large").write_bytes(os.urandom(3_000_000))
        world.backup("--name", "First", self.tree)
        (self.tree / "sub/gone").unlink()
        file.write_bytes(b"second")
        file.chmod(0o664)
        os.setxattr(file, "user.a", b"1")
        subprocess.run(["setfacl", "-m", "u:1234:rw,g::r", file], check=True)
        os.link(file, self.tree / "link")
        os.utime(file, (NEW, NEW))
        world.backup("--name", "Second", self.tree)

    def run(self, *words: object, **more: Any) -> Done:
        """Run regenerate."""
        where = ["--database", self.world.base, "--client", CLIENT]
        return self.world.run("regenerate", *where, *words, **more)

    def restore(self, *words: str | Path) -> Path:
        """Restore the tree and return it."""
        return self.world.restore(self.tree, *words)

    def over(self, when: str, mtime: int) -> bytes:
        """Return what is in a file of *mtime* that is there already, once it is restored over."""
        out = self.world.place / when
        out.mkdir(exist_ok=True)
        (out / "file").write_bytes(b"there")
        os.utime(out / "file", (mtime, mtime))
        self.run("--overwrite", when, "--output", out, self.tree / "file")
        return (out / "file").read_bytes()

    def digest(self, name: bytes, size: int) -> str:
        """Return the checksum of a file's content."""
        query = """SELECT lower(hex(c.digest)) FROM entries JOIN contents AS c ON c.id = content
            WHERE name = ? AND c.size = ?"""
        return str(self.world.rows(query, name, size)[0][0])


@tries("output")
def output(desk: Desk) -> None:
    assert desk.run(desk.tree / "file").out == "second"
    desk.run("-o", desk.world.place / "named", desk.tree / "file")
    assert (desk.world.place / "named").read_bytes() == b"second"


@tries("checksum")
def checksum(desk: Desk) -> None:
    assert desk.run("--checksum", desk.digest(b"file", 5)).out == "first"


@tries("recovername")
def recovername(desk: Desk) -> None:
    out = desk.world.place / "recovered"
    out.mkdir()
    desk.run("-c", "--recovername", "-o", out, desk.digest(b"gone", 17))
    assert os.listdir(out) == ["gone"]


@tries("backup")
def backup(desk: Desk) -> None:
    for name in ("First", "1"):
        assert desk.run("--backup", name, desk.tree / "file").out == "first"
    assert desk.run("-b", "Current", desk.tree / "file").out == "second"


@tries("date")
def date(desk: Desk) -> None:
    assert desk.run("--date", "now", desk.tree / "file").out == "second"
    desk.run("-d", "two years ago", desk.tree / "file", status=13)


@tries("last")
def last(desk: Desk) -> None:
    desk.run(desk.tree / "sub/gone", status=14)
    assert desk.run("--last", desk.tree / "sub/gone").out == "only in the first"


@tries("recurse")
def recurse(desk: Desk) -> None:
    assert os.listdir(desk.restore("--norecurse")) == []


@tries("reduce-path")
def reduce_path(desk: Desk) -> None:
    strange = Path("/mnt/old") / str(desk.tree / "file").lstrip("/")
    assert desk.run("--reduce-path", "2", strange).out == "second"


@contextmanager
def damage(desk: Desk) -> Iterator[None]:
    """Change one letter in the last segment of the one large content, for a while."""
    (path,) = (desk.world.base / CLIENT).glob("??/*")
    whole = bytearray(path.read_bytes())
    whole[-200] ^= 1
    path.write_bytes(whole)
    yield
    whole[-200] ^= 1
    path.write_bytes(whole)


def left_of(desk: Desk, place: str, *words: str) -> dict[str, int]:
    """Restore what is damaged; return names and sizes of what is there then."""
    out = desk.world.place / place
    out.mkdir()
    with damage(desk):
        done = desk.run(*words, "-o", out, desk.tree / "large", status=3)
    assert "large: " in done.err
    return {path.name[: len("large-CORRUPT-")]: path.stat().st_size for path in out.iterdir()}


@tries("authenticate")
def authenticate(desk: Desk) -> None:
    assert left_of(desk, "kept", "--noauthenticate") == {"large": 2 << 20}


@tries("authfail-action")
def authfail_action(desk: Desk) -> None:
    for action, left in (("keep", "large"), ("rename", "large-CORRUPT-")):
        assert left_of(desk, action, "--authfail-action", action) == {left: 2 << 20}
    assert left_of(desk, "delete", "--authfail-action", "delete") == {}


@tries("set-times")
def set_times(desk: Desk) -> None:
    assert desk.restore().joinpath("file").stat().st_mtime == NEW
    assert desk.restore("--noset-times").joinpath("file").stat().st_mtime > NEW


@tries("set-perms")
def set_perms(desk: Desk) -> None:
    assert desk.restore().joinpath("file").stat().st_mode & 0o777 == 0o664
    assert desk.restore("--noset-perms").joinpath("file").stat().st_mode & 0o777 != 0o664


@tries("set-attrs")
def set_attrs(desk: Desk) -> None:
    assert "user.a" in os.listxattr(desk.restore() / "file")
    assert "user.a" not in os.listxattr(desk.restore("--noset-attrs") / "file")


@tries("set-acl")
def set_acl(desk: Desk) -> None:
    assert "system.posix_acl_access" in os.listxattr(desk.restore() / "file")
    bare = desk.restore("--noset-acl") / "file"
    assert os.listxattr(bare) == ["user.a"]
    assert bare.stat().st_mode & 0o777 == 0o644


@tries("overwrite")
def overwrite(desk: Desk) -> None:
    found = {when: desk.over(when, NEW - 1) for when in ("always", "newer", "older", "never")}
    assert [when for when, data in found.items() if data == b"second"] == ["always", "newer"]
    assert [desk.over(when, NEW + 1) for when in ("newer", "older")] == [b"there", b"second"]
    desk.run("--overwrite", "ask", "-o", desk.world.place, desk.tree / "file", status=2)


@tries("hardlinks")
def hardlinks(desk: Desk) -> None:
    one, other = desk.restore(), desk.restore("--nohardlinks")
    assert (one / "file").samefile(one / "link")
    assert not (other / "file").samefile(other / "link")


@tries("exceptions")
def exceptions(desk: Desk) -> None:
    words = ["--exceptions", "--backup", "none", str(desk.tree)]
    where = ["--database", str(desk.world.base), "--client", CLIENT]
    done = desk.world.finish(desk.world.start("regenerate", *where, *words))
    assert (done.status, "Traceback" in done.err) == (13, True)


@tries("verbose")
def verbose(desk: Desk) -> None:
    out = desk.world.place / "told"
    assert "using set Second" in desk.run("-v", "-o", f"{out}/", desk.tree).err


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    world = World(tmp_path_factory.mktemp("options"), way="local")
    yield Desk(world)
    world.close()


@pytest.mark.parametrize("name", TRIALS)
def test_the_option_does_what_it_says(desk: Desk, name: str) -> None:
    TRIALS[name](desk)


def test_every_option_for_restoring_is_tried() -> None:
    groups = {"Which set", "What to restore", "How to restore", "Messages"}
    known = {row.name for row in table.PROGRAMS["regenerate"] if row.group in groups and row.flags}
    beyond = {"as", "tar", "zip", "force", "jobs", "log", "progress"}
    assert known - beyond == set(TRIALS)
