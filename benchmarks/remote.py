"""Reading by HTTP, beside reading the directory: a tree, a large file, and many at once.

    python benchmarks/remote.py [--tree DIR | --files N] [--size MIB] [--downloads N] [--place DIR]

Backs a tree up (80,000 small files unless one is named) and a file of noise (2 GiB), serves
both by tardisremote on loopback, and restores them from the directory and over HTTP in turn.

The large file is compared with `cat` in two ways.  Downloaded as it lies, nothing proved and
nothing written, beside `cat` to nowhere: what the server and the line can do.  Restored to a
file, every byte proved, beside `cat` to a file: what a person gets.  Then it is downloaded
many times at once, and the server's memory is looked at.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
MIB = 1 << 20
CLIENT = "box"
ROUNDS = 3


def words(program: str) -> list[str]:
    return [sys.executable, "-c", f"from tardis.cli.{program} import main; main()"]


def environment(place: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(place)}


def timed(place: Path, *command: object, out: Path = Path(os.devnull)) -> float:
    """Run *command*, whose output goes to *out*; return seconds."""
    begun = time.monotonic()
    told = list(map(str, command))
    with out.open("wb") as file:
        subprocess.run(told, env=environment(place), cwd=place, stdout=file, check=True)
    return time.monotonic() - begun


def grow(tree: Path, files: int) -> None:
    """Make small files, 40 to a directory."""
    for number in range(files):
        folder = tree / f"{number // 4000:03d}" / f"{number // 40 % 100:02d}"
        if number % 40 == 0:
            folder.mkdir(parents=True)
        (folder / f"file-{number}").write_bytes(os.urandom(64) * (1 + number % 257))


@contextmanager
def serving(place: Path, base: Path) -> Iterator[tuple[int, int]]:
    """Serve *base*; give the port and the process's number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--database", str(base), "--bind", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen([*words("tardisremote"), *options], env=environment(place))
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.05)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def peak(process: int) -> float:
    """Return the most memory that a process ever had, MiB."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def restores(place: Path, where: dict[str, str], tree: Path) -> dict[str, float]:
    """Return the median seconds of a restore from each place, made in turn.

    Making files on one disk takes four times as long in one minute as in another.
    """
    taken: dict[str, list[float]] = {name: [] for name in where}
    for _ in range(ROUNDS):
        for name, database in where.items():
            out = place / "out"
            target = ("-D", database, "-C", CLIENT, "-o", out, tree)
            os.sync()
            taken[name].append(timed(place, *words("regenerate"), *target))
            shutil.rmtree(out)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def downloads(port: int, path: str, count: int) -> float:
    """Download a stored file *count* times at once; return seconds."""

    def one(line: http.client.HTTPConnection, cookie: str) -> None:
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        assert answer.status == 200, answer.status
        room = bytearray(MIB)
        while answer.readinto(room):
            pass
        line.close()

    begun = time.monotonic()
    threads = []
    for _ in range(count):
        line = http.client.HTTPConnection("127.0.0.1", port)
        body = json.dumps({"client": CLIENT, "slot": "main", "bound": False})
        line.request("POST", "/api/v1/login/begin", body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        answer.read()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        threads.append(threading.Thread(target=one, args=(line, cookie)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begun


def large_file(place: Path, url: str, large: Path, download: Callable[[], float]) -> None:
    """Compare a large file by HTTP with `cat` of it, as it lies and restored."""
    copy, restored = place / "copy", place / "restored"
    far = (*words("regenerate"), "-D", url, "-C", CLIENT, "-o", restored, large)
    rows = []
    for _ in range(ROUNDS):
        cat, raw = timed(place, "cat", large), download()
        written, proved = timed(place, "cat", large, out=copy), timed(place, *far)
        rows.append((cat, raw, written, proved))
        copy.unlink()
        restored.unlink()
    cat, raw, written, proved = (min(column) for column in zip(*rows, strict=True))
    print(f"large file: {cat:.2f} s by cat to nowhere, {raw:.2f} s by HTTP as it lies")
    line("speed of a download, beside cat", f"{cat / raw:.2f} x", "0.3 x")
    print(f"large file: {written:.2f} s by cat to a file, {proved:.2f} s restored by HTTP, proved")
    line("speed of a restore, beside cat to a file", f"{written / proved:.2f} x", "0.3 x")


def line(what: str, value: str, limit: str) -> None:
    print(f"{what:<38} {value:>12}   wanted: {limit}", flush=True)


def measure(place: Path, options: argparse.Namespace) -> None:
    base, tree, large = place / "base", options.tree, place / "large"
    if tree is None:
        tree = place / "tree"
        grow(tree, options.files)
    with large.open("wb") as file:
        for _ in range(options.size):
            file.write(os.urandom(MIB))
    job = ("--local", "--database", base, "--client", CLIENT, "--racy-window", "0")
    timed(place, *words("tardis"), *job, "--create", tree, large)
    with serving(place, base) as (port, process):
        url = f"http://127.0.0.1:{port}"
        least = restores(place, {"directory": str(base), "http": url}, tree)
        print(
            f"restore of the tree: {least['directory']:.2f} s here, {least['http']:.2f} s by HTTP"
        )
        line(
            "restore by HTTP, beside the directory",
            f"{least['http'] / least['directory']:.2f} x",
            "1.5 x",
        )
        line("server's memory", f"{peak(process):.0f} MiB", "128 MiB")
        stored = max(
            (path for path in base.rglob("*") if path.is_file()), key=lambda one: one.stat().st_size
        )
        path = f"/api/v1/reader/{CLIENT}/file/{stored.name}/0"
        large_file(place, url, large, lambda: downloads(port, path, 1))
        seconds = downloads(port, path, options.downloads)
        speed = options.downloads * options.size / seconds
        print(f"{options.downloads} at once: {seconds:.2f} s, {speed:.0f} MiB/s together")
        line("server's memory with all of them", f"{peak(process):.0f} MiB", "128 MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tree", type=Path, metavar="DIR")
    parser.add_argument("--files", type=int, default=80_000, metavar="N")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB")
    parser.add_argument("--downloads", type=int, default=20, metavar="N")
    parser.add_argument("--place", default=None, metavar="DIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.place) as folder:
        measure(Path(folder), options)


if __name__ == "__main__":
    main()
