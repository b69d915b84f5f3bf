"""Measure what looks at the past in turn with restic and the live tree, and print the ratios.

    python benchmarks/looking.py --tree DIR --work DIR [--sets N] [--rounds N] [--write FILE]

A copy of the tree is backed up again and again, by both, while 50 of its files change each
time.  Then every step is done by one program after the other, in each round in another
order.  Needs root or the right to mount by FUSE, fusermount for restic, and room for the
tree, two stores and 5 GiB.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.compare import edit, in_turn  # noqa: E402
from benchmarks.measuring import (  # noqa: E402
    CLIENT,
    Daemon,
    Failed,
    Run,
    Table,
    clean_environment,
    install,
    machine,
    peak_of,
    timed,
    warm,
)
from tardis.store import Place, open_reader  # noqa: E402

TARDIS, RESTIC, LIVE, BARE, START = "tardis", "restic", "live", "bare queries", "start-up"
VERSIONS, LIST = "versions of a file", "list the last set"
MOUNT, FIRST_LS, NEXT_LS = "mount, find, read 200", "first find -ls", "second find -ls"
COPY, WIDE = "cp of 1 GiB", "ls of 100,000 names"
LIMITS: Final = (
    (LIST, RESTIC, 0.40),
    (MOUNT, RESTIC, 0.35),
    (FIRST_LS, LIVE, 20.0),
    (FIRST_LS, RESTIC, 1.0),
    (NEXT_LS, LIVE, 6.0),
    (COPY, LIVE, 2.0),
    (WIDE, RESTIC, 1.0),
)
VERSIONS_LIMIT: Final = 5.0
MEMORY_MIB: Final = 128
READS: Final = 200
PATIENCE: Final = 120.0
WIDE_NAMES: Final = 100_000
BIG: Final = 1 << 30


@dataclass
class Bench:
    """Where all is done, and what was measured."""

    work: Path
    env: dict[str, str]
    bin: Path
    table: Table = field(default_factory=Table)

    @property
    def tree(self) -> Path:
        """The tree with many files."""
        return self.work / "tree"

    @property
    def extra(self) -> Path:
        """A tree with one large file and one wide directory."""
        return self.work / "extra"

    def restic(self, repo: str, *words: str | Path) -> list[str | Path]:
        """Return a command of restic."""
        return ["restic", "--quiet", "-r", self.work / repo, *words]

    def add(self, step: str, program: str, wall: float, peak: int = 0) -> None:
        """Note what was measured here."""
        self.table.add(step, program, Run(wall, 0.0, peak))

    @contextmanager
    def mounted(self, program: str, what: str) -> Iterator[tuple[Path, int]]:
        """Mount the store of *what* and give (where its tree is, process)."""
        place = self.work / "mnt"
        place.mkdir(exist_ok=True)
        tree = self.work / what
        if program == TARDIS:
            where = f"database={self.work / ('store-' + what)},client={CLIENT}"
            words = [str(self.bin / "tardisfs"), "-f", "-o", where, str(place)]
            top = place / "Current"
        else:
            words = list(map(str, self.restic(f"repo-{what}", "mount", place)))
            top = place / "snapshots" / "latest"
        process = subprocess.Popen(words, env=self.env, stdout=subprocess.DEVNULL)
        try:
            limit = time.monotonic() + PATIENCE
            while not os.path.ismount(place):
                if process.poll() is not None or time.monotonic() > limit:
                    raise Failed(f"{program} does not mount")
                time.sleep(0.005)
            yield top / str(tree).lstrip("/"), process.pid
        finally:
            subprocess.run(["fusermount3", "-u", str(place)], check=False)
            process.wait(60)


def prepare(bench: Bench, sets: int) -> None:
    """Back up both trees by both programs."""
    big = bench.extra / "big"
    bench.extra.mkdir()
    with big.open("wb") as file:
        for number in range(BIG >> 20):
            file.write(random.Random(number).randbytes(1 << 20))
    wide = bench.extra / "wide"
    wide.mkdir()
    for number in range(WIDE_NAMES):
        (wide / f"a file of a wide directory, number {number}").touch()
    for what, count in (("extra", 1), ("tree", sets)):
        tree = bench.work / what
        run(bench, bench.restic(f"repo-{what}", "init"))
        daemon = Daemon(bench.bin, bench.work / f"store-{what}", bench.env)
        daemon.start()
        try:
            for number in range(count):
                if number:
                    edit(tree, number)
                run(bench, daemon.backup(tree))
                run(bench, bench.restic(f"repo-{what}", "backup", tree))
        finally:
            daemon.stop()


def run(bench: Bench, words: list[str | Path]) -> None:
    """Run a program that is not measured."""
    with open(os.devnull, "wb") as nowhere:
        subprocess.run(list(map(str, words)), env=bench.env, check=True, stdout=nowhere)


def lstardis(bench: Bench, *words: str | Path) -> list[str | Path]:
    """Return a command of lstardis."""
    return [bench.bin / "lstardis", "-D", bench.work / "store-tree", "-C", CLIENT, *words]


def list_step(bench: Bench, number: int) -> None:
    """List every name of the last set."""
    words = ["--range", "Current", "--recurse", "-a", "--versions", "none", bench.tree]
    ours, theirs = lstardis(bench, *words), bench.restic("repo-tree", "ls", "latest")
    in_turn(
        number,
        lambda: bench.table.add(LIST, TARDIS, timed(ours, bench.env)),
        lambda: bench.table.add(LIST, RESTIC, timed(theirs, bench.env)),
    )


def versions_step(bench: Bench, number: int) -> None:
    """List the versions of a file that changed, and ask for them by the reader alone."""
    files = files_of(bench.tree)
    path = random.Random(1).sample(files, 50)[number % 50]  # edited for the second set
    start: list[str | Path] = [sys.executable, "-P", "-c", "import tardis.cli.lstardis"]
    bench.table.add(VERSIONS, START, timed(start, bench.env))
    bench.table.add(VERSIONS, TARDIS, timed(lstardis(bench, path), bench.env))
    started = time.perf_counter()
    reader = open_reader(Place(str(bench.work / "store-tree")), CLIENT)
    sets = reader.sets()
    roots = [reader.roots(one.number) for one in sets][-1]
    directory = roots[0].directory
    for name in os.fsencode(path.relative_to(bench.tree)).split(b"/"):
        rows = reader.versions(directory, name, sets[0].number, sets[-1].number)
        directory = rows[-1].child or directory
    bench.add(VERSIONS, BARE, time.perf_counter() - started)
    reader.close()


def processor_of(process: int) -> float:
    """Return the processor seconds of a running process, and of its children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def mount_step(bench: Bench, number: int) -> None:
    """Mount, go through all names, read some files."""
    chosen = random.Random(number).sample(files_of(bench.tree), READS)
    names = [path.relative_to(bench.tree) for path in chosen]

    def one(program: str) -> Callable[[], None]:
        def do() -> None:
            started = time.perf_counter()
            with bench.mounted(program, "tree") as (top, process):
                run(bench, ["find", top])
                for name in names:
                    (top / name).read_bytes()
                wall = time.perf_counter() - started
                spent = processor_of(process)
                bench.table.add(MOUNT, program, Run(wall, spent, peak_of(process)))

        return do

    in_turn(number, one(TARDIS), one(RESTIC))


def find_step(bench: Bench, number: int) -> None:
    """Look at everything with its metadata, twice."""
    bench.table.add(FIRST_LS, LIVE, timed(["find", bench.tree, "-ls"], bench.env))
    live = timed(["find", bench.tree, "-ls"], bench.env)
    bench.table.add(NEXT_LS, LIVE, live)

    def one(program: str) -> Callable[[], None]:
        def do() -> None:
            with bench.mounted(program, "tree") as (top, process):
                for step in (FIRST_LS, NEXT_LS):
                    found = timed(["find", top, "-ls"], bench.env)
                    bench.add(step, program, found.wall, peak_of(process))

        return do

    in_turn(number, one(TARDIS), one(RESTIC))


def extra_step(bench: Bench, number: int) -> None:
    """Copy a large file, and list a wide directory."""
    out = bench.work / "out"

    def copy(top: Path, program: str) -> None:
        out.unlink(missing_ok=True)
        os.sync()
        bench.table.add(COPY, program, timed(["cp", top / "big", out], bench.env))

    copy(bench.extra, LIVE)
    bench.table.add(WIDE, LIVE, timed(["ls", bench.extra / "wide"], bench.env))

    def one(program: str) -> Callable[[], None]:
        def do() -> None:
            with bench.mounted(program, "extra") as (top, process):
                listed = timed(["ls", top / "wide"], bench.env)
                bench.add(WIDE, program, listed.wall, peak_of(process))
                if program == TARDIS:
                    copy(top, TARDIS)

        return do

    in_turn(number, one(TARDIS), one(RESTIC))
    out.unlink(missing_ok=True)


def files_of(tree: Path) -> list[Path]:
    """Return the regular files, in the order in which `edit` draws from them."""
    return [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink()]


def report(bench: Bench, files: int, sets: int) -> str:
    """Return the table as Markdown."""
    table = bench.table
    lines = [
        "# How fast one looks at the past",
        "",
        f"{machine()}; {files:,} files, {sets} sets, warm, in turn.",
        "",
        "| step | program | median s | least s | processor s | peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for step, program in table.runs:
        wall, least = table.wall(step, program) or 0.0, table.least(step, program)
        peak = table.peak(step, program) >> 20
        used = median(one.processor for one in table.runs[step, program])
        lines.append(
            f"| {step} | {program} | {wall:.3f} | {least:.3f} | {used:.2f} | {peak or ''} |"
        )
    lines += ["", "| step | against | ratio | at most | |", "|---|---|---|---|---|"]

    def row(step: str, against: str, value: float, limit: float) -> None:
        mark = "ok" if value <= limit else "**over**"
        lines.append(f"| {step} | {against} | {value:.2f} | {limit:.2f} | {mark} |")

    for step, other, limit in LIMITS:
        ratio = table.ratio(step, TARDIS, other)
        if ratio is not None:
            row(step, other, ratio, limit)
    beyond = table.least(VERSIONS, TARDIS) - table.least(VERSIONS, START)
    row(
        VERSIONS,
        "bare queries, after start-up",
        beyond / table.least(VERSIONS, BARE),
        VERSIONS_LIMIT,
    )
    peak = max(table.peak(step, name) for step, name in table.runs if name == TARDIS)
    row("memory of a program", "MiB", peak >> 20, MEMORY_MIB)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True, help="tree to measure with")
    parser.add_argument("--work", type=Path, required=True, help="directory to work in")
    parser.add_argument("--sets", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="use, and leave, what is prepared")
    parser.add_argument("--write", type=Path, help="file for the table")
    asked = parser.parse_args()
    work = asked.work.absolute() / "looking"
    env = clean_environment(work / "home")
    env |= {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "cache")}
    bench = Bench(work, env, install(work / "bin"))
    if not (asked.keep and bench.tree.exists()):
        shutil.rmtree(work)
        install(work / "bin")
        subprocess.run(["cp", "-a", asked.tree, bench.tree], check=True)
        prepare(bench, asked.sets)
    warm(bench.tree)
    for number in range(asked.rounds):
        for step in (list_step, versions_step, mount_step, find_step, extra_step):
            step(bench, number)
    text = report(bench, len(files_of(bench.tree)), asked.sets)
    print("\n" + text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    if not asked.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
