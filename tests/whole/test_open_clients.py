"""Clients on other machines, in a network of its own: who is served, and who is told to log."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.whole.trees import grow
from tests.whole.world import CLIENT, SETTLED, World, free_port, wait_until

ONE, TWO = "plinth-otter-vacuum-gable", "xK9-wq-7Zr-2pL"
RIGHTS, WRONG = 16, 12
ADDRESS = "192.0.2.7"
"""Documentation's own (RFC 5737): it is on no interface but the one made here."""

FAIL2BAN = r"login failed for client .* from (\S+)$"
"""What docs/security.md gives to fail2ban, with <HOST> written out."""

NETWORK = f"""
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    name = b"lo:1".ljust(16, b"\\0")
    address = struct.pack("<HH4s8x", socket.AF_INET, 0, socket.inet_aton("{ADDRESS}"))
    fcntl.ioctl(line, 0x8914, b"lo".ljust(16, b"\\0") + struct.pack("<H", 0x1 | 0x40))
    fcntl.ioctl(line, 0x8916, name + address)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Brings loopback up, with a second address that is none of loopback's."""


class Elsewhere(World):
    """A world whose daemon and clients share a network in which they are not local."""

    def open(self, *options: str) -> None:
        """Start the daemon."""
        self.port = free_port()
        words = ["--database", self.base, "--allow-new-hosts", "--bind", ADDRESS, "--port",
                 self.port, *options]  # fmt: skip
        before = ["unshare", "-n", sys.executable, "-c", NETWORK]
        self.base.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.daemon = self.start("tardisd", *words, stdout=log, stderr=log, before=before)
        wait_until(self._listens, "the daemon listens")

    def _listens(self) -> bool:
        assert self.daemon is not None and self.daemon.poll() is None, self.log.read_text()
        path = Path(f"/proc/{self.daemon.pid}/net/tcp")
        time.sleep(0.02)
        return f":{self.port:04X} 00000000:0000 0A" in path.read_text()

    def visit(self, tree: Path, *words: str, status: int = 0, create: bool = False) -> str:
        """Back *tree* up from the other side; return what was said."""
        assert self.daemon is not None
        creating = ["--create"] if create else []
        done = self.run(
            "tardis", "--server", ADDRESS, "--port", self.port, "--client", CLIENT, *SETTLED,
            *creating, *words, tree, status=status,
            before=["nsenter", f"--net=/proc/{self.daemon.pid}/ns/net"],
        )  # fmt: skip
        return done.err


@pytest.mark.root
def test_a_client_without_a_password_is_served_here_alone_unless_all_are(tmp_path: Path) -> None:
    world = Elsewhere(tmp_path)
    tree = grow(world.place / "tree", 3)
    try:
        world.open()
        said = world.visit(tree, status=RIGHTS, create=True)
        assert "on its own machine only" in said and "AllowOpen" in said
        assert not (world.base / CLIENT).exists()
        given = ("--password", ONE, "--kdf", "low")
        world.visit(tree, *given, create=True)
        world.visit(tree, *given)
        assert "no terminal" in world.visit(tree, status=WRONG)
        for _ in range(2):
            assert "password is wrong" in world.visit(tree, "--password", TWO, status=WRONG)
        refused = re.findall(FAIL2BAN, world.log.read_text(), re.M)
        assert refused == [ADDRESS] * 2
        state = world.base / ".server" / "logins"
        assert f'"{CLIENT} {ADDRESS}"' in state.read_text()
        world.stop_daemon()
        subprocess.run(["rm", "-rf", world.base], check=True)
        world.open("--allow-open")
        world.visit(tree, create=True)
        world.visit(tree)
        assert len(world.complete()) == 2
    finally:
        world.close()
