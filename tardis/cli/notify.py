"""What systemd is told about a service: sd_notify(3), over the socket that it names."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Tells the service manager how the program is; where there is none, tells nobody.

    A message that does not arrive is lost: a service must not end because of its manager.

    Args:
        environ: With NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, as far as they are set.

    Attributes:
        watchdog: Seconds between two signs of life that are wanted, None where none are.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is in no file system: the kernel writes that as a zero.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        wanted, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
        is_meant = self._address and wanted.isdigit() and whose in ("", str(os.getpid()))
        self.watchdog = int(wanted) / 2_000_000 if is_meant and int(wanted) else None

    def tell(self, *lines: str) -> None:
        """Send *lines*, such as READY=1."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), self._address)

    def ready(self, status: str) -> None:
        """Say that the service stands, and how it is in words."""
        self.tell("READY=1", f"MAINPID={os.getpid()}", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that the configuration is being read; `ready` says that this is over."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self.tell("STOPPING=1", "STATUS=ending the visits that run")

    def alive(self) -> None:
        """Feed the watchdog."""
        self.tell("WATCHDOG=1")
