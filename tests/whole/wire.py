"""The wire by hand: frames built from its description, and not from the product's code.

A frame is a big-endian u32 length, its top bit set when compressed, then a msgpack array.
"""

import re
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgpack

from tests.whole.world import World

VERSION: Final = 1
ENTRY: Final = struct.Struct("<IIIQqIqIIQIQIH")


def frame(*parts: object) -> bytes:
    packed: bytes = msgpack.packb(list(parts))
    return struct.pack("!I", len(packed)) + packed


def described() -> dict[str, list[str]]:
    """Return the types of the fields of each message, as the page on the protocol tells them."""
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for kind, table in re.findall(r"^### `([a-z.]+)`, from(.*?)(?=^##)", page, re.M | re.S):
        found[kind] = re.findall(r"^\| `\w+` \| ([^|]+) \|", table, re.M)
    return found


FIELDS: Final = described()
NOTHING: Final = {"int": 0, "bytes": b"", "text": "", "bool": False, "bytes or nil": None}


def said(kind: str, *values: object) -> bytes:
    """Return a frame with all fields of *kind*; the last ones, if left out, tell of nothing."""
    types = FIELDS[kind]
    assert len(values) <= len(types), f"{kind} has {len(types)} fields"
    return frame(kind, *values, *(NOTHING.get(one, ()) for one in types[len(values) :]))


def hello(client: str, compression: str = "none", version: int = VERSION) -> bytes:
    return frame("hello", version, "a test", client, compression, True, "")


def open_set(name: str = "", **more: Any) -> bytes:
    """Ask for a set; *more* takes the place of the usual wishes."""
    wanted = {
        "format": "",
        "priority": -1,
        "is_creating": True,
        "is_forced": False,
        "is_full": False,
        "lineage": b"lineage",
        "label": "label",
        "client_time": 0,
        "command_line": b"",
        "config": b"",
        "scheme": "",
        "session": "session",
        "keys": b"",
        "head": 0,
    }
    assert more.keys() <= wanted.keys()
    return frame("set.open", name, *(wanted | more).values())


class Line:
    """A connection by hand."""

    def __init__(self, world: World) -> None:
        self.socket = world.dial()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send, whether or not the other side still listens."""
        with suppress(OSError):
            self.socket.sendall(data)

    def half_close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def hear(self) -> list[Any]:
        """Return the next message; an empty list when the line is closed."""
        head = self._exactly(4)
        if len(head) < 4:
            return []
        parsed = msgpack.unpackb(self._exactly(struct.unpack("!I", head)[0]), strict_map_key=False)
        assert isinstance(parsed, list)
        return parsed

    def hear_all(self) -> list[list[Any]]:
        """Return all messages until the other side closes the line."""
        heard = []
        while message := self.hear():
            heard.append(message)
        return heard

    def _exactly(self, size: int) -> bytes:
        data = b""
        with suppress(ConnectionError):
            while len(data) < size and (more := self.socket.recv(size - len(data))):
                data += more
        return data


def opened(line: Line, client: str = "evil", **more: Any) -> list[Any]:
    """Greet and open a set; return the answer."""
    line.send(hello(client))
    assert line.hear()[0] == "welcome"
    line.send(open_set(**more))
    return line.hear()


def entry(name: bytes, mode: int = 0o100644, size: int = 3, filesystem: int = 1) -> bytes:
    """Pack one entry of a listing."""
    return (
        ENTRY.pack(mode, 0, 0, size, 1, 0, 1, 0, filesystem, 77, 1, 0, 0xFFFFFFFF, len(name)) + name
    )


def begun(line: Line) -> None:
    """Open a set with one file system and one root."""
    assert opened(line)[0] == "set.opened"
    line.send(said("filesystem.add", ((1, "ext4", b"key", True, True),)))
    ancestor = (b"top", 0o40755, 0, 0, 1, 0, b"")
    line.send(said("root.add", b"/top", (1, 2, 0), b"", (ancestor,)))


def wait_for(line: Line, kind: str) -> list[Any]:
    """Hear messages until one of *kind* comes."""
    while message := line.hear():
        if message[0] == kind:
            return message
    raise AssertionError(f"never heard {kind}")
