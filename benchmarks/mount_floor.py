"""Measure how fast a mount in Python can be at all, in turn with restic's.

    python benchmarks/mount_floor.py --work DIR [--rounds N]

DIR is where `looking.py --keep` has worked.  The same is done as there: mount, ``find``, read
200 files.  What is mounted as the floor is a dictionary with the attributes of the tree, made
before the clock starts, behind callbacks of mfusepy that do nothing else; files read as zeros.
What shows a store behind these callbacks takes longer.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.looking import (  # noqa: E402
    MOUNT,
    READS,
    RESTIC,
    TARDIS,
    Bench,
    files_of,
    mount_step,
    processor_of,
    run,
)
from benchmarks.measuring import Run, clean_environment, machine  # noqa: E402

MFUSEPY: Final = "mfusepy"
Folders = dict[bytes, list[tuple[bytes, Any]]]


def remembered(tree: str, kind: Any) -> tuple[Folders, dict[bytes, Any]]:
    """Return what is in each directory of *tree*, and the `kind` of structure of each path."""
    folders: Folders = {}
    stats: dict[bytes, Any] = {}
    for path, names, others in os.walk(os.fsencode(tree)):
        inner = path[len(os.fsencode(tree)) :] or b"/"
        folders[inner] = []
        for name in [b"", *names, *others]:
            known, whole = os.lstat(os.path.join(path, name)), inner.rstrip(b"/") + b"/" + name
            made = kind(st_mode=known.st_mode, st_ino=known.st_ino, st_nlink=1)
            made.st_size = known.st_size
            stats[whole if name else inner] = made
            if name:
                folders[inner].append((name, made))
    return folders, stats


def serve(tree: str, place: str) -> None:
    """Mount the names and kinds of *tree* at *place* by mfusepy, and answer until it is gone."""
    os.environ["FUSE_LIBRARY_NAME"] = "fuse3"
    import mfusepy  # noqa: PLC0415 - after the choice of its library

    folders, stats = remembered(tree, mfusepy.c_stat)

    class Floor(mfusepy.FUSE):  # type: ignore[misc]
        """Callbacks that do no more than the library's types need."""

        def getattr_fuse_3(self, path: bytes, buffer: Any, _handle: object) -> int:
            found = stats.get(path)
            if found is None:
                return -2
            mfusepy.ctypes.memmove(buffer, mfusepy.ctypes.byref(found), size)
            return 0

        def readdir_fuse_3(
            self, path: bytes, buffer: Any, fill: Any, offset: int, _handle: Any, _flags: int
        ) -> int:
            names = folders[path]
            for at in range(offset, len(names)):
                name, found = names[at]
                if fill(buffer, name, found, at + 1, 2):
                    break
            return 0

        def open(self, _path: bytes, _handle: Any) -> int:
            return 0

        def opendir(self, _path: bytes, _handle: Any) -> int:
            return 0

        def read(self, _path: bytes, buffer: Any, length: int, offset: int, _handle: Any) -> int:
            mfusepy.ctypes.memset(buffer, 0, length)
            return length

    class Names(mfusepy.Operations):  # type: ignore[misc]
        """Says which callbacks there are; `Floor` answers."""

        use_ns = True
        getattr = readdir = open = opendir = read = lambda self: 0

    size = mfusepy.ctypes.sizeof(mfusepy.c_stat)
    print("ready", flush=True)
    sys.stdin.readline()
    options = {"entry_timeout": "60", "attr_timeout": "60", "use_ino": True}
    Floor(Names(), place, foreground=True, nothreads=True, ro=True, **options)


@contextmanager
def mounted(bench: Bench) -> Iterator[Path]:
    """Mount the floor; what it shows was read before the clock starts."""
    place = bench.work / "mnt"
    place.mkdir(exist_ok=True)
    words = [sys.executable, __file__, "--serve", str(bench.tree), "--work", str(place)]
    with subprocess.Popen(words, env=bench.env, stdin=-1, stdout=-1) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        before, started = processor_of(process.pid), time.perf_counter()
        try:
            process.stdin.write(b"go\n")
            process.stdin.flush()
            while not os.path.ismount(place):
                time.sleep(0.002)
            yield place
            wall, spent = time.perf_counter() - started, processor_of(process.pid) - before
            bench.table.add(MOUNT, MFUSEPY, Run(wall, spent, 0))
        finally:
            subprocess.run(["fusermount3", "-u", str(place)], check=False)


def floor_step(bench: Bench, number: int) -> None:
    """Go through all names of the floor and read some files, as `mount_step` does."""
    chosen = random.Random(number).sample(files_of(bench.tree), READS)
    with mounted(bench) as top:
        run(bench, ["find", top])
        for path in chosen:
            with open(top / path.relative_to(bench.tree), "rb") as file:
                file.read(1 << 12)


def main() -> None:
    """Measure in turn."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="where looking.py --keep worked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, str(asked.work))
        return
    work = asked.work.absolute() / "looking"
    env = clean_environment(work / "home")
    env |= {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "cache")}
    bench = Bench(work, env, work / "bin")
    for number in range(asked.rounds):
        mount_step(bench, number)
        floor_step(bench, number)
    print(f"{machine()}; start-up is not counted for {MFUSEPY}; processor without that of find")
    for program in (TARDIS, RESTIC, MFUSEPY):
        runs = bench.table.runs[MOUNT, program]
        wall, ratio = bench.table.wall(MOUNT, program), bench.table.ratio(MOUNT, program, RESTIC)
        spent = median(one.processor for one in runs)
        print(f"| {program} | {wall:.2f} s | {spent:.2f} s | {ratio:.2f} x restic |")


if __name__ == "__main__":
    main()
