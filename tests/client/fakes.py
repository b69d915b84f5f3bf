"""A server that only keeps what it hears, and answers as it is told to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tardis.model import LineLostError, Listed
from tardis.net import Line, Transport, memory_pair
from tardis.protocol import CLIENT, PROTOCOL, SERVER, Message, Session, listing, messages

KEY = bytes(range(32))
REGULAR = 0o100000

Wish = Callable[[int, int, Listed], str]
"""(request, position, entry) → ``content``, ``digest`` or nothing."""


def wants_all(request: int, position: int, entry: Listed) -> str:
    return "content"


def wants_digests(request: int, position: int, entry: Listed) -> str:
    return "digest"


@dataclass
class FakeServer:
    """Hears one backup.

    Attributes:
        wish: What is wanted of each regular file that is listed.
        known: Digests whose contents are not wanted.
        newest: (name, age in ns) of the newest set.
        remembered: (identity, start) → (end, count, fingerprint): same as last time.
    """

    is_first: bool = True
    wish: Wish = wants_all
    known: set[bytes] = field(default_factory=set)
    remembered: dict[tuple[object, ...], tuple[object, ...]] = field(default_factory=dict)
    filesystems: tuple[tuple[int, str, bytes], ...] = ()
    heard: list[Message] = field(default_factory=list)
    listings: dict[int, messages.Listing] = field(default_factory=dict)
    contents: dict[tuple[int, int], bytes] = field(default_factory=dict)
    states: dict[tuple[int, int], tuple[int, bytes]] = field(default_factory=dict)
    unread: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    newest: tuple[str, int] = ("", 0)
    entries: int = 0
    directories: int = 0
    on_unread: Callable[[], tuple[tuple[int, int, bool], ...]] = tuple
    _part: tuple[tuple[int, int], list[bytes]] = ((0, 0), [])

    def start(self) -> tuple[Line, threading.Thread]:
        """Return the client's line to this server, and the thread to join."""
        near, far = memory_pair()
        thread = threading.Thread(target=self.serve, args=(far,), daemon=True)
        thread.start()
        return Line(near, Session(CLIENT)), thread

    def serve(self, transport: Transport) -> None:
        line = Line(transport, Session(SERVER))
        try:
            while True:
                message = line.hear()
                assert message is not None
                self.heard.append(message)
                for answer in self.answers(message):
                    line.say(answer)
                if isinstance(message, messages.Goodbye):
                    return
        except LineLostError:
            return  # the client gave up
        finally:
            line.close()

    def answers(  # noqa: C901, PLR0911, PLR0912 - one case for each message
        self, message: Message
    ) -> list[Message]:
        match message:
            case messages.Hello():
                return [messages.Welcome(PROTOCOL, "fake")]
            case messages.AskNewest():
                return [messages.Newest(*self.newest)]
            case messages.OpenSet():
                opened = messages.SetOpened(
                    1, "set", self.is_first, bytes(16), "modern", KEY, self.filesystems
                )
                return [opened]
            case messages.Fingerprints():
                return [self.differ(message)]
            case messages.Listing():
                return [self.judge(message)]
            case messages.Digests():
                wanted = tuple((r, p, d not in self.known) for r, p, _, _, d, _ in message.items)
                for r, p, marks, state, _, _ in message.items:
                    self.states[r, p] = (marks, state)
                return [messages.DigestVerdicts(wanted)]
            case messages.Contents():
                for r, p, marks, state, _, _, _, data in message.items:
                    self.contents[r, p] = bytes(data)
                    self.states[r, p] = (marks, state)
            case messages.UploadBegin():
                self._part = ((message.request, message.position), [])
            case messages.UploadPart():
                self._part[1].append(message.data)
            case messages.UploadEnd():
                self.contents[self._part[0]] = b"".join(self._part[1])
                self.states[self._part[0]] = (message.marks, message.state)
            case messages.Unread():
                for r, p, outcome, reason in message.items:
                    self.unread[r, p] = (outcome, reason)
                if again := self.on_unread():
                    return [messages.DigestVerdicts(again)]
            case messages.CloseSet():
                return [messages.SetClosed("set", 0, 0, 0, 0)]
        return []

    def differ(self, message: messages.Fingerprints) -> messages.Differ:
        differing = []
        for at, (*identity, start, end, count, looks) in enumerate(message.items):
            if self.remembered.get((*identity, start)) == (end, count, looks):
                self.entries += count
                self.directories += not start
            else:
                differing.append(at)
        return messages.Differ(message.request, tuple(differing))

    def judge(self, message: messages.Listing) -> messages.Verdicts:
        assert message.request == len(self.listings)
        self.listings[message.request] = message
        if message.fingerprint:
            place = (*message.directory, message.start)
            count = sum(1 for _ in listing.iter_listing(message.entries))
            self.remembered[place] = (message.end, count, message.fingerprint)
        wishes: dict[str, list[int]] = {"content": [], "digest": [], "": []}
        self.directories += not message.start
        for at, entry in enumerate(listing.iter_listing(message.entries)):
            self.entries += 1
            if entry.mode & 0o170000 == REGULAR:
                wishes[self.wish(message.request, at, entry)].append(at)
        return messages.Verdicts(message.request, tuple(wishes["content"]), tuple(wishes["digest"]))

    def of_kind(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if type(message) is kind]

    def names(self) -> dict[tuple[int, int], bytes]:
        """Return (request, position) → name of all that was listed."""
        return {
            (request, at): entry.name
            for request, told in self.listings.items()
            for at, entry in enumerate(listing.iter_listing(told.entries))
        }

    def files(self) -> dict[bytes, bytes]:
        """Return name → bytes of all that was sent; names must be unique."""
        names = self.names()
        return {names[place]: data for place, data in self.contents.items()}
