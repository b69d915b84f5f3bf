"""A mount of a world's store, and a look at it with another user's eyes."""

import os
import pickle
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.whole.world import CLIENT, World

Seen = dict[str, bytes | None]
"""Path below the top to a file's bytes; None for a directory that was listed."""


@contextmanager
def mounted(world: World, *options: str, place: Path | None = None) -> Iterator[Path]:
    """Mount the store; it is unmounted whatever happens, and the program ends by itself."""
    place = place or world.place / "mnt"
    place.mkdir(exist_ok=True)
    where = f"database={world.base},client={CLIENT}"
    world.run("tardisfs", "-o", ",".join([where, *options]), place)
    try:
        assert os.path.ismount(place)
        yield place
    finally:
        subprocess.run(["fusermount3", "-u", str(place)], check=True, timeout=60)
        assert not os.path.ismount(place)


def inside(place: Path, name: str, tree: Path) -> Path:
    """Return where *tree* is in the set *name* of a mount."""
    return place / name / str(tree).lstrip("/")


def seen_by(uid: int, groups: list[int], top: Path) -> Seen:
    """Return all below *top* that a process of that user can list and read."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        status = 1
        try:
            os.setgroups(groups)
            os.setgid(groups[0])
            os.setuid(uid)
            with os.fdopen(writing, "wb") as told:
                pickle.dump(_see(top), told)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        answer = told.read()
    assert os.waitpid(child, 0)[1] == 0
    found: Seen = pickle.loads(answer)
    return found


def _see(top: Path) -> Seen:
    found: Seen = {}
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            inside = sorted(os.listdir(folder))
        except PermissionError:
            continue
        found[str(folder.relative_to(top))] = None
        for name in inside:
            path = folder / name
            try:
                if path.is_symlink():
                    continue
                if path.is_dir():
                    waiting.append(path)
                else:
                    found[str(path.relative_to(top))] = path.read_bytes()
            except PermissionError:
                continue
    return found
