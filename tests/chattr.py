"""File flags by the programs that people set them with; what is locked is unlocked in the end."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

NEEDED: Final = pytest.mark.skipif(shutil.which("chattr") is None, reason="chattr is missing")


def chattr(words: str, path: Path) -> None:
    """Change the flags of *path* as *words* say, such as ``+id``."""
    subprocess.run(["chattr", words, path], check=True, capture_output=True)


def lsattr(path: Path) -> str:
    """Return the flags of *path* as letters, without those that people do not set."""
    done = subprocess.run(["lsattr", "-d", path], check=True, capture_output=True, text=True)
    return "".join(letter for letter in done.stdout.split()[0] if letter not in "-eINE")


@contextmanager
def unlocked(place: Path) -> Iterator[Path]:
    """Take the locks from all below *place* in the end, or nobody could remove it."""
    try:
        yield place
    finally:
        words = ["chattr", "-R", "-f", "-i", "-a", str(place)]
        subprocess.run(words, check=False, capture_output=True)
