"""A server process of our own for one visit, reached by a private Unix socket."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from threading import Thread
from typing import Final

from tardis.model import LineLostError, TardisError, error_classes
from tardis.streams import FolderKind, PrivateFolder, make_folder

from .transport import Transport, dial_unix, is_socket_path

GRACE: Final = 600.0
"""Seconds the server has to finish its work once the line is closed, such as copies."""

SOCKET: Final = "socket"
FOLDER: Final = FolderKind("tardis-local-", (SOCKET,))
"""The private directory of the socket, and all that ever lies there."""

_POLL: Final = 0.005
_LAST_WORDS: Final = 10.0


class LocalServer:
    """A running server process, connected.

    Args:
        process: Its standard error is a pipe, which this reads.
        place: Private directory, removed once connected.

    Attributes:
        transport: The line to it, once `connect` has returned.
    """

    transport: Transport

    def __init__(self, process: subprocess.Popen[bytes], place: PrivateFolder) -> None:
        self._process = process
        self._place: PrivateFolder | None = place
        self._last = ""
        self._echo = Thread(target=self._pass_on, name="server-words", daemon=True)
        self._echo.start()

    def connect(self, path: str, timeout: float) -> None:
        """Connect to the socket at *path* as soon as it listens.

        Raises:
            LineLostError: It does not within *timeout* seconds, or the process ended.
            TardisError: What the exit status of the ended process stands for.
        """
        end = time.monotonic() + timeout
        while True:
            has_ended = self._process.poll() is not None
            try:
                self.transport = dial_unix(path, timeout)
            except LineLostError:
                if has_ended:
                    raise self._ended() from None
                if time.monotonic() >= end:
                    raise LineLostError(
                        f"the local server did not listen within {timeout:g} seconds",
                        hint="Is this machine very busy, or the disk of the store?",
                    ) from None
            else:
                self._forget_place()
                return
            time.sleep(_POLL)

    def wait(self, timeout: float) -> int | None:
        """Return the exit status, negative for a signal; None when *timeout* seconds pass."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self, grace: float = GRACE) -> None:
        """Close the line and let the process finish its work.

        A process that still runs after *grace* seconds is terminated, then killed; so is
        one whose client is interrupted while it waits here.
        """
        try:
            if hasattr(self, "transport"):
                self.transport.close()
                self.wait(grace)
        finally:
            self._end()
            self._echo.join(_LAST_WORDS)
            self._forget_place()

    def _forget_place(self) -> None:
        """Remove the directory; once connected nobody needs it, and we may be killed."""
        if self._place is not None:
            self._place.remove()
            self._place = None

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            if self.wait(_LAST_WORDS) is None:
                self._process.kill()
                self._process.wait()

    def _pass_on(self) -> None:
        """Repeat what the process says on its standard error on ours, line by line."""
        words = self._process.stderr
        if words is None:
            return
        with words:
            for raw in words:
                line = raw.decode(errors="backslashreplace")
                self._last = line.strip() or self._last
                if sys.stderr is not None:
                    sys.stderr.write(line)

    def _ended(self) -> TardisError:
        """Return the error for a process that ended before it listened."""
        self._echo.join(_LAST_WORDS)
        status = self._process.returncode
        words = f"the local server ended with status {status}"
        text = f"{words}: {self._last}" if self._last else words
        for kind in error_classes():
            if kind.exit_status == status and kind is not TardisError:
                return kind(text)
        return LineLostError(text)


def spawn_local(command: Sequence[str], directory: str, timeout: float) -> LocalServer:
    """Start a server for one visit and connect to it.

    It runs in a session of its own, so that Ctrl-C reaches only the client, which then
    ends the line in order.  What it writes to standard error appears on ours; its
    standard output is dropped.  Should we be killed, the broken pipe of its standard error
    tells it not to wait for us.

    Args:
        command: Program and arguments; ``--single --local SOCKET`` is added.
        directory: Where the socket's private directory is made; the system's temporary
            one when empty or too long a path for a socket.
        timeout: Seconds until it must listen.

    Raises:
        LineLostError: It cannot be started or does not listen in time.
        TardisError: It ended before it listened; of the class its status stands for.
    """
    place = _private_directory(directory)
    socket = os.path.join(place.path, SOCKET)
    try:
        process = subprocess.Popen(
            [*command, "--single", "--local", socket],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(place.descriptor,),
        )
    except OSError as error:
        place.remove()
        raise LineLostError(f"cannot start {command[0]}: {error.strerror}") from error
    server = LocalServer(process, place)
    try:
        server.connect(socket, timeout)
    except BaseException:
        server.close()
        raise
    return server


def _private_directory(directory: str) -> PrivateFolder:
    """Make a fresh directory for us alone, where the path of a socket is not too long."""
    sample = os.path.join(directory or tempfile.gettempdir(), f"{FOLDER.prefix}12345678", SOCKET)
    try:
        return make_folder(directory if is_socket_path(sample) else "", FOLDER)
    except OSError as error:
        raise LineLostError(f"cannot make a directory for the socket: {error}") from error
