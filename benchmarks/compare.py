"""Measure Tardis in turn with restic, borg, `cp -a` and the floor, and print the ratios.

    python benchmarks/compare.py --tree DIR [--rounds N] [--work DIR] [--encrypted] [--attributes]
                                 [--write FILE]

The tree is copied first and the copy left alone until its times are out of the racy window;
both sides are warm.  In each round every program does the same step, one after the other,
because one disk differs from hour to hour by more than the programs do.  With --encrypted
everything is done once more into an encrypted backup, compressed with zstd as restic and borg do.
With --attributes each file and directory of the copy has an extended attribute and an ACL.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import (  # noqa: E402
    Daemon,
    Run,
    Table,
    clean_environment,
    forget,
    install,
    machine,
    settle,
    timed,
    warm,
)
from benchmarks.peers import Borg, Peer, Restic, Words, peers  # noqa: E402

TARDIS, SEALED, COPY, FLOOR = "tardis", "encrypted", "cp -a", "floor"
RESTIC, BORG = Restic.name, Borg.name
FIRST, SAME, EDITED, RENAMED = "first", "nothing changed", "50 files changed", "directory renamed"
RESTORE, LIST, VERSION = "restore everything", "list every file", "--version"
LIMITS: Final[tuple[tuple[str, str, str, float | None], ...]] = (
    (FIRST, TARDIS, RESTIC, 0.40),
    (FIRST, TARDIS, FLOOR, 1.60),
    (SAME, TARDIS, RESTIC, 0.25),
    (SAME, TARDIS, FLOOR, 2.50),
    (EDITED, TARDIS, RESTIC, 0.25),
    (RENAMED, TARDIS, RESTIC, 0.25),
    (RESTORE, TARDIS, RESTIC, 0.70),
    (RESTORE, TARDIS, COPY, 0.80),
    (LIST, TARDIS, RESTIC, 0.40),
    (FIRST, SEALED, RESTIC, 0.60),
    (SAME, SEALED, RESTIC, 0.45),
    (EDITED, SEALED, RESTIC, 0.45),
    *((step, TARDIS, BORG, None) for step in (FIRST, SAME, EDITED, RENAMED, RESTORE, LIST)),
    *((step, SEALED, BORG, None) for step in (FIRST, SAME, EDITED)),
)
"""(step, program, against, ratio at most if that is a goal of ours)."""

VERSION_SECONDS: Final = 0.15
MEMORY_MIB: Final = 128
RENAMED_FILES: Final = 10_000


@dataclass
class Bench:
    """Where all is done, and what was measured."""

    tree: Path
    work: Path
    env: dict[str, str]
    bin: Path
    peers: list[Peer]
    table: Table = field(default_factory=Table)
    daemon_peak: int = 0
    kind: str = "files"
    login: tuple[str | Path, ...] = ()

    def ours(self, daemon: Daemon) -> list[tuple[str, Daemon]]:
        """Return our clients, each with the name of its rows."""
        found = [(TARDIS, daemon)]
        if self.login:
            more = ("--compress-data", "zstd")
            found.append((SEALED, daemon.as_client("sealed", self.login, more)))
        return found

    def beside(self, step: str, words: Callable[[Peer], Words]) -> list[Callable[[], object]]:
        """Return what measures each of the others at a step; *words* are asked for just before."""
        return [lambda one=one: self.step(step, one.name, words(one)) for one in self.peers]

    def step(self, step: str, program: str, words: list[str | Path]) -> Run:
        """Measure one program at one step."""
        run = timed(words, self.env)
        self.table.add(step, program, run)
        if step == FIRST:
            os.sync()  # what one has left to the disk must not cost the next one
        return run


def make_big_folder(tree: Path) -> Path:
    """Move entries of the tree into one directory that holds some 10,000 files; return it."""
    big = tree / "big folder"
    big.mkdir()
    count = 0
    for path in sorted(tree.rglob("*"), key=lambda path: len(path.parts), reverse=True):
        if count >= RENAMED_FILES:
            break
        if path.is_dir() and not path.is_symlink() and big not in (path, *path.parents):
            inside = sum(len(files) for _, _, files in os.walk(path))
            if 0 < inside <= RENAMED_FILES - count + 50:
                path.rename(big / f"part{count}")
                count += inside
    return big


def attribute(tree: Path) -> None:
    """Give each file an attribute and an ACL, and each directory a default ACL too."""
    for place, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.setxattr(path, "user.origin", os.fsencode(f"measured as {name}")[:200])
    subprocess.run(["setfacl", "-R", "-P", "-m", "u:7:rX,g:8:r", tree], check=True)
    words = ["find", tree, "-type", "d", "-exec", "setfacl", "-m", "d:u:7:rX,d:g:8:r", "{}", "+"]
    subprocess.run(words, check=True)


def edit(tree: Path, seed: int, number: int = 50) -> None:
    """Append a line to some files."""
    files = [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink()]
    for path in random.Random(seed).sample(files, min(number, len(files))):
        with path.open("ab") as file:
            file.write(b"one more line\n")


def in_turn(number: int, *actions: Callable[[], object]) -> None:
    """Do all actions, each round beginning with another one."""
    for shift in range(len(actions)):
        actions[(shift + number) % len(actions)]()


def round_(bench: Bench, number: int, is_settling: bool) -> None:
    """Do every step once with every program."""
    tree, work = bench.tree, bench.work
    forget(work / "store", work / "floor")
    for peer in bench.peers:
        peer.begin()
    daemon = Daemon(bench.bin, work / "store", bench.env)
    daemon.start()
    settle(tree)
    try:
        backups(bench, daemon, number, is_settling)
        bench.daemon_peak = max(bench.daemon_peak, daemon.peak())
    finally:
        daemon.stop()
    restores(bench, daemon, number)
    in_turn(
        number,
        *(_doing(bench, LIST, name, one.listing(tree)) for name, one in bench.ours(daemon)),
        *bench.beside(LIST, lambda one: one.listing()),
    )
    forget(work / "store", work / "floor")


def backups(bench: Bench, daemon: Daemon, number: int, is_settling: bool) -> None:
    """Measure what is backed up."""
    tree, work = bench.tree, bench.work
    floor: list[str | Path] = [sys.executable, ROOT / "benchmarks" / "floor.py"]

    def pair(step: str) -> None:
        if is_settling:
            settle(tree)
        in_turn(
            number,
            *(_doing(bench, step, name, one.backup(tree)) for name, one in bench.ours(daemon)),
            *bench.beside(step, lambda one: one.backup(tree)),
        )

    in_turn(
        number,
        *(_doing(bench, FIRST, name, one.backup(tree)) for name, one in bench.ours(daemon)),
        *bench.beside(FIRST, lambda one: one.backup(tree)),
        lambda: bench.step(FIRST, FLOOR, [*floor, "first", tree, work / "floor"]),
    )
    pair(SAME)
    bench.step(SAME, FLOOR, [*floor, "unchanged", tree])
    edit(tree, number)
    pair(EDITED)
    before = next(path for path in tree.iterdir() if path.name.startswith("big folder"))
    before.rename(tree / f"big folder {number}")
    pair(RENAMED)


def _doing(bench: Bench, step: str, name: str, words: list[str | Path]) -> Callable[[], object]:
    return lambda: bench.step(step, name, words)


def restores(bench: Bench, daemon: Daemon, number: int) -> None:
    """Measure what brings everything back."""
    tree, out = bench.tree, bench.work / "out"

    def tidy() -> None:
        forget(out)
        time.sleep(1)

    def one(program: str, words: list[str | Path]) -> Callable[[], None]:
        def do() -> None:
            bench.step(RESTORE, program, words)
            tidy()

        return do

    in_turn(
        number,
        *(one(name, who.restore(tree, out)) for name, who in bench.ours(daemon)),
        *(one(peer.name, peer.restore(out)) for peer in bench.peers),
        one(COPY, ["cp", "-a", tree, out]),
    )


def report(bench: Bench, files: int, size: int) -> str:
    """Return the table as Markdown."""
    table = bench.table
    lines = [
        "# How fast",
        "",
        f"{machine()}; {files:,} {bench.kind}, {size / 1e6:,.0f} MB, warm and settled, in turn.",
        "",
        "| step | program | median s | least s | processor s | peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for (step, program), runs in table.runs.items():
        processor = min(run.processor for run in runs)
        lines.append(
            f"| {step} | {program} | {table.wall(step, program):.2f} | "
            f"{table.least(step, program):.2f} | {processor:.2f} | "
            f"{table.peak(step, program) >> 20} |"
        )
    lines += ["", "| step | against | ratio | at most | |", "|---|---|---|---|---|"]
    for step, program, other, limit in LIMITS:
        ratio = table.ratio(step, program, other)
        if ratio is not None:
            mark = "" if limit is None else "ok" if ratio <= limit else "**over**"
            goal = "" if limit is None else f"{limit:.2f}"
            shown = step if program == TARDIS else f"{step}, {program}"
            lines.append(f"| {shown} | {other} | {ratio:.2f} | {goal} | {mark} |")
    version = table.wall(VERSION, TARDIS)
    if version is not None:
        mark = "ok" if version <= VERSION_SECONDS else "**over**"
        lines.append(f"| {VERSION} | seconds | {version:.3f} | {VERSION_SECONDS} | {mark} |")
    # An encrypted run's largest process is the child that stretches the password: not counted.
    client = max(table.peak(step, TARDIS) for step, name in table.runs if name == TARDIS)
    for who, peak in (("client", client), ("daemon", bench.daemon_peak)):
        mark = "ok" if peak >> 20 <= MEMORY_MIB else "**over**"
        lines.append(f"| memory of the {who} | MiB | {peak >> 20} | {MEMORY_MIB} | {mark} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tree", type=Path, required=True, help="tree to measure with")
    parser.add_argument("--work", type=Path, required=True, help="directory to work in")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--settle", action="store_true", help="wait before every step")
    parser.add_argument("--encrypted", action="store_true", help="also an encrypted backup")
    parser.add_argument("--attributes", action="store_true", help="give files attributes and ACLs")
    parser.add_argument("--write", type=Path, help="file for the table")
    asked = parser.parse_args()
    work = asked.work / "compare"
    shutil.rmtree(work, ignore_errors=True)
    env = clean_environment(work / "home")
    bench = Bench(work / "tree", work, env, install(work / "bin"), peers(work, env))
    if asked.encrypted:
        secret = work / "home" / "password"
        secret.write_text("plinth-otter-vacuum-gable\n", encoding="ascii")
        bench.login = ("--password-file", secret)
    subprocess.run(["cp", "-a", asked.tree, bench.tree], check=True)
    make_big_folder(bench.tree)
    if asked.attributes:
        attribute(bench.tree)
        bench.kind = "files with attributes and ACLs"
    warm(bench.tree)
    sizes = [path.lstat().st_size for path in bench.tree.rglob("*") if not path.is_dir()]
    for _ in range(5 * asked.rounds):
        bench.step(VERSION, TARDIS, [bench.bin / "tardis", "--version"])
    for number in range(asked.rounds):
        round_(bench, number, asked.settle)
    text = report(bench, len(sizes), sum(sizes))
    print("\n" + text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
