"""The programs that ours is measured beside: restic, and borg where it is installed.

Each encrypts and compresses with zstd.  All methods but `begin` return the words of a command.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Protocol

Words = list[str | Path]


class Peer(Protocol):
    """One of them, with one repository, which `begin` makes.

    Attributes:
        name: Of its rows.
    """

    name: str

    def begin(self) -> None: ...
    def backup(self, tree: Path) -> Words: ...
    def restore(self, out: Path) -> Words: ...
    def listing(self) -> Words: ...


class Restic:
    name = "restic"

    def __init__(self, work: Path, env: dict[str, str]) -> None:
        self.repository, self._env = work / "restic", env
        env |= {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(work / "restic-cache")}

    def _words(self, *words: str | Path) -> Words:
        return ["restic", "--quiet", "-r", self.repository, *words]

    def begin(self) -> None:
        shutil.rmtree(self.repository, ignore_errors=True)
        subprocess.run(self._words("init"), env=self._env, check=True, capture_output=True)

    def backup(self, tree: Path) -> Words:
        return self._words("backup", tree)

    def restore(self, out: Path) -> Words:
        return self._words("restore", "latest", "--target", out)

    def listing(self) -> Words:
        return self._words("ls", "latest")


class Borg:
    name = "borg"

    def __init__(self, work: Path, env: dict[str, str]) -> None:
        self.repository, self._env, self._archives = work / "borg", env, 0
        env |= {"BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(work / "borg-home")}

    def begin(self) -> None:
        shutil.rmtree(self.repository, ignore_errors=True)
        shutil.rmtree(self._env["BORG_BASE_DIR"], ignore_errors=True)
        words = ["borg", "init", "--encryption", "repokey-blake2", str(self.repository)]
        subprocess.run(words, env=self._env, check=True, capture_output=True)

    def _archive(self) -> str:
        return f"{self.repository}::{self._archives}"

    def backup(self, tree: Path) -> Words:
        self._archives += 1
        return ["borg", "create", "--compression", "zstd,3", self._archive(), tree]

    def restore(self, out: Path) -> Words:
        script = 'mkdir "$1" && cd "$1" && exec borg extract "$2"'  # it writes where it stands
        return ["sh", "-c", script, "sh", out, self._archive()]

    def listing(self) -> Words:
        return ["borg", "list", self._archive()]


def peers(work: Path, env: dict[str, str]) -> list[Peer]:
    """Return those that are installed; what they need of the environment goes into *env*."""
    kinds: tuple[type[Restic] | type[Borg], ...] = (Restic, Borg)
    return [kind(work, env) for kind in kinds if shutil.which(kind.name)]
