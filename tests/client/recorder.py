"""A line that only writes down what is said."""

from collections import deque

from tardis.protocol import Message


class Recorder:
    """Stands in for `net.Line`; hears what a test puts into `answers`."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.answers: deque[Message] = deque()
        self.beats = False
        self.binding = b""
        self.bytes_sent = self.messages_sent = self.messages_received = 0

    @property
    def bytes_received(self) -> int:
        return 0

    def say(self, message: Message) -> None:
        self.said.append(message)

    def hear(self, timeout: float | None = None) -> Message | None:
        return self.answers.popleft() if self.answers else None

    def start_heartbeat(self) -> None:
        self.beats = True
