"""Say how long each program takes to start, and which modules take the time.

python benchmarks/startup.py [--rounds N]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.measuring import clean_environment, install, timed  # noqa: E402

PROGRAMS: Final = ("tardis", "tardisd", "regenerate", "lstardis", "tardiff", "sonic")
SECONDS: Final = 0.15
SHOWN: Final = 12


def slowest(program: str, env: dict[str, str]) -> tuple[int, list[tuple[int, str]]]:
    """Return all microseconds of imports, and the modules that took most, themselves alone."""
    words = [sys.executable, "-X", "importtime", "-c", f"import tardis.cli.{program}"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    found = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            found.append((int(parts[0]), parts[2].strip()))
    return sum(own for own, _ in found), sorted(found, reverse=True)[:SHOWN]


def main() -> None:
    """Measure each program; the status says whether all are fast enough."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        env = clean_environment(Path(folder, "home"))
        scripts = install(Path(folder, "bin"))
        bare = median(timed([sys.executable, "-c", ""], env).wall for _ in range(asked.rounds))
        print(f"python alone: {bare:.3f} s")
        for program in PROGRAMS:
            walls = [timed([scripts / program, "--version"], env).wall for _ in range(asked.rounds)]
            whole, modules = slowest(program, env)
            is_good = is_good and median(walls) <= SECONDS
            print(
                f"{program} --version: median {median(walls):.3f} s, least {min(walls):.3f} s; "
                f"importing all of it: {whole / 1000:.0f} ms"
            )
            for own, name in modules:
                print(f"    {own / 1000:6.1f} ms  {name}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
