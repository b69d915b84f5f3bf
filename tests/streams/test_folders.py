"""Private directories that killed processes have left go, and no others."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tardis.streams import FolderKind, PrivateFolder, make_folder

PATIENCE = 60
KIND = FolderKind("tardis-kind-", ("file", ".tmp-*"))

LEFT = """
import os, signal, sys
from tests.streams.test_folders import KIND
from tardis.streams import make_folder
folder = make_folder(sys.argv[1], KIND)
for name in ("file", ".tmp-1"):
    open(os.path.join(folder.path, name), "w").close()
if sys.argv[2:]:
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        signal.pause()
os.kill(os.getpid(), signal.SIGKILL)
"""


def make(above: Path) -> PrivateFolder:
    return make_folder(str(above), KIND)


def leave(above: Path, *words: str) -> tuple[Path, int]:
    """Let a process be killed; return the directory that it leaves, and a child with its lock."""
    before = set(above.iterdir())
    ended = subprocess.Popen(
        [sys.executable, "-c", LEFT, str(above), *words], stdout=subprocess.PIPE, text=True
    )
    with ended:
        assert ended.stdout is not None
        child = int(ended.stdout.readline() or 0)
        assert ended.wait(PATIENCE) == -signal.SIGKILL
    (left,) = set(above.iterdir()) - before
    assert {path.name for path in left.iterdir()} == {"file", ".tmp-1"}
    return left, child


def test_what_a_killed_process_has_left_goes_when_the_next_one_begins(tmp_path: Path) -> None:
    left, _ = leave(tmp_path)
    folder = make(tmp_path)
    assert [str(path) for path in tmp_path.iterdir()] == [folder.path] and not left.exists()
    assert oct(os.stat(folder.path).st_mode & 0o777) == "0o700"
    (Path(folder.path) / "file").touch()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_anybody_holds_stays(tmp_path: Path) -> None:
    mine = make(tmp_path)
    left, child = leave(tmp_path, "a child that inherits the lock")
    try:
        make(tmp_path).remove()
        assert set(tmp_path.iterdir()) == {left, Path(mine.path)}
    finally:
        os.kill(child, signal.SIGKILL)
    mine.remove()


def test_what_is_of_another_kind_stays(tmp_path: Path) -> None:
    left, _ = leave(tmp_path)
    make_folder(str(tmp_path), FolderKind("tardis-other-", KIND.holds)).remove()
    assert list(tmp_path.iterdir()) == [left]


@pytest.mark.root
def test_what_is_somebody_elses_stays(tmp_path: Path) -> None:
    other = tmp_path / f"{KIND.prefix}others"
    other.mkdir()
    os.chown(other, 12345, 12345)
    make(tmp_path).remove()
    assert other.exists()


def test_no_link_and_nothing_with_other_things_in_it_is_touched(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (tmp_path / f"{KIND.prefix}link").symlink_to(elsewhere)
    (tmp_path / f"{KIND.prefix}file").touch()
    full, deep = tmp_path / f"{KIND.prefix}full", tmp_path / f"{KIND.prefix}deep"
    full.mkdir()
    (full / "file").touch()
    (full / "something of mine").touch()
    (deep / "file").mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    make(tmp_path).remove()
    assert set(tmp_path.rglob("*")) == before


def test_a_link_in_one_that_was_left_goes_and_what_it_names_stays(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    left = tmp_path / f"{KIND.prefix}left"
    left.mkdir()
    (left / "file").symlink_to(mine)
    make(tmp_path).remove()
    assert list(tmp_path.iterdir()) == [mine] and mine.read_text() == "mine"


def test_one_that_was_swept_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fcntl.flock
    swept: list[Path] = []

    def flock(descriptor: int, how: int) -> None:
        if not swept:
            (fresh,) = tmp_path.iterdir()
            fresh.rmdir()
            swept.append(fresh)
        whole(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    folder = make(tmp_path)
    assert swept != [Path(folder.path)] and Path(folder.path).exists()
    folder.remove()


def test_where_there_are_no_locks_nothing_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = leave(tmp_path)

    def flock(_descriptor: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    make(tmp_path).remove()
    assert list(tmp_path.iterdir()) == [left]


def test_without_a_place_it_is_the_temporary_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = make_folder("", KIND)
    assert Path(folder.path).parent == tmp_path
    folder.remove()


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make(tmp_path / "nowhere")
