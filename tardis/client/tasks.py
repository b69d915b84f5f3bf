"""What is wanted of listings, and what waits for an answer."""

from typing import NamedTuple

from tardis.scan import Read


class Task(NamedTuple):
    """What is wanted of one listing: positions of contents, positions of digests."""

    request: int
    contents: tuple[int, ...]
    digests: tuple[int, ...]


class Told(NamedTuple):
    """A file whose digest the server thinks about; *data* only while there is room."""

    read: Read
    digest: bytes
    data: bytes | None
    mac: bytes = b""
