"""One side of a conversation, as bytes in and messages out. No sockets here."""

from threading import Lock

from tardis.model import LocalProtocolError, RemoteProtocolError
from tardis.streams import MESSAGE_CODECS, MessageCoder

from .codec import MAX_FRAME, Decoder, Encoder
from .conversation import State, Table, Way
from .messages import Hello, Message, Welcome


class Session:
    """Turns messages into bytes and back, and keeps both sides to the table.

    Sending and hearing may happen in two threads, each only in one.

    Args:
        table: `conversation.CLIENT` or `conversation.SERVER`.
        is_json: Speak JSON; the server follows what it hears.
    """

    def __init__(self, table: Table, *, is_json: bool = False) -> None:
        self._table = table
        self._encoder = Encoder()
        self._decoder = Decoder()
        self._encoder.is_json = is_json
        self._compression = "none"
        self._turn = Lock()
        self.state = State.GREETING

    def send(self, message: Message) -> bytes:
        """Return the bytes to write for *message*.

        Raises:
            LocalProtocolError: It is not our turn to say this.
        """
        self._advance(message)
        frame = self._encoder.encode(message)
        self._notice(message)
        return frame

    def send_parts(self, message: Message) -> list[bytes | memoryview]:
        """Return the bytes to write for *message* in parts, without copying them.

        `release` them before the next message is sent.

        Raises:
            LocalProtocolError: It is not our turn to say this.
        """
        self._advance(message)
        parts = self._encoder.encode_parts(message)
        self._notice(message)
        return parts

    def _advance(self, message: Message) -> None:
        with self._turn:
            after = self._table.get((self.state, Way.SENT, type(message)))
            if after is None:
                raise LocalProtocolError(f"cannot send {message.KIND} while {self.state.name}")
            self.state = after

    def may_send(self, kind: type[Message]) -> bool:
        """Tell whether a message of *kind* could be sent now."""
        return (self.state, Way.SENT, kind) in self._table

    def receive_data(self, data: bytes | memoryview) -> None:
        """Add *data*, any number of bytes as they came off the wire, never to be changed."""
        self._decoder.receive_data(data)

    def next_message(self) -> Message | None:
        """Return the next whole message, or None until more data arrives.

        Raises:
            RemoteProtocolError: The peer spoke nonsense or out of turn.
        """
        message = self._decoder.next_message()
        if message is None:
            return None
        with self._turn:
            after = self._table.get((self.state, Way.GOT, type(message)))
            if after is None:
                raise RemoteProtocolError(f"the peer sent {message.KIND} while {self.state.name}")
            self.state = after
        if isinstance(message, Hello):
            self._encoder.is_json = self._decoder.heard_json
        self._notice(message)
        return message

    def _notice(self, message: Message) -> None:
        """Switch to what the greeting agreed on, at the same frame on both sides."""
        if isinstance(message, Hello):
            if message.compression not in MESSAGE_CODECS:
                raise RemoteProtocolError("the peer asks for an unknown compression")
            self._compression = message.compression
        elif isinstance(message, Welcome):
            self._decoder.limit = MAX_FRAME
            if self._compression != "none":
                self._encoder.coder = MessageCoder(self._compression)
                self._decoder.coder = MessageCoder(self._compression)
