"""Eight releases of a project, one laid over the other: what all of them take in a store.

    bash benchmarks/corpus.sh DIR versions
    python benchmarks/releases.py --corpus DIR [--work DIR] [--write FILE]

Each release takes the place of the one before in one directory, in which a file that did not
change keeps its inode and times; then every program backs it up, compressing by zstd at its usual
level.  Ballast that is there for a full disk is left out.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import machine  # noqa: E402

HERE: Final = Path(__file__).parent
MIB: Final = 1 << 20
BALLAST: Final = ".reserve"


def run(place: Path, *words: object) -> None:
    """Run a program; what it says is shown when it fails."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(place),
        "RESTIC_PASSWORD": "bench",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
    done = subprocess.run(
        [str(word) for word in words], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace"))


def taken(folder: Path) -> int:
    """Return the bytes of all files below *folder*, ballast apart."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != BALLAST)
    return sum(path.stat().st_size for path in files)


class Tardis:
    """This program, without a daemon."""

    name = "tardis"

    def __init__(self, place: Path) -> None:
        self.place, self.store = place, place / "tardis"

    def begin(self) -> None:
        """Make nothing: the first run does that."""

    def save(self, tree: Path, number: int) -> None:
        """Back up."""
        start = "from tardis.cli.launch import tardis; tardis()"
        create = [] if self.store.exists() else ["--create"]
        where = ["--local", "--database", self.store, "--client", "bench", *create]
        how = ["--racy-window", "0", "--compress-data", "zstd", "--compress-min", "0"]
        name = ["--name", f"release {number}"]
        run(self.place, sys.executable, "-c", start, *where, *how, *name, tree)


class Restic:
    """restic, which always encrypts, with its usual compression."""

    name = "restic"

    def __init__(self, place: Path) -> None:
        self.place, self.store = place, place / "restic"

    def begin(self) -> None:
        """Make the repository."""
        run(self.place, "restic", "-q", "-r", self.store, "init")

    def save(self, tree: Path, number: int) -> None:
        """Back up."""
        run(self.place, "restic", "-q", "-r", self.store, "--compression", "auto", "backup", tree)


class Borg:
    """borg with zstd, without encryption."""

    name = "borg"

    def __init__(self, place: Path) -> None:
        self.place, self.store = place, place / "borg"

    def begin(self) -> None:
        """Make the repository."""
        run(self.place, "borg", "init", "--encryption", "none", self.store)

    def save(self, tree: Path, number: int) -> None:
        """Back up."""
        archive = f"{self.store}::release-{number}"
        run(self.place, "borg", "create", "--compression", "zstd,3", archive, tree)


def copies(store: Path) -> int:
    """Return the bytes of the copies of the catalog, which the others have none of."""
    return sum(path.stat().st_size for path in store.rglob("tardis.db.*.gz"))


def table(found: dict[str, list[int]], plain: list[int], spare: int) -> list[str]:
    """Return the sizes after each release, MiB, as a table; *spare* bytes of ours are copies."""
    names = list(found)
    lines = ["| release | MiB of files | " + " | ".join(names) + " |"]
    lines.append("|" + "---|" * (len(names) + 2))
    for number, size in enumerate(plain):
        cells = [f"{found[name][number] / MIB:.1f}" for name in names]
        lines.append(f"| {number + 1} | {size / MIB:.1f} | " + " | ".join(cells) + " |")
    best = min(found[name][-1] for name in names if name != Tardis.name)
    ours = found[Tardis.name][-1]
    ratio = ours / best
    verdict = "ok" if ratio <= 1 else "**over**"
    lines += [
        "",
        f"All of them: {ratio:.2f} x the better of the others, at most 1.00: {verdict}.",
        f"{spare / MIB:.1f} MiB of ours are copies of the catalog (`DBBackups` 5); "
        f"without them it is {(ours - spare) / best:.2f} x.",
    ]
    return lines


def measure(corpus: Path, place: Path) -> list[str]:
    """Back up all releases with all programs; return the table."""
    tree = place / "tree"
    programs = [kind(place) for kind in (Tardis, Restic, Borg) if _is_there(kind.name)]
    for program in programs:
        program.begin()
    found: dict[str, list[int]] = {program.name: [] for program in programs}
    plain = []
    for number in range(1, len(list((corpus / "versions").glob("v*"))) + 1):
        run(place, "bash", HERE / "corpus.sh", corpus, "state", number, tree)
        plain.append(taken(tree))
        for program in programs:
            program.save(tree, number)
            found[program.name].append(taken(program.store))
    return table(found, plain, copies(place / Tardis.name))


def _is_there(name: str) -> bool:
    return name == Tardis.name or shutil.which(name) is not None


def main() -> None:
    """Print the table, and write it where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", required=True, type=Path, metavar="DIR")
    parser.add_argument("--work", default=None, metavar="DIR")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        lines = [f"{machine()}", "", *measure(options.corpus.resolve(), Path(folder))]
    text = "\n".join(lines)
    print(text)
    if options.write is not None:
        options.write.write_text(f"# Releases laid over each other\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
