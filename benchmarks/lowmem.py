"""Back up and restore as on a small machine, and say how much memory the largest process took.

    python benchmarks/lowmem.py --work DIR [--tree DIR | --files N]

With the settings that docs/small-machines.md gives, word by word: a first backup, one of the
unchanged tree, one after 50 edits, a restore and a check; all of it once more encrypted, and
once with --local.  Counted is, as everywhere here, each process by itself: what ru_maxrss tells
without what the process that starts it brings along.  The status is 1 above 96 MiB.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.compare import edit  # noqa: E402
from benchmarks.measuring import (  # noqa: E402
    Daemon,
    clean_environment,
    install,
    machine,
    timed,
)
from benchmarks.million import build  # noqa: E402

PAGE: Final = ROOT / "docs/small-machines.md"
MEMORY_MIB: Final = 96
SETTLED: Final = ("--racy-window", "0")
PLAIN, SEALED, LOCAL = "plain", "encrypted", "local"


def profile(page: str, work: Path, env: dict[str, str]) -> dict[str, Path]:
    """Write the configuration files of the page; return them by name.

    Its variables go into *env*, by which every program finds them and the files.
    """
    found: dict[str, Path] = {}
    for name, text in re.findall(r"`/etc/tardis/([\w.]+)`:\n\n```\w+\n(.*?)```", page, re.S):
        found[name] = work / name
        found[name].write_text(text, encoding="utf-8")
    env["TARDIS_DEFAULTS"] = str(found["system.defaults"])
    env["TARDIS_DAEMON_CONFIG"] = env["TARDIS_LOCAL_CONFIG"] = str(found["tardisd.cfg"])
    return found


class Trial:
    """One kind of backup of a tree; counts what each step takes.

    Attributes:
        worst: Bytes of the largest process so far.
    """

    def __init__(self, kind: str, daemon: Daemon, tree: Path) -> None:
        self.kind, self.worst = kind, 0
        self._daemon, self._tree = daemon, tree

    def step(self, name: str, words: list[str | Path]) -> None:
        """Run one program, beside a daemon of its own where it needs one."""
        is_backup = Path(words[0]).name == "tardis" and self.kind != LOCAL
        server = 0
        if is_backup:
            self._daemon.start()  # anew for each run, so that each has a peak of its own
            words = [str(self._daemon.port) if word == "PORT" else word for word in words]
        try:
            run = timed(words, self._daemon.env)
            server = self._daemon.peak() if is_backup else 0
        finally:
            self._daemon.stop()
        self.worst = max(self.worst, run.peak, server)
        shown = server >> 20 if is_backup else "-"
        print(
            f"| {self.kind} | {name} | {run.wall:.1f} | {run.peak >> 20} | {shown} |",
            flush=True,
        )

    def backup(self, name: str, create: bool = False) -> None:
        """Back the tree up."""
        daemon = self._daemon
        where: list[str | Path] = ["--server", "127.0.0.1", "--port", "PORT"]
        if self.kind == LOCAL:
            where = ["--local", "--database", daemon.base]
        new = ["--create"] if create else []
        words = [*where, "--client", self.kind, *new, *SETTLED, *daemon.login, *daemon.more]
        self.step(name, [daemon.bin / "tardis", *words, self._tree])

    def all(self, seed: int) -> None:
        """Do every step."""
        daemon = self._daemon
        self.backup("first", create=True)
        self.backup("unchanged")
        edit(self._tree, seed)
        self.backup("50 files changed")
        out = daemon.base.parent / "out"
        where: list[str | Path] = ["-D", daemon.base, "-C", self.kind, *daemon.login]
        self.step("restore", [daemon.bin / "regenerate", *where, "-o", out, self._tree])
        shutil.rmtree(out)
        self.step("check", [daemon.bin / "sonic", "check", *where, "--read-data"])


def main() -> None:
    """Measure what the command line names, and say whether the limit holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="directory to work in")
    parser.add_argument("--tree", type=Path, help="tree to measure with; it is copied")
    parser.add_argument("--files", type=int, default=80_000, help="files of a tree made for it")
    asked = parser.parse_args()
    work = asked.work / "lowmem"
    shutil.rmtree(work, ignore_errors=True)
    env = clean_environment(work / "home")
    tree = work / "tree"
    if asked.tree:
        shutil.copytree(asked.tree, tree, symlinks=True)
    else:
        build(tree, asked.files)
    files = profile(PAGE.read_text(encoding="utf-8"), work, env)
    secret = work / "home" / "password"
    secret.write_text("plinth-otter-vacuum-gable\n", encoding="ascii")
    bin_, more = install(work / "bin"), ("--config", files["tardis.cfg"])
    print(machine())
    print("\n| backup | step | seconds | client, MiB | daemon, MiB |\n|---|---|---|---|---|")
    worst = 0
    for seed, kind in enumerate((PLAIN, SEALED, LOCAL)):
        login = ("--password-file", secret) if kind == SEALED else ()
        trial = Trial(kind, Daemon(bin_, work / "store", env, login=login, more=more), tree)
        trial.all(seed)
        worst = max(worst, trial.worst)
    shutil.rmtree(work)
    is_good = worst >> 20 <= MEMORY_MIB
    print(f"\nworst {worst >> 20} MiB of {MEMORY_MIB}: {'ok' if is_good else 'over'}")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
