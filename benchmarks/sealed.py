"""Measure what encryption adds to a large file that nothing compresses.

    python benchmarks/sealed.py [--size MIB] [--rounds N] [--work DIR]

Makes a file of noise (1 GiB) and backs it up into a store in clear and into an encrypted one,
in turn, each time into a fresh one; then changes 200 blocks of it and backs up again.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import (  # noqa: E402
    Daemon,
    Table,
    clean_environment,
    forget,
    install,
    machine,
    timed,
    warm,
)

PLAIN, SEALED = "tardis", "encrypted"
FIRST, CHANGED = "first", "200 blocks changed"
LIMIT: Final = 1.60
"""Wall time of the encrypted first run, against that of the plain one."""

BLOCK: Final = 4096
MIB: Final = 1 << 20


def make(path: Path, size: int) -> None:
    """Write *size* MiB of noise."""
    with path.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(MIB))


def change(path: Path, size: int, seed: int) -> None:
    """Rewrite 200 blocks in place."""
    with path.open("r+b") as file:
        for block in random.Random(seed).sample(range(size * MIB // BLOCK), 200):
            file.seek(block * BLOCK)
            file.write(os.urandom(BLOCK))


def round_(daemon: Daemon, login: list[str | Path], table: Table, tree: Path, number: int) -> None:
    """Measure both once, the one first that was second before."""
    ours = [(PLAIN, daemon), (SEALED, daemon.as_client("sealed", login))]
    if number % 2:
        ours.reverse()
    for step in (FIRST, CHANGED):
        for name, one in ours:
            table.add(step, name, timed(one.backup("--racy-window", "0", tree), daemon.env))
            os.sync()
        change(tree / "noise", (tree / "noise").stat().st_size // MIB, number)


def main() -> None:
    """Measure what the command line names, and print the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, help="MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    work = asked.work / "sealed"
    shutil.rmtree(work, ignore_errors=True)
    env = clean_environment(work / "home")
    secret = work / "home" / "password"
    secret.write_text("plinth-otter-vacuum-gable\n", encoding="ascii")
    tree, table = work / "tree", Table()
    tree.mkdir()
    make(tree / "noise", asked.size)
    warm(tree)
    for number in range(asked.rounds):
        daemon = Daemon(install(work / "bin"), work / f"store{number}", env)
        daemon.start()
        try:
            round_(daemon, ["--password-file", secret], table, tree, number)
        finally:
            daemon.stop()
        forget(daemon.base)
    print(f"\n{machine()}; {asked.size} MiB of noise, warm, in turn\n")
    for step in (FIRST, CHANGED):
        ratio = table.ratio(step, SEALED, PLAIN)
        limit = f" (at most {LIMIT})" if step == FIRST else ""
        print(f"{step}: encrypted is {ratio:.2f} x plain{limit}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
