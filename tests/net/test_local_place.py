"""Private directories that killed processes have left go, and no others."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tardis.net.local_place import PREFIX, SOCKET, make_place
from tests.net.lines import PATIENCE

LEFT = """
import os, signal, sys
from tardis.net.local_place import make_place
place = make_place(sys.argv[1])
open(place.socket, "w").close()
if sys.argv[2:]:
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        signal.pause()
os.kill(os.getpid(), signal.SIGKILL)
"""


def leave(folder: Path, *words: str) -> tuple[Path, int]:
    """Let a process be killed; return the directory that it leaves, and a child with its lock."""
    before = set(folder.iterdir())
    ended = subprocess.Popen(
        [sys.executable, "-c", LEFT, str(folder), *words], stdout=subprocess.PIPE, text=True
    )
    with ended:
        assert ended.stdout is not None
        child = int(ended.stdout.readline() or 0)
        assert ended.wait(PATIENCE) == -signal.SIGKILL
    (left,) = set(folder.iterdir()) - before
    assert [path.name for path in left.iterdir()] == [SOCKET]
    return left, child


def test_what_a_killed_process_has_left_goes_when_the_next_one_begins(tmp_path: Path) -> None:
    left, _ = leave(tmp_path)
    place = make_place(str(tmp_path))
    assert [str(path) for path in tmp_path.iterdir()] == [place.path] and not left.exists()
    assert oct(os.stat(place.path).st_mode & 0o777) == "0o700"
    place.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_anybody_holds_stays(tmp_path: Path) -> None:
    mine = make_place(str(tmp_path))
    left, child = leave(tmp_path, "a child that inherits the lock")
    try:
        make_place(str(tmp_path)).remove()
        assert set(tmp_path.iterdir()) == {left, Path(mine.path)}
    finally:
        os.kill(child, signal.SIGKILL)
    mine.remove()


@pytest.mark.root
def test_what_is_somebody_elses_stays(tmp_path: Path) -> None:
    other = tmp_path / f"{PREFIX}others"
    other.mkdir()
    os.chown(other, 12345, 12345)
    make_place(str(tmp_path)).remove()
    assert other.exists()


def test_no_link_and_nothing_with_other_things_in_it_is_touched(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / SOCKET).touch()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{PREFIX}file").touch()
    full = tmp_path / f"{PREFIX}full"
    full.mkdir()
    (full / "something of mine").touch()
    before = set(tmp_path.rglob("*"))
    make_place(str(tmp_path)).remove()
    assert set(tmp_path.rglob("*")) == before


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
    place = make_place(str(tmp_path))
    assert swept != [Path(place.path)] and Path(place.path).exists()
    place.remove()


def test_where_there_are_no_locks_nothing_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, _ = leave(tmp_path)

    def flock(_descriptor: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    make_place(str(tmp_path)).remove()
    assert list(tmp_path.iterdir()) == [left]
