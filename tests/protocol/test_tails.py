"""Bytes behind the packed part of a frame: the same values, and nothing that was not said."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import RemoteProtocolError
from tardis.protocol.codec import MAX_FRAME, Decoder, Encoder, frame_length, release
from tardis.protocol.messages import Alive, Contents, Message, UploadPart
from tardis.streams import MessageCoder, pack
from tests.protocol.samples import messages_of

HAS_TAIL = 1 << 30


def decode(frame: bytes) -> Message | None:
    decoder = Decoder()
    decoder.limit = MAX_FRAME
    decoder.receive_data(frame)
    return decoder.next_message()


def tailed(values: list[Any], tail: bytes, packed_size: int | None = None, flag: int = 0) -> bytes:
    packed = pack(values)
    size = len(packed) if packed_size is None else packed_size
    body = struct.pack("!I", size) + packed + tail
    return struct.pack("!I", len(body) | HAS_TAIL | flag) + body


@given(st.one_of(messages_of(Contents), messages_of(UploadPart)))
def test_what_is_said_arrives(message: Message) -> None:
    frame = Encoder().encode(message)
    assert struct.unpack_from("!I", frame)[0] & HAS_TAIL
    assert decode(frame) == message


def test_the_bytes_themselves_are_handed_on() -> None:
    encoder, data = Encoder(), bytes(5000)
    parts = encoder.encode_parts(Contents(((1, 2, 0, b"", b"d" * 32, 5000, 0, data),)))
    assert parts[2] is data
    frame = b"".join(parts)
    release(parts)
    found = decode(frame)
    assert isinstance(found, Contents)
    view = found.items[0][7]
    assert isinstance(view, memoryview)
    assert view.obj is frame


@pytest.mark.parametrize("is_json", [False, True])
def test_what_is_compressed_or_for_people_to_read_has_no_tail(is_json: bool) -> None:
    encoder = Encoder()
    encoder.is_json = is_json
    encoder.coder = None if is_json else MessageCoder("zlib")
    message = UploadPart(4, 0, b"data")
    frame = encoder.encode(message)
    assert not struct.unpack_from("!I", frame)[0] & HAS_TAIL
    assert decode(frame) == message


ITEM = (1, 2, 0, b"", b"d" * 32, 3, 0)


@pytest.mark.parametrize(
    "frame",
    [
        tailed(["contents", [[*ITEM, 3]]], b"ab"),
        tailed(["contents", [[*ITEM, 3]]], b"abcd"),
        tailed(["contents", [[*ITEM, -1], [*ITEM, 4]]], b"abc"),
        tailed(["contents", [[*ITEM, b"abc"]]], b""),
        tailed(["contents", [[*ITEM]]], b""),
        tailed(["upload.part", 3, 0, 2, 0, b""], b"abc"),
        tailed(["upload.part", 3, 0, b"abc", 0, b""], b""),
        tailed(["alive"], b""),
        tailed(["nothing"], b""),
        tailed([["contents"]], b""),
        tailed(["contents", []], b"", packed_size=1 << 31),
        tailed(["contents", []], b"", flag=1 << 31),
        struct.pack("!IH", 2 | HAS_TAIL, 0),
    ],
)
def test_what_does_not_fit_is_refused(frame: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match=r"no message of ours|cannot be parsed"):
        decode(frame)


def test_how_long_a_frame_is_can_be_told_from_its_head() -> None:
    for message in (Alive(), UploadPart(4, 0, b"data")):
        frame = Encoder().encode(message)
        assert frame_length(frame[:4]) == len(frame) - 4
    assert frame_length(struct.pack("!I", MAX_FRAME + 1)) == 0
