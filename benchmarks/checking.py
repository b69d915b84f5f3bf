"""Measure checking a store in turn with restic, and print the ratios.

    python benchmarks/checking.py --tree DIR --work DIR [--sets N] [--rounds N] [--read-rounds N]
        [--keep]

A copy of the tree is backed up again and again, by both, while 50 of its files change each
time.  Then the structure is checked, and all stored bytes, by one program after the other,
in each round in another order.  Needs restic, and room for the tree and two stores.
"""

import argparse
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.compare import edit, in_turn  # noqa: E402
from benchmarks.measuring import (  # noqa: E402
    CLIENT,
    Daemon,
    Failed,
    Table,
    clean_environment,
    install,
    machine,
    timed,
)

TARDIS, RESTIC = "tardis", "restic"
CHECK, READ = "check", "check --read-data"
LIMITS: Final = {CHECK: 0.5, READ: 1.0}
MEMORY_MIB: Final = 128


def prepare(folder: Path, work: Path, env: dict[str, str], sets: int) -> None:
    """Back the tree up by both programs."""
    tree = work / "tree"
    subprocess.run(["restic", "-q", "-r", work / "repo", "init"], env=env, check=True)
    daemon = Daemon(folder, work / "store", env)
    daemon.start()
    try:
        for number in range(sets):
            if number:
                edit(tree, number)
            timed(daemon.backup(tree), env)
            timed(["restic", "-q", "-r", work / "repo", "backup", tree], env)
    finally:
        daemon.stop()


def commands(folder: Path, work: Path) -> dict[str, dict[str, list[str | Path]]]:
    """Return the command of each step for each program."""
    ours: list[str | Path] = [folder / "sonic", "check", "-D", work / "store", "-C", CLIENT]
    theirs: list[str | Path] = ["restic", "-q", "-r", work / "repo", "check"]
    return {
        CHECK: {TARDIS: ours, RESTIC: theirs},
        READ: {TARDIS: [*ours, "--read-data", "--anew"], RESTIC: [*theirs, "--read-data"]},
    }


def measure(
    table: Table, step: str, program: str, words: list[str | Path], env: dict[str, str]
) -> None:
    """Note one run of a step."""
    table.add(step, program, timed(words, env))


def main() -> None:
    """Do what the command line says; the status is 1 when a ratio is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tree", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--read-rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="use what is prepared")
    told = parser.parse_args()
    if not shutil.which("restic"):
        raise Failed("restic is not installed")
    work, tree = told.work, told.work / "tree"
    env = clean_environment(work / "home")
    env |= {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "cache")}
    folder = install(work / "bin")
    if not (told.keep and tree.exists()):
        shutil.copytree(told.tree, tree, symlinks=True)
        prepare(folder, work, env, told.sets)
    table = Table()
    for step, programs in commands(folder, work).items():
        for number in range(told.rounds if step == CHECK else told.read_rounds):
            in_turn(
                number,
                *(partial(measure, table, step, one, programs[one], env) for one in programs),
            )
    print(machine())
    is_met = True
    for step, limit in LIMITS.items():
        ratio = table.ratio(step, TARDIS, RESTIC)
        peak = table.peak(step, TARDIS) >> 20
        assert ratio is not None
        is_met = is_met and ratio <= limit and peak <= MEMORY_MIB
        print(f"{step:24} {ratio:6.2f} x restic (at most {limit}), {peak} MiB")
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
