"""A directory that this machine's own kernel serves by NFS 4.2, and mounts from its loopback."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.facilities import need
from tests.whole.disks import mount, unmount
from tests.whole.logged import told
from tests.whole.world import end

NFSD: Final = Path("/proc/fs/nfsd")
ALONE: Final = Path("/run/lock/tardis-test-nfs")
"""A kernel has one server: tests that run at the same time take turns."""


@dataclass
class Export:
    """A served directory.

    Attributes:
        served: It, as the server sees it.
        place: Where it is mounted.
    """

    served: Path
    place: Path
    options: str = ""
    undo: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Serve it, and mount it."""
        for folder in (self.served, self.place):
            folder.mkdir(parents=True, exist_ok=True)
        if not (NFSD / "threads").exists():
            mount("-t", "nfsd", "nfsd", NFSD)
        if (NFSD / "threads").read_text().strip() != "0":
            told("rpc.nfsd", "0")
        answering = subprocess.Popen(
            ["rpc.mountd", "--foreground", "--no-nfs-version", "3"], start_new_session=True
        )
        self.undo.callback(end, answering)
        (NFSD / "nfsv4gracetime").write_text("10")
        told("rpc.nfsd", "--no-nfs-version", "3", "--host", "127.0.0.1", "2")
        self.undo.callback(told, "rpc.nfsd", "0")
        (NFSD / "v4_end_grace").write_text("Y")
        self.serve()
        self.undo.callback(told, "exportfs", "-u", "-a")
        self.mount()
        self.undo.callback(self.unmount)

    def serve(self) -> None:
        """Let it be mounted."""
        words = "rw,no_root_squash,no_subtree_check,fsid=0,insecure"
        told("exportfs", "-o", words, f"127.0.0.1:{self.served}")

    def withdraw(self) -> None:
        """Serve it no more: whoever has it mounted is told that nothing is there."""
        told("exportfs", "-u", f"127.0.0.1:{self.served}")
        told("exportfs", "-f")

    def mount(self) -> None:
        """Mount it."""
        mount("-t", "nfs4", "-o", f"vers=4.2,soft{self.options}", "127.0.0.1:/", self.place)

    def unmount(self) -> None:
        """Take it away."""
        if self.place.is_mount():
            unmount(self.place)

    def remount(self) -> None:
        """Take it away and mount it anew: all that the client knew is forgotten."""
        self.unmount()
        self.mount()


@contextmanager
def export(folder: Path, options: str = "") -> Iterator[Export]:
    """Give a fresh directory, served and mounted; *options* begin with a comma."""
    need("nfs")
    with ALONE.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = Export(folder / "served", folder / "far", options)
        with made.undo:
            made.start()
            yield made
