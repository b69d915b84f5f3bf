"""File systems of many kinds, each in a file of its own on a loop device, or laid over others.

Whatever is mounted here is unmounted at the end, whether the test passed or not.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.facilities import need
from tests.whole.disks import mount, unmount

MAKERS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "ext4": (60, ("mkfs.ext4", "-q", "-F")),
    "xfs": (300, ("mkfs.xfs", "-q", "-f")),
    "btrfs": (160, ("mkfs.btrfs", "-q", "-f")),
    "vfat": (60, ("mkfs.vfat",)),
    "exfat": (60, ("mkfs.exfat",)),
}
"""Type → (megabytes at least, how it is made)."""

WITHOUT_OWNERS: Final = frozenset({"vfat", "exfat"})
"""Types that keep neither owners, modes nor links, and dates of two seconds."""


@dataclass
class Image:
    """A file system in a file; mounted on *place* while it is in use.

    Attributes:
        kind: Its type, as mountinfo tells it.
        file: The image.
        place: Where it is mounted.
    """

    kind: str
    file: Path
    place: Path

    def make(self, megabytes: int) -> None:
        """Write an empty file system into the file."""
        least, words = MAKERS[self.kind]
        with self.file.open("wb") as opened:
            opened.truncate(max(least, megabytes) << 20)
        subprocess.run([*words, self.file], check=True, capture_output=True, timeout=60)

    def mount(self, options: str = "loop") -> None:
        """Mount it, by *options* instead of the usual ones."""
        self.place.mkdir(parents=True, exist_ok=True)
        mount("-t", self.kind, "-o", options, self.file, self.place)

    def unmount(self) -> None:
        """Take it away if it is there."""
        if os.path.ismount(self.place):
            unmount(self.place)

    def remount(self, options: str = "loop") -> None:
        """Take it away and mount it anew, as a reboot would; its inodes are forgotten."""
        self.unmount()
        self.mount(options)

    def device(self) -> int:
        """Return its device number of today."""
        return self.place.stat().st_dev


@contextmanager
def image(folder: Path, kind: str, megabytes: int = 0) -> Iterator[Image]:
    """Give a fresh file system of *kind*, mounted on ``folder/mounted``."""
    need("root" if kind == "ext4" else kind)
    folder.mkdir(parents=True, exist_ok=True)
    made = Image(kind, folder / "image", folder / "mounted")
    made.make(megabytes)
    made.mount()
    try:
        yield made
    finally:
        made.unmount()
        made.file.unlink(missing_ok=True)


@contextmanager
def clone(of: Image, folder: Path, options: str = "loop") -> Iterator[Image]:
    """Give a copy of an image, its UUID included, mounted beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Image(of.kind, folder / "image", folder / "mounted")
    subprocess.run(["cp", "--sparse=always", of.file, made.file], check=True, timeout=60)
    made.mount(options)
    try:
        yield made
    finally:
        made.unmount()
        made.file.unlink(missing_ok=True)


@contextmanager
def renumbered(of: Image, folder: Path) -> Iterator[None]:
    """Mount an image anew under another device number: others of its kind take the old one."""
    before = of.device()
    takers: list[Image] = []
    try:
        while of.device() == before:
            assert len(takers) < 9, "it comes back under its old number again and again"
            of.unmount()
            taker = Image(of.kind, folder / f"taker{len(takers)}", folder / f"taken{len(takers)}")
            takers.append(taker)
            taker.make(0)
            taker.mount()
            of.mount()
        yield
    finally:
        for taker in takers:
            taker.unmount()
            taker.file.unlink()


@dataclass
class Overlay:
    """An overlay over *lower*, with what is changed in *upper*; mounted on *place*."""

    lower: tuple[Path, ...]
    upper: Path
    place: Path

    def mount(self, options: str = "") -> None:
        """Lay it over."""
        work = self.upper.with_name("work")
        for folder in (self.upper, work, self.place):
            folder.mkdir(parents=True, exist_ok=True)
        layers = ":".join(map(str, self.lower))
        words = f"lowerdir={layers},upperdir={self.upper},workdir={work}{options}"
        mount("-t", "overlay", "-o", words, "overlay", self.place)

    def unmount(self) -> None:
        """Take it away if it is there."""
        if os.path.ismount(self.place):
            unmount(self.place)

    def remount(self, options: str = "") -> None:
        """Take it away and lay it over anew."""
        self.unmount()
        self.mount(options)


@contextmanager
def overlay(lower: tuple[Path, ...], upper: Path, place: Path) -> Iterator[Overlay]:
    """Give an overlay, mounted on *place*."""
    need("overlay")
    made = Overlay(lower, upper, place)
    made.mount()
    try:
        yield made
    finally:
        made.unmount()
