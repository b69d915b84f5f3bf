"""File systems that come and go: a small tmpfs, and a disk whose power can be cut."""

import fcntl
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.facilities import REQUIRED, need

EXT4_IOC_SHUTDOWN: Final = 0x8004587D
NO_LOG_FLUSH: Final = 2
"""Stop at once: neither data nor the file system's own journal is written out any more."""


def mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True, timeout=60)


def unmount(place: Path) -> None:
    """Unmount, with some patience for a process that is just ending."""
    for _ in range(100):
        done = subprocess.run(["umount", place], check=False, capture_output=True, timeout=60)
        if done.returncode == 0:
            return
        time.sleep(0.05)
    subprocess.run(["umount", "--lazy", place], check=False, capture_output=True, timeout=60)
    raise AssertionError(f"somebody still used it: {done.stderr.decode()}")


@contextmanager
def tmpfs(place: Path, size: str) -> Iterator[Path]:
    """Mount a tmpfs of *size* on *place*; `mount -o remount` changes it later."""
    need("tmpfs")
    place.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", place)
    try:
        yield place
    finally:
        if os.path.ismount(place):
            unmount(place)


@dataclass
class Disk:
    """An ext4 in a file, mounted on *place*."""

    image: Path
    place: Path

    def make(self, megabytes: int, inodes: int) -> None:
        """Create and mount it; skip the test where that cannot be."""
        need("root")
        self.place.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(megabytes << 20)
        try:
            words = ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", str(self.image)]
            words += ["-N", str(inodes)] if inodes else []
            subprocess.run(words, check=True, capture_output=True, timeout=60)
            self.mount()
        except (OSError, subprocess.CalledProcessError) as error:
            if REQUIRED:
                raise
            pytest.skip(f"needs an ext4 on a loop device: {error}")

    def mount(self, options: str = "loop") -> None:
        """Mount it again; the file system replays its journal as after a power cut."""
        mount("-o", options, self.image, self.place)

    def cut_power(self) -> None:
        """Lose, at this instant, all that was not flushed; then every write fails."""
        top = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(top, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(top)

    def unmount(self) -> None:
        """Take it away if it is there."""
        if os.path.ismount(self.place):
            unmount(self.place)


@contextmanager
def ext4(folder: Path, megabytes: int = 400, inodes: int = 0) -> Iterator[Disk]:
    """Give a freshly made disk, mounted on ``folder/disk``; *inodes* 0: as many as is usual."""
    disk = Disk(folder / "disk.image", folder / "disk")
    disk.make(megabytes, inodes)
    try:
        yield disk
    finally:
        disk.unmount()
        disk.image.unlink(missing_ok=True)
