"""A large file that changes a little: what a second run sends, stores, needs and takes.

    python benchmarks/bigfile.py [--size MIB] [--place DIR] [--rounds N] [--signature]

Makes a file of noise (2 GiB), backs it up, rewrites 200 blocks of 4 KiB and inserts 10 pieces,
backs it up again and restores it; prints what was wanted beside what was measured.  The second
run is compared with `rdiff signature` and `rdiff delta` of the same blocks one after the other,
the restore with `cp` and `rdiff patch`, all on the same disk and with warm files; these two in
turn, each when the disk has nothing left to write, and the median counts.  With --signature the
client sends the signature of the file with it.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MIB = 1 << 20
BLOCK = 4096
BLOCKS = 200
INSERTIONS = 10
INSERTED = 100


def make(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))


def change(old: Path, new: Path) -> int:
    """Write the changed file; return how many bytes of it are new."""
    dice = random.Random(1)
    size = old.stat().st_size
    blocks = sorted(dice.sample(range(size // BLOCK), BLOCKS + INSERTIONS))
    inserts = set(dice.sample(blocks, INSERTIONS))
    with old.open("rb") as source, new.open("wb") as out:
        for block in blocks:
            left = block * BLOCK - source.tell()
            while left:
                left -= out.write(source.read(min(left, MIB)))
            if block in inserts:
                out.write(os.urandom(INSERTED))
            else:
                out.write(os.urandom(BLOCK))
                source.seek(BLOCK, 1)
        shutil.copyfileobj(source, out, MIB)
    return BLOCKS * BLOCK + INSERTIONS * INSERTED


class Program:
    """A program that has run: how long, how long processors worked, the most memory, bytes.

    Both count the processes that it began.
    """

    def __init__(self, place: Path, *words: object) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(place)}
        begun = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in words], env=environment, cwd=place, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        self.text = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        self.seconds = time.monotonic() - begun
        self.worked = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024
        assert status == 0, self.text


def tardis(place: Path, program: str, *words: object) -> Program:
    start = f"from tardis.cli.{program} import main; main()"
    return Program(place, sys.executable, "-c", start, *words)


def warm(folder: Path) -> None:
    """Read all files below *folder*: what rdiff reads was written a moment ago, and is warm."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(MIB):
                    pass


def stored(base: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in base.rglob("*") if path.is_file())


def sent(done: Program) -> int:
    """Return the bytes the client sent, as the store's catalog has them."""
    found = [line for line in done.text.splitlines() if line.startswith("Messages:")]
    return int(float(found[0].split("(")[1].split()[0]) * _unit(found[0].split("(")[1].split()[1]))


def _unit(word: str) -> int:
    return {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[word.rstrip("),")]


def line(what: str, value: str, limit: str) -> None:
    print(f"{what:<34} {value:>14}   wanted: {limit}", flush=True)


def by_rdiff(place: Path, old: Path, new: Path) -> list[Program]:
    """Return `rdiff signature` and `rdiff delta` as they have run."""
    return [
        Program(place, "rdiff", "signature", f"--block-size={BLOCK}", "--sum-size=16", old, "sig"),
        Program(place, "rdiff", "delta", "sig", new, "delta"),
    ]


def patched(place: Path, old: Path) -> list[Program]:
    """Return `cp` and `rdiff patch` as they have run; what they made is gone."""
    done = [
        Program(place, "cp", old, "copy"),
        Program(place, "rdiff", "patch", "copy", "delta", "patched"),
    ]
    for name in ("copy", "patched"):
        (place / name).unlink()
    return done


def restored(place: Path, base: Path, path: Path) -> list[Program]:
    """Return a restore of *path* as it has run; it was compared, and is gone."""
    out = place / "out"
    out.mkdir()
    where = ("--database", base, "--client", "box", "--output", out)
    done = tardis(place, "regenerate", *where, path)
    subprocess.run(["cmp", str(path), str(out / "file")], check=True)
    shutil.rmtree(out)
    return [done]


def beside(what: str, ours: list[list[Program]], peers: list[list[Program]], most: str) -> None:
    """Print the medians of the rounds of ours and of others; a round is one after the other."""
    taken, theirs = (statistics.median(sum(p.seconds for p in r) for r in g) for g in (ours, peers))
    work, others = (statistics.median(sum(p.worked for p in r) for r in g) for g in (ours, peers))
    line(what, f"{taken / theirs:.2f} x", most)
    print(
        f"{'':<34} {taken:>6.1f} : {theirs:.1f} s, processors {work:.1f} : {others:.1f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=2048, metavar="MIB")
    parser.add_argument("--place", default=None, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--signature", action="store_true")
    options = parser.parse_args()
    more = ("--signature",) if options.signature else ()
    with tempfile.TemporaryDirectory(dir=options.place) as folder:
        measure(Path(folder), options.size * MIB, options.rounds, more)


def measure(place: Path, size: int, rounds: int, more: tuple[str, ...]) -> None:
    tree, base, path = place / "tree", place / "base", place / "tree" / "file"
    tree.mkdir()
    make(path, size)
    where = ("--local", "--database", base, "--client", "box")
    words = (*where, "--racy-window", "0", "--stats", *more, tree)
    first = tardis(place, "tardis", "--create", *words)
    print(f"{'first run':<34} {first.seconds:>12.1f} s, processors {first.worked:.1f} s")
    old = place / "old"
    path.rename(old)
    changed = change(old, path)
    before = stored(base)
    warm(base)
    second = tardis(place, "tardis", *words)
    grown = stored(base) - before
    print(f"{'second run':<34} {second.seconds:>12.1f} s")
    line("bytes that changed", f"{changed}", "")
    line("store has grown by", f"{grown / changed:.2f} x", "3 x the changed bytes")
    line("client has sent", f"{sent(second) / changed:.2f} x", "2 x the changed bytes")
    line("client's memory", f"{second.memory / MIB:.0f} MiB", "128 MiB")
    server = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    line("most memory of any process", f"{server / MIB:.0f} MiB", "128 MiB")
    beside("second run, beside rdiff", [[second]], [by_rdiff(place, old, path)], "1 x both")
    ours, peers = [], []
    for _ in range(rounds):
        os.sync()
        ours.append(restored(place, base, path))
        os.sync()
        peers.append(patched(place, old))
    beside("restore, beside cp + rdiff patch", ours, peers, "1.5 x")


if __name__ == "__main__":
    main()
