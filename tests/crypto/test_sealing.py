"""Sealed pieces: every change is noticed, nothing is sealed twice alike."""

import os

import blake3
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import OVERHEAD, Sealer, check_piece, end_context, part_context, whole_context
from tardis.crypto.digests import checksum
from tardis.crypto.sealing import AES, CHACHA, best_cipher
from tardis.model import IntegrityError

KEY = bytes(range(32))
CIPHERS = pytest.mark.parametrize("cipher", [CHACHA, AES])


@CIPHERS
@given(data=st.binary(max_size=300), context=st.binary(max_size=50))
def test_what_is_sealed_is_opened(cipher: int, data: bytes, context: bytes) -> None:
    piece = Sealer(KEY, cipher).seal(data, context)
    assert len(piece) == len(data) + OVERHEAD
    check_piece(piece)
    assert Sealer(KEY).open(piece, context) == data


@CIPHERS
@pytest.mark.parametrize("size", [0, 5, (64 << 10) - 16, (64 << 10) - 15, 1 << 20])
def test_it_is_what_the_format_says(cipher: int, size: int) -> None:
    plain = os.urandom(size)
    piece = Sealer(KEY, cipher).seal(plain, b"context")
    assert piece[:32] == blake3.blake3(piece[32:]).digest()
    assert piece[32] == cipher
    both = blake3.blake3(piece[33:49], key=KEY).digest(length=64)
    assert piece[49:81] == both[32:]
    library = ChaCha20Poly1305(both[:32]) if cipher == CHACHA else AESGCM(both[:32])
    assert library.decrypt(bytes(12), piece[81:], b"context") == plain


@CIPHERS
def test_every_changed_byte_is_noticed_with_and_without_the_key(cipher: int) -> None:
    sealer = Sealer(KEY, cipher)
    piece = sealer.seal(b"some plain bytes", b"here")
    for position in range(len(piece)):
        changed = bytearray(piece)
        changed[position] ^= 0x10
        with pytest.raises(IntegrityError):
            check_piece(bytes(changed))
        with pytest.raises(IntegrityError):
            sealer.open(bytes(changed), b"here")
        resummed = checksum(bytes(changed[32:])) + bytes(changed[32:])
        if position >= 32:
            with pytest.raises(IntegrityError):
                sealer.open(resummed, b"here")


def test_every_cut_is_noticed_and_so_is_what_is_added() -> None:
    sealer = Sealer(KEY)
    piece = sealer.seal(b"some plain bytes", b"here")
    for length in range(len(piece)):
        with pytest.raises(IntegrityError):
            check_piece(piece[:length])
        with pytest.raises(IntegrityError):
            sealer.open(piece[:length], b"here")
    with pytest.raises(IntegrityError):
        check_piece(piece + b"\0")
    with pytest.raises(IntegrityError):
        sealer.open(piece + b"\0", b"here")


def test_a_piece_opens_with_its_key_and_in_its_place_only() -> None:
    piece = Sealer(KEY).seal(b"plain", b"here")
    with pytest.raises(IntegrityError, match="another key"):
        Sealer(KEY[::-1]).open(piece, b"here")
    with pytest.raises(IntegrityError, match="belong elsewhere"):
        Sealer(KEY).open(piece, b"there")


def test_a_cipher_that_there_is_not_is_refused() -> None:
    piece = bytearray(Sealer(KEY).seal(b"plain", b"here"))
    piece[32] = 9
    piece[:32] = checksum(bytes(piece[32:]))
    with pytest.raises(IntegrityError, match="cipher"):
        Sealer(KEY).open(bytes(piece), b"here")


def test_no_salt_comes_twice_and_one_content_is_never_sealed_alike() -> None:
    count = 20_000 if not os.environ.get("TARDIS_TEST_LONG") else 1_000_000
    sealer = Sealer(KEY)
    salts = {sealer.seal(b"", b"")[33:49] for _ in range(count)}
    assert len(salts) == count


DIGESTS = st.binary(min_size=32, max_size=32)
WHOLES = st.tuples(
    st.integers(0, 255), st.integers(0, 255), st.integers(0, 1 << 62), DIGESTS, DIGESTS
)
PARTS = st.tuples(
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 1 << 62),
    st.tuples(st.integers(0, 1 << 62), st.integers(0, 1 << 62)),
    st.binary(min_size=16, max_size=16),
)


@given(WHOLES, WHOLES, PARTS, PARTS)
def test_no_two_places_share_a_context(
    one: tuple[int, int, int, bytes, bytes],
    other: tuple[int, int, int, bytes, bytes],
    part: tuple[int, int, int, tuple[int, int], bytes],
    another: tuple[int, int, int, tuple[int, int], bytes],
) -> None:
    assert (whole_context(*one) == whole_context(*other)) == (one == other)
    assert (part_context(*part) == part_context(*another)) == (part == another)
    ends = end_context(part[0], one[3])
    assert len({whole_context(*one), part_context(*part), ends}) == 3


def test_the_processor_decides_on_the_cipher(monkeypatch: pytest.MonkeyPatch) -> None:
    def says(text: str) -> int:
        monkeypatch.setattr("pathlib.Path.read_text", lambda *_args, **_how: text)
        return best_cipher()

    assert says("flags : fpu aes sse2\n") == AES
    assert says("Features : fp asimd aes\n") == AES
    assert says("flags : fpu sse2\n") == CHACHA

    def fails(*_args: object, **_how: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.read_text", fails)
    assert best_cipher() == CHACHA


def test_what_was_sealed_with_an_older_key_is_opened_and_nothing_is_sealed_with_it() -> None:
    old, new = Sealer(KEY), Sealer(KEY[::-1], older=(bytes(32), KEY))
    assert new.open(old.seal(b"plain", b"here"), b"here") == b"plain"
    piece = new.seal(b"plain", b"here")
    assert new.open(piece, b"here") == b"plain"
    for stranger in (old, Sealer(bytes(32))):
        with pytest.raises(IntegrityError, match="another key"):
            stranger.open(piece, b"here")
