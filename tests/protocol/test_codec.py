"""Frames: both languages agree, and hostile ones are refused before memory is spent."""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import LocalProtocolError, RemoteProtocolError
from tardis.protocol import MAX_FRAME, Message
from tardis.protocol.codec import MAX_GREETING, MAX_ITEMS, Decoder, Encoder
from tardis.protocol.messages import (
    Alive,
    Contents,
    Differ,
    Fingerprints,
    Owners,
    Trouble,
    UploadPart,
)
from tardis.streams import MESSAGE_CODECS, MessageCoder
from tests.protocol.samples import ANY_MESSAGE, hello

COMPRESSED = 1 << 31
MIB = 1 << 20


def framed(payload: bytes, flag: int = 0) -> bytes:
    return struct.pack("!I", len(payload) | flag) + payload


def packed(*values: Any) -> bytes:
    made: bytes = msgpack.packb(values)
    return made


def open_decoder(compression: str = "none") -> Decoder:
    """Return a decoder that has been greeted."""
    decoder = Decoder()
    decoder.limit = MAX_FRAME
    if compression != "none":
        decoder.coder = MessageCoder(compression)
    return decoder


def decode(wire: bytes, decoder: Decoder | None = None) -> Message | None:
    decoder = decoder or open_decoder()
    decoder.receive_data(wire)
    return decoder.next_message()


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Insist that Python's memory never grows by more than *size* bytes meanwhile."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= size


@given(ANY_MESSAGE, st.sampled_from(MESSAGE_CODECS))
def test_both_languages_and_all_codecs_say_the_same(message: Message, compression: str) -> None:
    for is_json in (False, True):
        encoder, decoder = Encoder(), open_decoder(compression)
        encoder.is_json = is_json
        if compression != "none":
            encoder.coder = MessageCoder(compression)
        assert decode(encoder.encode(message), decoder) == message
        assert decoder.heard_json is is_json


@given(st.lists(ANY_MESSAGE, max_size=6), st.integers(1, 5000), st.booleans())
def test_where_the_bytes_are_cut_does_not_matter(
    said: list[Message], size: int, is_stream: bool
) -> None:
    encoder, decoder = Encoder(), open_decoder("zlib-stream" if is_stream else "none")
    encoder.coder = MessageCoder("zlib-stream") if is_stream else None
    said = [*said, UploadPart(9000, 0, bytes(range(250)) * 36), Alive()]
    wire = b"".join(map(encoder.encode, said))
    heard = []
    for start in range(0, len(wire), size):
        decoder.receive_data(wire[start : start + size])
        while (message := decoder.next_message()) is not None:
            heard.append(message)
    assert heard == said


def test_nothing_comes_of_nothing() -> None:
    decoder = Decoder()
    decoder.receive_data(b"")
    assert decoder.next_message() is None


@pytest.mark.parametrize(
    ("limit", "length"),
    [(MAX_GREETING, MAX_GREETING + 1), (MAX_FRAME, MAX_FRAME + 1), (MAX_FRAME, (1 << 30) - 1)],
)
@pytest.mark.parametrize("flag", [0, COMPRESSED, 1 << 30])
def test_a_length_over_the_limit_is_refused_before_the_rest_comes(
    limit: int, length: int, flag: int
) -> None:
    decoder = open_decoder("zlib")
    decoder.limit = limit
    with at_most(MIB), pytest.raises(RemoteProtocolError, match=f"{length} bytes is over"):
        decode(struct.pack("!I", length | flag), decoder)


def test_an_answer_in_tls_is_known_for_what_it_is() -> None:
    with pytest.raises(RemoteProtocolError, match="encrypted connection") as caught:
        decode(bytes.fromhex("15030100020246"), Decoder())
    assert "--ssl" in caught.value.hint


def test_a_length_of_just_the_limit_is_waited_for() -> None:
    assert decode(struct.pack("!I", MAX_FRAME)) is None


def test_a_greeting_may_not_be_long() -> None:
    wire = Encoder().encode(Trouble("store", "x" * MAX_GREETING, ""))
    with pytest.raises(RemoteProtocolError, match="over the limit"):
        decode(wire, Decoder())


def test_a_message_the_peer_would_refuse_is_our_bug() -> None:
    with pytest.raises(LocalProtocolError, match=r"upload\.part"):
        Encoder().encode(UploadPart(0, 0, bytes(MAX_FRAME)))


NESTINGS: dict[str, Callable[[], bytes]] = {
    "msgpack": lambda: b"\x91" * 10_000,
    "msgpack, each claiming many": lambda: (b"\xdc\x40\x00" * 1020).ljust(MAX_FRAME, b"\0"),
    "msgpack, each claiming all": lambda: (b"\xdd\0\x3f\0\0" * 1020).ljust(MAX_FRAME, b"\0"),
    "json": lambda: b"[" * 10_000,
    "json, closed": lambda: b"[" * 10_000 + b"]" * 10_000,
    "json objects": lambda: b'["x",' + b'{"b":' * 10_000,
}


@pytest.mark.parametrize("name", NESTINGS)
def test_deep_nesting_is_refused(name: str) -> None:
    wire = framed(NESTINGS[name]())
    with at_most(150 * MIB), pytest.raises(RemoteProtocolError, match="cannot be parsed"):
        decode(wire)


CLAIMS = {
    "array": b"\x92\xa6differ\xdd" + struct.pack("!I", 10_000_000),
    "string": b"\x91\xdb" + struct.pack("!I", 10_000_000),
    "bytes": b"\x91\xc6" + struct.pack("!I", 10_000_000),
    "map": b"\x91\xdf" + struct.pack("!I", 10_000_000),
    "extension": b"\x91\xc9" + struct.pack("!I", 10_000_000) + b"\1",
    "a list too long": packed("differ", 0, tuple(range(MAX_ITEMS + 1))),
    "cut": packed("alive")[:-1],
    "more behind": packed("alive") + b"\0",
    "a map": b"\x92\xa5alive\x81\x01\x02",
    "an extension": b"\x92\xa5alive\xd4\x01\x02",
    "a time": b"\x92\xa5alive\xd6\xff\0\0\0\0",
    "no utf-8": b"\x91\xa1\xff",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_empty_claims_and_odd_types_are_refused(name: str) -> None:
    with at_most(4 * MIB), pytest.raises(RemoteProtocolError, match="cannot be parsed"):
        decode(framed(CLAIMS[name]))


def test_a_list_of_the_most_items_is_heard() -> None:
    longest = Differ(0, tuple(range(MAX_ITEMS)))
    assert decode(Encoder().encode(longest)) == longest


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("no such thing",),
        ("alive", 1),
        ("message",),
        ("",),
        (5,),
        (b"alive",),
        ("differ", 1),
        ("differ", 1, (1, "2")),
        ("differ", True, ()),
        ("differ", 1.0, ()),
        ("differ", None, ()),
        ("upload.part", 1, 0, "text"),
        ("trouble", b"store", "x", ""),
        ("fingerprints", 1, ((1, 2, 3, b"", None, 4),)),
        ("fingerprints", 1, ((1, 2, 3, b"", 0, 4, b""),)),
        ("owners", ((1, 1, b"root"),)),
        ("contents", ((1, 2, 0, b"", b"", 1, 0, None),)),
        ("root.add", b"/", (1, 2), b"", ()),
    ],
)
def test_what_has_another_shape_is_no_message(values: tuple[Any, ...]) -> None:
    for payload in (packed(*values), json.dumps(values, default=lambda raw: {"b": ""}).encode()):
        with pytest.raises(RemoteProtocolError):
            decode(framed(payload))


@pytest.mark.parametrize(
    "text",
    [
        '["trouble", "\\ud800", "", ""]',
        '["differ", 36893488147419103232, []]',
        '["differ", 1, [-36893488147419103232]]',
        '["differ", ' + "9" * 5000 + ", []]",
        '["upload.part", 1, 0, {"b": "*"}]',
        '["upload.part", 1, 0, {"b": 1}]',
        '["upload.part", 1, 0, {"a": ""}]',
        '["upload.part", 1, 0, {"b": "", "a": 1}]',
        '["upload.part", 1, 0, {"b": "\u00e9"}]',
        '["alive"] x',
        '["alive"',
    ],
)
def test_json_cannot_say_what_msgpack_cannot(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be parsed"):
        decode(framed(text.encode()))


@pytest.mark.parametrize("message", [Owners(((False, 0, b"root"),)), Fingerprints(1, ())])
def test_one_types_truth_is_not_anothers(message: Message) -> None:
    assert decode(Encoder().encode(message)) == message


def test_a_compressed_frame_must_have_been_agreed_on() -> None:
    with pytest.raises(RemoteProtocolError, match="none was agreed"):
        decode(framed(zlib.compress(packed("alive")), COMPRESSED))


@pytest.mark.parametrize("compression", MESSAGE_CODECS[1:])
def test_a_bomb_is_refused_within_bounds(compression: str) -> None:
    bomb = MessageCoder(compression).compress(bytes(80 * MIB))
    assert len(bomb) < MAX_FRAME
    with at_most(16 * MIB), pytest.raises(RemoteProtocolError, match="compressed message"):
        decode(framed(bomb, COMPRESSED), open_decoder(compression))


@pytest.mark.parametrize("compression", MESSAGE_CODECS[1:])
@given(noise=st.binary(max_size=100))
def test_compressed_noise_is_refused(compression: str, noise: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(framed(noise, COMPRESSED), open_decoder(compression))


def test_small_messages_are_not_compressed() -> None:
    encoder = Encoder()
    encoder.coder = MessageCoder("zlib")
    assert encoder.encode(hello()) == Encoder().encode(hello())


def test_a_message_of_many_contents_comes_out_whole() -> None:
    data = bytes(8192)
    many = Contents(tuple((1, place, 0, b"", b"d" * 32, 8192, 0, data) for place in range(32)))
    assert decode(Encoder().encode(many)) == many
