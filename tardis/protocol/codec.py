"""Message ↔ one frame of bytes.

A frame is a big-endian u32, its lower 30 bits the length of what follows and its top
bit set when that is compressed by the agreed method; then [kind, field, ...] in msgpack,
or in JSON when a person wants to read along (bytes as {"b": base64}).  JSON is told from
msgpack by its first byte.  The second bit tells of bytes behind the packed part, see
`tails`: then its length stands first, a big-endian u32.
"""

import base64
import json
import struct
from collections import deque
from dataclasses import fields
from typing import Any, Final

from tardis.model import IntegrityError, LocalProtocolError, RemoteProtocolError
from tardis.streams import FramePacker, MessageCoder, unpack

from .messages import MESSAGES, Message
from .shapes import message_check, values_check
from .tails import TAILED, Buffer, cut_tail, join_tail

PROTOCOL: Final = 1
"""Version of the conversation; the sides must agree."""

MAX_FRAME: Final = 4 << 20
"""Largest payload either side accepts, bytes, compressed or not."""

MAX_GREETING: Final = 4 << 10
"""Largest payload before the other side is known, bytes."""

WORTH_COMPRESSING: Final = 256
"""Payloads below this many bytes are sent as they are."""

WORTH_A_VIEW: Final = 4 << 10
"""Payloads from this many bytes on are parsed where they lie instead of being copied."""

MAX_ITEMS: Final = 1 << 14
"""Most items of any list in a message.

A parser may make room for as many as are declared before it sees them, and lists may be
declared within lists, so without this a frame could take a thousand times its size.
"""

_LENGTH = struct.Struct("!I")
_COMPRESSED: Final = 1 << 31
_HAS_TAIL: Final = 1 << 30
_FLAGS: Final = _COMPRESSED | _HAS_TAIL
_TLS_ALERT: Final = b"\x15\x03"
"""What a TLS server that is spoken to in clear begins its answer with."""
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_BY_KIND = {kind.KIND: kind for kind in MESSAGES}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in MESSAGES}
_CHECKS = {kind: message_check(kind) for kind in MESSAGES}
_TAILED_CHECKS = {kind: values_check(hints) for kind, hints in TAILED.items()}
_ODD: Final = "the peer sent a frame that is no message of ours"


class Encoder:
    """Turns the messages of one direction into frames.

    Attributes:
        coder: Compresses payloads once it is set.
        is_json: Frames are readable by a person.
    """

    def __init__(self) -> None:
        self.coder: MessageCoder | None = None
        self.is_json = False
        self._packer = FramePacker()

    def encode(self, message: Message) -> bytes:
        """Return *message* as one frame, length included.

        Raises:
            LocalProtocolError: It is longer than the peer would accept.
        """
        parts = self.encode_parts(message)
        frame = b"".join(parts)
        release(parts)
        return frame

    def encode_parts(self, message: Message) -> list[Buffer]:
        """Return *message* as a frame in parts; `release` them before the next one.

        Raises:
            LocalProtocolError: It is longer than the peer would accept.
        """
        kind = type(message)
        values = [getattr(message, name) for name in _FIELDS[kind]]
        if kind in TAILED and self.coder is None and not self.is_json:
            return self._encode_tailed(kind, values)
        payload = self._pack([kind.KIND, *values])
        flag, plain_size = 0, len(payload)
        if self.coder is not None and plain_size >= WORTH_COMPRESSING:
            plain = bytes(payload)
            release([b"", payload])
            payload, flag = self.coder.compress(plain), _COMPRESSED
        size = len(payload)
        self._limit(kind, max(plain_size, size), payload)
        return [_LENGTH.pack(size | flag), payload]

    def _encode_tailed(self, kind: type[Message], values: list[Any]) -> list[Buffer]:
        values, pieces = cut_tail(kind, values)
        payload = self._pack([kind.KIND, *values])
        packed = len(payload)
        size = _LENGTH.size + packed + sum(map(len, pieces))
        self._limit(kind, size, payload)
        return [_LENGTH.pack(size | _HAS_TAIL) + _LENGTH.pack(packed), payload, *pieces]

    def _limit(self, kind: type[Message], size: int, payload: Buffer) -> None:
        if size > MAX_FRAME:
            release([b"", payload])
            raise LocalProtocolError(f"a {kind.KIND} of {size} bytes is over the limit")

    def _pack(self, parsed: list[Any]) -> bytes | memoryview:
        if self.is_json:
            return json.dumps(parsed, default=_bytes_to_json).encode()
        return self._packer.pack(parsed)


def release(parts: list[Buffer]) -> None:
    """Give the memory of the packed part of a frame back, where it is lent."""
    packed = parts[1]
    if isinstance(packed, memoryview):
        packed.release()


def frame_length(head: Buffer) -> int:
    """Return how many bytes follow the first four of a frame, *head*; no more than may be.

    What says more is looked at by a `Decoder`, which refuses it.
    """
    length: int = _LENGTH.unpack(head)[0] & ~_FLAGS
    return length if length <= MAX_FRAME else 0


class Decoder:
    """Takes messages off the bytes of one direction.

    Attributes:
        coder: Expands compressed payloads; None refuses them.
        limit: Largest payload accepted now, bytes.
        heard_json: The last message was JSON.
    """

    def __init__(self) -> None:
        self.coder: MessageCoder | None = None
        self.limit = MAX_GREETING
        self.heard_json = False
        self._chunks: deque[Buffer] = deque()
        self._start = 0
        self._have = 0
        self._word: int | None = None

    def receive_data(self, data: Buffer) -> None:
        """Add *data*, any number of bytes as they came off the wire, never to be changed."""
        if data:
            self._chunks.append(data)
            self._have += len(data)

    def next_message(self) -> Message | None:
        """Return the next whole message, or None until more data arrives.

        Raises:
            RemoteProtocolError: The frame is oversized or is no message of ours.
        """
        word = self._word
        if word is None:
            if self._have < _LENGTH.size:
                return None
            (word,) = _LENGTH.unpack(self._take(_LENGTH.size))
            self._word = word
        length = word & ~_FLAGS
        if length > self.limit:
            if _LENGTH.pack(word).startswith(_TLS_ALERT):
                raise RemoteProtocolError(
                    "the server wants an encrypted connection", hint="Say --ssl, or give its --pin."
                )
            raise RemoteProtocolError(f"a frame of {length} bytes is over the limit")
        if self._have < length:
            return None
        payload, self._word = self._take(length), None
        if word & _HAS_TAIL:
            return self._build_tailed(payload, is_compressed=bool(word & _COMPRESSED))
        return self._build(self._expand(payload) if word & _COMPRESSED else payload)

    def _take(self, count: int) -> Buffer:
        """Return the next *count* bytes, copied only where they are few or in pieces."""
        if not count:
            return b""
        first, start = self._chunks[0], self._start
        end = start + count
        if end > len(first):
            return self._take_pieces(count)
        self._have -= count
        self._start = end
        if end == len(first):
            self._chunks.popleft()
            self._start = 0
        return bytes(first[start:end]) if count < WORTH_A_VIEW else memoryview(first)[start:end]

    def _take_pieces(self, count: int) -> bytes:
        pieces: list[Buffer] = []
        while count:
            piece = self._take(min(count, len(self._chunks[0]) - self._start))
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def _expand(self, payload: Buffer) -> bytes:
        if self.coder is None:
            raise RemoteProtocolError("a compressed frame where none was agreed")
        try:
            return self.coder.expand(bytes(payload), self.limit)
        except IntegrityError as error:
            raise RemoteProtocolError(str(error)) from error

    def _build(self, payload: Buffer) -> Message:
        parsed = self._parse(payload)
        if type(parsed) is tuple and parsed and type(parsed[0]) is str:
            kind = _BY_KIND.get(parsed[0])
            values = parsed[1:]
            if kind is not None and _CHECKS[kind](values):
                return kind(*values)
        raise RemoteProtocolError(_ODD)

    def _build_tailed(self, payload: Buffer, *, is_compressed: bool) -> Message:
        if is_compressed or len(payload) < _LENGTH.size:
            raise RemoteProtocolError(_ODD)
        view = memoryview(payload)
        (packed,) = _LENGTH.unpack(view[: _LENGTH.size])
        end = _LENGTH.size + packed
        if end > len(view):
            raise RemoteProtocolError(_ODD)
        parsed = self._parse(view[_LENGTH.size : end])
        if type(parsed) is tuple and parsed and type(parsed[0]) is str:
            kind = _BY_KIND.get(parsed[0])
            if kind in TAILED and _TAILED_CHECKS[kind](parsed[1:]):
                try:
                    return kind(*join_tail(kind, parsed[1:], view[end:]))
                except ValueError as error:
                    raise RemoteProtocolError(_ODD) from error
        raise RemoteProtocolError(_ODD)

    def _parse(self, payload: Buffer) -> Any:
        self.heard_json = payload[:1] == b"["
        try:
            if self.heard_json:
                return _frozen(json.loads(bytes(payload), object_hook=_json_to_bytes))
            return unpack(payload, MAX_ITEMS)
        except (ValueError, RecursionError, KeyError) as error:
            raise RemoteProtocolError("the peer sent a frame that cannot be parsed") from error


def _bytes_to_json(value: bytes) -> dict[str, str]:
    return {"b": base64.b64encode(value).decode()}


def _json_to_bytes(found: dict[str, Any]) -> bytes:
    text = found["b"]
    if not isinstance(text, str) or len(found) != 1:
        raise ValueError("an object that is not bytes")
    return base64.b64decode(text, validate=True)


def _frozen(value: Any) -> Any:
    """Return *value* with its lists as tuples; refuses what msgpack could not have said."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, int) and not _LEAST <= value <= _MOST:
        raise ValueError("a number of more than 64 bits")
    return value
