"""Objects of the classic scheme: as documented, and refused when a single bit is another."""

import hashlib
import hmac
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import CHECK, ENVELOPE, Envelope, check_object
from tardis.crypto.envelope import padded, padding
from tardis.model import IntegrityError

KEY = bytes(range(32))
ENVELOPES = Envelope(KEY)


def by_openssl(key: bytes, stored: bytes) -> bytes:
    """Return what an object holds, as the program ``openssl`` says."""
    body, told = stored[:-64], stored[-64:].hex()
    words = ["openssl", "mac", "-digest", "SHA512", "-macopt", f"hexkey:{key.hex()}", "HMAC"]
    done = subprocess.run(words, input=body, capture_output=True, check=True)
    assert done.stdout.decode().strip().lower() == told
    words = ["openssl", "enc", "-d", "-aes-256-cbc", "-K", key.hex(), "-iv", body[:16].hex()]
    return subprocess.run(words, input=body[16:], capture_output=True, check=True).stdout


def test_the_first_block_is_that_of_nist() -> None:
    """Known answer of NIST SP 800-38A, F.2.5: AES-256 in CBC mode."""
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    stored = Envelope(key).wrap(bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"), bytes(range(16)))
    assert stored[:32].hex() == bytes(range(16)).hex() + "f58c4c04d6e5f1ba779eabfb5f7bfbd6"


def test_an_object_is_the_same_for_ever() -> None:
    stored = ENVELOPES.wrap(b"diary", bytes(16))
    assert stored[:16] == bytes(16)
    assert stored[16:32].hex() == "924042f80e4db6801477aa8d2ccc82a7"
    assert stored[32:] == hmac.digest(KEY, stored[:32], "sha512")


@given(st.binary(max_size=100))
def test_what_is_sealed_is_opened(data: bytes) -> None:
    stored = ENVELOPES.wrap(data)
    assert ENVELOPES.unwrap(stored) == data
    assert len(stored) == 16 + len(data) + (16 - len(data) % 16) + 64 >= ENVELOPE
    piece = ENVELOPES.seal(data, b"any context")
    assert ENVELOPES.open(piece, b"another") == data
    assert piece[:CHECK] == hashlib.sha256(piece[CHECK:]).digest()
    check_object(piece)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 5000])
def test_openssl_reads_objects(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    assert by_openssl(KEY, ENVELOPES.wrap(data)) == data


def test_every_changed_byte_and_every_cut_is_noticed() -> None:
    piece = ENVELOPES.seal(b"a diary of some length")
    stored = piece[CHECK:]
    for position in range(len(stored)):
        changed = bytearray(stored)
        changed[position] ^= 1
        with pytest.raises(IntegrityError):
            ENVELOPES.unwrap(bytes(changed))
        with pytest.raises(IntegrityError):
            check_object(piece[:CHECK] + bytes(changed))
        with pytest.raises(IntegrityError):
            ENVELOPES.unwrap(stored[:position])
        with pytest.raises(IntegrityError):
            check_object(piece[:position])
    with pytest.raises(IntegrityError):
        ENVELOPES.unwrap(stored + b"\0")
    with pytest.raises(IntegrityError):
        Envelope(KEY[::-1]).unwrap(stored)


def test_an_hmac_does_not_help_what_is_no_object() -> None:
    for body in (bytes(16), bytes(40), bytes(31)):
        with pytest.raises(IntegrityError):
            ENVELOPES.unwrap(body + hmac.digest(KEY, body, "sha512"))


def test_no_iv_comes_twice() -> None:
    assert len({ENVELOPES.wrap(b"same")[:16] for _ in range(1000)}) == 1000


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_pieces_become_one_object(pieces: list[bytes]) -> None:
    sealing = ENVELOPES.begin()
    parts = [sealing.part(1, 9, 0, data) for data in pieces]
    end = sealing.end(b"", 0)
    stored = b"".join(parts) + end[CHECK:]
    assert ENVELOPES.unwrap(stored) == b"".join(pieces)
    check_object(end[:CHECK] + stored)
    assert len(end) <= CHECK + ENVELOPE


@given(st.binary(max_size=50), st.binary(max_size=20), st.binary(max_size=20))
def test_a_value_is_sealed_the_same_and_belongs_to_its_name(
    value: bytes, name: bytes, other: bytes
) -> None:
    stored = ENVELOPES.seal_value(value, b"target", name)
    assert stored == Envelope(KEY).seal_value(value, b"target", name)
    assert ENVELOPES.open_value(stored, b"target", name) == value == ENVELOPES.unwrap(stored)
    wrong = [(b"xattrs", name)] if name == other else [(b"xattrs", name), (b"target", other)]
    for what, place in wrong:
        with pytest.raises(IntegrityError):
            ENVELOPES.open_value(stored, what, place)


@given(st.integers(0, 200))
def test_padding_is_taken_off_again(size: int) -> None:
    filled = b"x" * size + padding(size)
    assert not len(filled) % 16 and len(filled) - padded(filled) == size


@pytest.mark.parametrize("plain", [b"", bytes(16), b"x" * 15 + b"\x11", b"x" * 14 + b"\x01\x02"])
def test_what_cannot_be_padding_is_refused(plain: bytes) -> None:
    with pytest.raises(IntegrityError):
        padded(plain)
