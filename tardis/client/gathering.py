"""What is said of small files, many to a message."""

from typing import Final

from tardis.protocol.messages import Contents, Digests, Unread

from .run import Talk

FRAME_BYTES: Final = 256 << 10
"""Stored bytes of small contents that are gathered into one message."""

FRAME_ITEMS: Final = 1000
"""Items of one message, at most."""


Content = tuple[int, int, int, bytes, bytes, int, int, bytes]
"""An item of `Contents`."""


class Gathering:
    """Gathers items, each with its code where entries have one, and says them.

    Args:
        line: To the server.
    """

    def __init__(self, line: Talk) -> None:
        self._line = line
        self._contents: list[Content] = []
        self._contents_bytes = 0
        self._content_macs: list[bytes] = []
        self._digests: list[tuple[int, int, int, bytes, bytes, int]] = []
        self._digest_macs: list[bytes] = []
        self._unread: list[tuple[int, int, int, str]] = []
        self._unread_macs: list[bytes] = []

    def content(self, item: Content, mac: bytes) -> bool:
        """Gather a small content; tell whether all that were gathered were said."""
        self._contents.append(item)
        if mac:
            self._content_macs.append(mac)
        self._contents_bytes += len(item[7])
        if self._contents_bytes < FRAME_BYTES and len(self._contents) < FRAME_ITEMS:
            return False
        self._say_contents()
        return True

    def contents(self, items: list[Content], macs: list[bytes]) -> None:
        """Gather some small contents, a batch that is sent as one or with others."""
        self._contents += items
        self._content_macs += macs
        self._contents_bytes += sum([len(item[7]) for item in items])
        if self._contents_bytes >= FRAME_BYTES or len(self._contents) >= FRAME_ITEMS:
            self._say_contents()

    def digest(self, item: tuple[int, int, int, bytes, bytes, int], mac: bytes) -> bool:
        """Gather a digest; tell whether all that were gathered were said."""
        self._digests.append(item)
        self._digest_macs.append(mac)
        if len(self._digests) < FRAME_ITEMS:
            return False
        self._say_digests()
        return True

    def unread(self, item: tuple[int, int, int, str], mac: bytes) -> None:
        """Gather a file that could not be read."""
        self._unread.append(item)
        self._unread_macs.append(mac)

    def flush(self) -> None:
        """Say what was gathered."""
        self._say_contents()
        self._say_digests()
        if self._unread:
            self._line.say(Unread(tuple(self._unread), b"".join(self._unread_macs)))
            self._unread, self._unread_macs = [], []

    def _say_contents(self) -> None:
        if self._contents:
            self._line.say(Contents(tuple(self._contents), b"".join(self._content_macs)))
            self._contents, self._content_macs = [], []
            self._contents_bytes = 0

    def _say_digests(self) -> None:
        """Say digests, behind the contents that were read before: some may be theirs."""
        self._say_contents()
        if self._digests:
            self._line.say(Digests(tuple(self._digests), b"".join(self._digest_macs)))
            self._digests, self._digest_macs = [], []
