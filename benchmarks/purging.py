"""Measure purging in turn with restic, and listing against the query it stands on.

    python benchmarks/purging.py --work DIR [--files N] [--sets N] [--gone N] [--listed N]

A tree of small files is backed up day after day by both, 50 files changed before each run;
then most of the sets go: by `sonic delete`, and by `restic forget --prune`.  Listing is
measured on a catalog of many sets, against the bare query and the start of the program, which
is what a list of no sets takes.
"""

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import (  # noqa: E402
    CLIENT,
    Daemon,
    clean_environment,
    install,
    machine,
    timed,
)

PURGE_LIMIT: Final = 0.5
LIST_LIMIT: Final = 5.0
CHANGED: Final = 50
ROUNDS: Final = 5


def grow(tree: Path, files: int) -> list[Path]:
    """Make a tree of small files; return them."""
    chance = random.Random(1)
    made = []
    for number in range(files):
        folder = tree / f"d{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        made.append(folder / f"f{number}")
        made[-1].write_bytes(chance.randbytes(chance.choice((200, 2000, 12_000))))
    return made


def directory_bytes(place: Path) -> int:
    """Return the bytes of all files below a directory."""
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def purging(asked: argparse.Namespace, work: Path, env: dict[str, str]) -> list[str]:
    """Back up, purge with both, and return lines of a report."""
    programs = install(work / "bin")
    files = grow(work / "tree", asked.files)
    restic: list[str | Path] = ["restic", "--quiet", "-r", work / "repo"]
    subprocess.run([*restic, "init"], env=env, check=True, capture_output=True)
    daemon = Daemon(programs, work / "store", env)
    daemon.start()
    chance = random.Random(2)
    try:
        for day in range(asked.sets):
            for path in chance.sample(files, min(CHANGED, len(files))):
                path.write_bytes(chance.randbytes(chance.choice((200, 2000, 12_000))))
            words = daemon.backup("--racy-window", "0", work / "tree")
            subprocess.run(words, env=env, check=True, capture_output=True)
            words = [*restic, "backup", "--host", f"day{day}", work / "tree"]
            subprocess.run(words, env=env, check=True, capture_output=True)
    finally:
        daemon.stop()
    store, repository = directory_bytes(work / "store"), directory_bytes(work / "repo")
    numbers = [str(number) for number in range(1, asked.gone + 1)]
    sonic = [programs / "sonic", "delete", "--database", work / "store", "--client", CLIENT]
    ours = timed([*sonic, "--noconfirm", *numbers], env)
    keep = str(asked.sets - asked.gone)
    forget = [*restic, "forget", "--prune", "--group-by", "", "--keep-last", keep]
    theirs = timed(forget, env)
    ratio = ours.wall / theirs.wall
    mark = "ok" if ratio <= PURGE_LIMIT else "**over**"
    return [
        f"{asked.gone} of {asked.sets} sets of {asked.files:,} files, {CHANGED} changed each:",
        f"- sonic delete {ours.wall:.2f} s, {ours.peak >> 20} MiB, "
        f"{store / 1e6:.1f} -> {directory_bytes(work / 'store') / 1e6:.1f} MB",
        f"- restic forget --prune {theirs.wall:.2f} s, {theirs.peak >> 20} MiB, "
        f"{repository / 1e6:.1f} -> {directory_bytes(work / 'repo') / 1e6:.1f} MB",
        f"- ratio {ratio:.2f}, at most {PURGE_LIMIT}: {mark}",
    ]


def listing(asked: argparse.Namespace, work: Path, env: dict[str, str]) -> list[str]:
    """List a catalog of many sets, and return lines of a report."""
    programs = install(work / "bin")
    where = ["--database", work / "many", "--client", CLIENT]
    empty = ["--database", work / "empty", "--client", CLIENT]
    for one in (where, empty):
        subprocess.run([programs / "sonic", "create", *one], env=env, check=True)
    subprocess.run([programs / "sonic", "list", *where], env=env, check=True, capture_output=True)
    catalog = work / "many" / CLIENT / "tardis.db"
    with closing(sqlite3.connect(catalog)) as db, db:
        db.execute("INSERT INTO lineages VALUES (1, x'00', '')")
        columns = (
            "name, lineage, priority, is_complete, started_ns, ended_ns, client_time_ns, session,"
            " client_version, server_version, client_address, command_line, client_config"
        )
        now = time.time_ns()
        rows = [
            (f"Daily {number}", 1, 10, 1, now, now, now, "s", "c", "s", "here", b"tardis /", b"{}")
            for number in range(asked.listed)
        ]
        marks = ", ".join("?" * len(rows[0]))
        db.executemany(f"INSERT INTO backup_sets ({columns}) VALUES ({marks})", rows)
    query = "SELECT * FROM backup_sets ORDER BY number"
    bare = f"import sqlite3; sqlite3.connect({str(catalog)!r}).execute({query!r}).fetchall()"
    walls: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, words in (
            ("python", [sys.executable, "-c", "import sqlite3"]),
            ("query", [sys.executable, "-c", bare]),
            ("start", [programs / "sonic", "list", *empty]),
            ("list", [programs / "sonic", "list", *where]),
        ):
            walls.setdefault(name, []).append(timed(words, env).wall)
    seconds = {name: median(times) for name, times in walls.items()}
    asked_for = max(seconds["query"] - seconds["python"], 0.001)
    taken = seconds["list"] - seconds["start"]
    ratio = taken / asked_for
    mark = "ok" if ratio <= LIST_LIMIT else "**over**"
    return [
        f"sonic list over {asked.listed:,} sets: {seconds['list']:.3f} s, of that start-up "
        f"{seconds['start']:.3f} s; the bare query {asked_for:.3f} s",
        f"- ratio {ratio:.1f}, at most {LIST_LIMIT}: {mark}",
    ]


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="directory to work in")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--sets", type=int, default=365)
    parser.add_argument("--gone", type=int, default=300)
    parser.add_argument("--listed", type=int, default=10_000)
    asked = parser.parse_args()
    work = asked.work / "purging"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    env = clean_environment(work / "home")
    env |= {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "cache")}
    lines = [machine(), ""]
    lines += listing(asked, work, env)
    if shutil.which("restic") and asked.sets:
        lines += ["", *purging(asked, work, env)]
    print("\n".join(lines))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
