"""What all parts of one backup run share: the line, the options, the counters."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from tardis.crypto import Seals, SetSum
from tardis.model import Observer, RemoteProtocolError, Report
from tardis.protocol import Message
from tardis.protocol.messages import AddFilesystems, SetOpened
from tardis.scan import DENIED, AttributeReader, Filesystems, FolderReader, Identity

from .options import JobOptions
from .proving import Prover
from .sealing import seal_filesystem
from .summing import Summing

M = TypeVar("M", bound=Message)


class Talk(Protocol):
    """What a job needs of a line; see `net.Line`."""

    bytes_sent: int
    messages_sent: int
    messages_received: int

    @property
    def bytes_received(self) -> int:
        """Count what came."""

    @property
    def binding(self) -> bytes:
        """What tells a secured line from any other."""

    def say(self, message: Message) -> None:
        """Send *message*."""

    def hear(self, timeout: float | None = None) -> Message | None:
        """Return the next message, None when *timeout* seconds bring none."""

    def start_heartbeat(self) -> None:
        """Send and expect signs of life."""


def expect(line: Talk, kind: type[M]) -> M:
    """Return the next message, which must be of *kind*.

    Raises:
        RemoteProtocolError: It is another one.
    """
    message = line.hear()
    if not isinstance(message, kind):
        raise RemoteProtocolError(f"the server did not answer with {kind.KIND}")
    return message


class Run:
    """One backup run, once its set is open.

    Attributes:
        seals: What names and contents are sealed with; None: they are sent in clear.
        prover: Makes the codes of entries; None where they have none.
        sum: Of what is walked, where entries have codes.
        filesystems: Rows of devices; new ones are announced at once.
        attributes: Reads extended attributes and ACLs, as far as they are kept.
        observer: Hears how it goes on.
        expected_bytes: That are to be sent at the least, as far as is known at its beginning.
        is_watched: Somebody does.
        watches_files: The observer wants to hear of each file, not only of those that
            changed meanwhile.
    """

    def __init__(
        self,
        line: Talk,
        options: JobOptions,
        opened: SetOpened,
        report: Report,
        seals: Seals | None = None,
    ) -> None:
        self.seals = seals
        self.prover: Prover | None = None
        self.sum: Summing | None = None
        if seals is not None and seals.entries is not None:
            self.prover = Prover(seals, seals.entries, opened.number)
            self.sum = Summing(SetSum(seals.ring))
        self.line = line
        self.options = options
        self.opened = opened
        self.report = report
        self.expected_bytes = 0
        self.observer = Observer()
        self.is_watched = self.watches_files = False
        self.clock: Callable[[], float] = time.time
        told = (opened.filesystems, self._announce, opened.digest_key)
        self.filesystems = Filesystems(*told, options.origins)
        self.attributes = AttributeReader.wanted(options.takes_xattrs, options.takes_acls)

    def watch(self, observer: Observer | None) -> None:
        """Let *observer* hear how it goes on."""
        if observer is not None:
            self.observer = observer
            self.is_watched = True
            self.watches_files = type(observer).file_done is not Observer.file_done

    def open_folder(self, path: bytes, directory: Identity) -> FolderReader:
        """Return a reader for the files of a directory; the caller closes it.

        Raises:
            SourceError: It is gone or may not be opened.
        """
        window = self.options.racy_window
        return FolderReader(path, directory, self.filesystems, window, self.clock)

    def blame(self, path: bytes, errno: int, reason: str) -> bool:
        """Count *path*, which is there and cannot be read; tell whether it is left out."""
        if errno in DENIED and self.options.leaves_out_unreadable:
            self.leave_out(path, reason)
            return True
        self.report.add_problem(path, reason)
        return False

    def leave_out(self, path: bytes, reason: str) -> None:
        """Count *path* as left out for want of access."""
        self.report.left_out += 1
        self.remark(path, f"left out: {reason}")

    def remark(self, path: bytes, reason: str) -> None:
        """Tell the curious why *path* is passed over."""
        if self.options.remark is not None:
            self.options.remark(path, reason)

    def _announce(self, item: tuple[int, str, bytes, bool, bool]) -> None:
        if self.seals is not None:
            item = seal_filesystem(self.seals, item)
        self.line.say(AddFilesystems((item,)))
