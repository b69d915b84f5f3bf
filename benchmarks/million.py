"""Back up a million small files and say how much memory each side took.

    python benchmarks/million.py --work DIR [--files N]

Runs: the first backup, one over the unchanged tree, one after a rename at the top.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import Daemon, clean_environment, install, timed, warm  # noqa: E402

PER_FOLDER: Final = 500
LARGE_FOLDER: Final = 100_000
"""Files of one single directory, so that large ones are counted too."""

MEMORY_MIB: Final = 128


def build(tree: Path, files: int) -> None:
    """Make the tree: a tenth of it in one directory, the rest in small ones."""
    large = min(LARGE_FOLDER, files // 10)
    for number in range(files):
        if number < large:
            folder = tree / "large"
        else:
            place = (number - large) // PER_FOLDER
            folder = tree / f"part{place // 100:03}" / f"dir{place:05}"
        if number == 0 or (number >= large and (number - large) % PER_FOLDER == 0):
            folder.mkdir(parents=True, exist_ok=True)
        path = os.path.join(folder, f"file{number:07}.txt")
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(file, b"the content of file number %d\n" % number)
        os.close(file)


def main() -> None:
    """Build, measure, and say whether the limit holds; the status says it too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="directory to work in")
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true", help="leave the tree for another time")
    asked = parser.parse_args()
    tree, work = asked.work / "million", asked.work / "million-work"
    shutil.rmtree(work, ignore_errors=True)
    started = time.perf_counter()
    if not tree.exists():
        build(tree, asked.files)
    print(f"{asked.files:,} files, made in {time.perf_counter() - started:.0f} s", flush=True)
    warm(tree)
    env = clean_environment(work / "home")
    daemon = Daemon(install(work / "bin"), work / "store", env)
    worst = 0
    for step in ("first", "unchanged", "renamed"):
        if step == "renamed":
            (tree / "part001").rename(tree / "moved001")
        daemon.start()  # anew for each run, so that each has a peak of its own
        try:
            run = timed(daemon.backup("--racy-window", "0", tree), env)
            peak = daemon.peak()
        finally:
            daemon.stop()
        worst = max(worst, run.peak, peak)
        print(
            f"{step:10} {run.wall:7.1f} s  client {run.peak >> 20:4} MiB  "
            f"daemon {peak >> 20:4} MiB",
            flush=True,
        )
    run = timed(daemon.restore(tree, work / "out"), env)
    print(f"restore    {run.wall:7.1f} s  largest process {run.peak >> 20:4} MiB")
    if (tree / "moved001").exists():
        (tree / "moved001").rename(tree / "part001")
    shutil.rmtree(work)
    if not asked.keep:
        shutil.rmtree(tree)
    is_good = worst >> 20 <= MEMORY_MIB
    print(f"worst {worst >> 20} MiB of {MEMORY_MIB}: {'ok' if is_good else 'over'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
