"""Putting things back where they were: exactly the damage is mended."""

import os
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.history import MendOptions, Request, Restored, carry_out, plan_mending
from tardis.model import Observer, UsageError
from tardis.streams import pack_attributes
from tests.history.memory_reader import MemoryStore

Lines = list[tuple[str, str]]


class Scene:
    """A store whose set holds the directory ``home``, and that directory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.store = MemoryStore()
        self.home = place / "home"
        self.store.root(os.fsencode(self.home))
        self.store.file(1, b"a", b"content of a")
        self.store.file(1, b"b", b"content of b", 0o600)
        self.store.link(1, b"link", b"a")
        self.store.folder(1, b"sub", 2)
        self.store.file(2, b"deep", b"deep")
        self.store.folder(2, b"empty", 3)
        one = self.store.file(1, b"one", b"twice", nlink=2, inode=77)
        self.store.file(2, b"two", None, content=one.content, size=5, nlink=2, inode=77)

    def plan(self, path: str = "", **more: Any) -> Lines:
        """Return what would be done, as (doing, path below the place)."""
        with closing(self._plan(path, **more)) as plan:
            assert plan.problems == more.get("problems", [])
            return [(one.doing, self._short(one.path)) for one in plan.shown()]

    def mend(
        self, path: str = "", before: Callable[[], object] = lambda: None, **more: Any
    ) -> Restored:
        """Put things back; *before* happens between plan and deed."""
        with closing(self._plan(path, **more)) as plan:
            before()
            options = MendOptions(jobs=more.pop("jobs", 1), **more)
            return carry_out(plan, self.store.reader, options, Observer())

    def _plan(self, path: str, **more: Any) -> Any:
        full = os.fsencode(self.home / path)
        more.pop("jobs", None)
        reader = self.store.reader()
        return plan_mending(reader, [Request(1, full, full[1:], True)], MendOptions(**more))

    def _short(self, path: bytes) -> str:
        return os.path.relpath(os.fsdecode(b"/" + path), self.place)

    def state(self) -> dict[str, tuple[Any, ...]]:
        """Return what every object is and since when."""
        found = {}
        for path in [self.home, *self.home.rglob("*")]:
            seen = path.lstat()
            data = path.read_bytes() if stat.S_ISREG(seen.st_mode) else b""
            inode, changed = seen.st_ino, seen.st_ctime_ns
            found[str(path.relative_to(self.place))] = (
                (seen.st_mode, seen.st_uid, seen.st_mtime_ns, seen.st_nlink, data),
                (inode, changed),
            )
        return found


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    assert made.mend().problems == []
    assert (made.home / "sub" / "two").stat().st_nlink == 2
    return made


def is_as_stored(scene: Scene, before: dict[str, tuple[Any, ...]]) -> bool:
    return {n: s for n, (s, _) in scene.state().items()} == {n: s for n, (s, _) in before.items()}


def test_a_tree_that_is_as_in_the_set_needs_nothing(scene: Scene) -> None:
    before = scene.state()
    assert scene.plan() == []
    assert scene.plan(removes=True) == []
    scene.mend(removes=True)
    assert scene.state() == before


def test_a_tree_that_is_gone_comes_back_with_the_way_to_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "not" / "there")
    done = scene.mend(jobs=3)
    assert (done.problems, done.files) == ([], 6)
    assert (scene.home / "sub" / "deep").read_bytes() == b"deep"
    for path in (scene.home, scene.place, scene.place.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
        assert path.stat().st_mtime_ns == 1_000_000_000_000_001
    assert scene.plan() == []


def swap_content(home: Path) -> None:
    seen = (home / "a").stat()
    (home / "a").write_bytes(b"CONTENT of a")
    os.utime(home / "a", ns=(seen.st_mtime_ns, seen.st_mtime_ns))


def break_link(home: Path) -> None:
    data = (home / "one").read_bytes()
    seen = (home / "one").stat()
    (home / "one").unlink()
    (home / "one").write_bytes(data)
    os.chmod(home / "one", seen.st_mode)
    os.utime(home / "one", ns=(seen.st_mtime_ns, seen.st_mtime_ns))


def replace_by_link(home: Path, name: str) -> None:
    subprocess.run(["rm", "-r", home / name], check=True)
    (home / name).symlink_to("/etc")


def replace_by_directory(home: Path) -> None:
    (home / "a").unlink()
    (home / "a" / "x").mkdir(parents=True)
    (home / "a" / "x" / "y").touch()


DAMAGE: dict[str, tuple[Callable[[Path], object], Lines]] = {
    "a file is gone": (lambda home: (home / "a").unlink(), [("make", "home/a")]),
    "another content": (swap_content, [("replace", "home/a")]),
    "another size": (lambda home: (home / "a").write_bytes(b"x"), [("replace", "home/a")]),
    "another mode": (lambda home: (home / "a").chmod(0o777), [("change", "home/a")]),
    "another time": (lambda home: os.utime(home / "a", (1, 1)), [("change", "home/a")]),
    "a link elsewhere": (
        lambda home: replace_by_link(home, "link"),
        [("replace", "home/link")],
    ),
    "a directory's mode": (
        lambda home: (home / "sub").chmod(0o700),
        [("change", "home/sub")],
    ),
    "a directory is gone": (
        lambda home: (home / "sub" / "empty").rmdir(),
        [("make", "home/sub/empty")],
    ),
    "a link for a directory": (
        lambda home: replace_by_link(home, "sub"),
        [
            ("replace", "home/sub"),
            ("make", "home/sub/deep"),
            ("make", "home/sub/empty"),
            ("replace", "home/one"),
            ("make", "home/sub/two"),
        ],
    ),
    "names that are one no more": (
        break_link,
        [("replace", "home/one"), ("replace", "home/sub/two")],
    ),
    "something new": (lambda home: (home / "new").touch(), [("remove", "home/new")]),
    "a directory for a file": (
        replace_by_directory,
        [
            ("remove", "home/a/x/y"),
            ("remove", "home/a/x"),
            ("remove", "home/a"),
            ("make", "home/a"),
        ],
    ),
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", DAMAGE)
def test_exactly_the_damage_is_mended(scene: Scene, name: str, jobs: int) -> None:
    damage, lines = DAMAGE[name]
    before = scene.state()
    damage(scene.home)
    damaged = scene.state()
    folders = {("change", "home"), ("change", "home/sub")}
    planned = scene.plan(removes=True)
    assert [line for line in planned if line not in folders or line in lines] == lines
    done = scene.mend(removes=True, jobs=jobs)
    assert done.problems == []
    assert is_as_stored(scene, before)
    meant = {path for _, path in planned} | {"home", "home/sub"}
    after = scene.state()
    for path, (_, seen) in after.items():
        untouched = (
            path in damaged and path not in meant and path not in ("home/one", "home/sub/two")
        )
        assert not untouched or seen == damaged[path][1], f"{path} was touched"
    assert scene.plan(removes=True) == []


def test_one_file_is_put_back_alone(scene: Scene) -> None:
    (scene.home / "a").unlink()
    (scene.home / "b").unlink()
    assert scene.plan("b") == [("make", "home/b")]
    scene.mend("b")
    assert (scene.home / "b").exists() and not (scene.home / "a").exists()


def test_without_delete_what_is_new_stays(scene: Scene) -> None:
    (scene.home / "new").touch()
    replace_by_directory(scene.home)
    lines = scene.plan()
    assert ("leave", "home/a") in lines
    assert not [line for line in lines if line[0] in ("remove", "make", "replace")]
    scene.mend()
    assert (scene.home / "a" / "x" / "y").exists() and (scene.home / "new").exists()


def test_what_was_there_when_the_set_was_made_is_not_removed(scene: Scene) -> None:
    (scene.home / "old").touch()
    (scene.home / "olddir").mkdir()
    (scene.home / "olddir" / "f").touch()
    later = time.time_ns() + 10**10
    scene.store.rename_set(1, client_time_ns=later)
    assert [line for line in scene.plan(removes=True) if line[0] != "change"] == [
        ("leave", "home/old"),
        ("leave", "home/olddir"),
    ]
    scene.mend(removes=True)
    assert (scene.home / "old").exists() and (scene.home / "olddir" / "f").exists()


def test_what_sets_leave_out_keeps_its_directory_too(scene: Scene) -> None:
    for name in ("keep.o", "new/deep/keep.o", "new/gone", "guarded/f", "guarded/.skip"):
        path = scene.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    how: dict[str, Any] = {
        "removes": True,
        "is_left_out": lambda path, is_directory: path.endswith(b".o"),
        "guards": frozenset({b".skip"}),
    }
    lines = scene.plan(**how)
    assert [line for line in lines if line[0] == "remove"] == [("remove", "home/new/gone")]
    scene.mend(**how)
    assert (scene.home / "new" / "deep" / "keep.o").exists()
    assert (scene.home / "guarded" / "f").exists()
    assert not (scene.home / "new" / "gone").exists()
    (scene.home / ".skip").touch()
    (scene.home / "sub" / "new").touch()
    assert not [line for line in scene.plan(**how) if line[0] == "remove"], "guarded below too"


@pytest.mark.xattr
def test_extended_attributes_are_mended_where_they_differ(scene: Scene) -> None:
    packed = pack_attributes([(b"user.a", b"1")])
    scene.store.file(1, b"named", b"x", xattrs=packed)
    scene.store.folder(1, b"dir", 4, xattrs=packed)
    scene.mend()
    assert scene.plan() == []
    assert os.getxattr(scene.home / "named", "user.a") == b"1"
    inode = (scene.home / "named").stat().st_ino
    os.setxattr(scene.home / "named", "user.a", b"2")
    os.setxattr(scene.home / "named", "user.more", b"kept")
    os.removexattr(scene.home / "dir", "user.a")
    assert scene.plan() == [("change", "home/named"), ("change", "home/dir")]
    scene.mend()
    assert os.getxattr(scene.home / "named", "user.a") == b"1"
    assert os.getxattr(scene.home / "named", "user.more") == b"kept"
    assert os.getxattr(scene.home / "dir", "user.a") == b"1"
    assert (scene.home / "named").stat().st_ino == inode
    assert scene.plan() == []


@pytest.mark.tmpfs
def test_mounts_are_not_crossed(scene: Scene) -> None:
    for name in ("mounted", "sub/empty"):
        place = scene.home / name
        place.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=True)
        (place / "f").touch()
    scene.store.entries[2] = [
        row._replace(child=None) if row.name == b"empty" else row for row in scene.store.entries[2]
    ]
    try:
        lines = scene.plan(removes=True)
        assert ("leave", "home/mounted") in lines
        assert not [line for line in lines if line[0] == "remove"]
        assert not [line for line in lines if "empty" in line[1]]
    finally:
        for name in ("mounted", "sub/empty"):
            subprocess.run(["umount", scene.home / name], check=True)


def test_backups_are_never_entered(scene: Scene) -> None:
    (scene.home / "sub" / "new").touch()
    (scene.home / "base").mkdir()
    seen = [(scene.home / name).stat() for name in ("sub", "base")]
    inside = frozenset((one.st_dev, one.st_ino) for one in seen)
    full = os.fsencode(scene.home)
    options = MendOptions(removes=True, keep_out=inside)
    with closing(
        plan_mending(scene.store.reader(), [Request(1, full, b"", True)], options)
    ) as plan:
        assert [problem.path for problem in plan.problems] == [full[1:] + b"/sub"]
        assert not [one for one in plan if one.doing == "remove"]


def test_a_link_on_the_way_is_not_followed(scene: Scene) -> None:
    elsewhere = scene.place / "elsewhere"
    (scene.home / "sub").rename(elsewhere)
    (scene.home / "sub").symlink_to(elsewhere)
    (elsewhere / "deep").unlink()
    with pytest.raises(UsageError, match="is no directory any more"):
        scene.plan("sub/deep")
    scene.mend()
    assert not (elsewhere / "deep").exists()
    assert (scene.home / "sub" / "deep").exists()
    assert not (scene.home / "sub").is_symlink()


@pytest.mark.parametrize("name", ["a", "b", "new", "link", "one"])
def test_what_changed_after_the_plan_was_made_is_left_alone(scene: Scene, name: str) -> None:
    path = scene.home / name
    (scene.home / "new").touch()
    (scene.home / "a").unlink()
    (scene.home / "b").chmod(0o777)
    (scene.home / "link").unlink()
    (scene.home / "sub" / "two").unlink()

    def meddle() -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(b"a person's new work")

    done = scene.mend(removes=True, before=meddle)
    assert [os.path.basename(problem.path) for problem in done.problems] == [name.encode()]
    assert "it changed after the plan was made" in done.problems[0].reason
    assert path.read_bytes() == b"a person's new work"


def test_a_directory_swapped_after_the_plan_is_noticed(scene: Scene) -> None:
    (scene.home / "sub" / "deep").unlink()
    (scene.home / "sub" / "new").touch()
    elsewhere = scene.place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "new").write_bytes(b"mine")

    def swap() -> None:
        (scene.home / "sub").rename(scene.place / "moved")
        (scene.home / "sub").symlink_to(elsewhere)

    done = scene.mend(removes=True, before=swap)
    assert {os.path.basename(problem.path) for problem in done.problems} >= {b"deep", b"new"}
    assert os.listdir(elsewhere) == ["new"]


@pytest.mark.near
def test_a_damaged_content_leaves_the_live_file(scene: Scene) -> None:
    number = next(e for e in scene.store.entries[1] if e.name == b"a").content
    assert number is not None
    (scene.home / "a").write_bytes(b"the only copy")
    scene.store.damage(number, b"content of A")
    done = scene.mend()
    assert "damaged" in done.problems[0].reason
    assert (scene.home / "a").read_bytes() == b"the only copy"


@pytest.mark.near
def test_files_that_backups_would_take_as_unchanged_are_not_read(scene: Scene) -> None:
    for path in (scene.home / "a", scene.home / "b"):
        seen = path.stat()
        scene.store.entries[1] = [
            row._replace(
                inode=seen.st_ino,
                ctime=seen.st_ctime_ns // 10**9,
                ctime_ns=seen.st_ctime_ns % 10**9,
            )
            if row.name == path.name.encode()
            else row
            for row in scene.store.entries[1]
        ]
    scene.store.rename_set(1, client_time_ns=time.time_ns() + 3600 * 10**9)
    scene.store.calls.clear()
    assert scene.plan() == []
    assert scene.store.calls.count("contents") == 3, "deep, one and two, and their set"
