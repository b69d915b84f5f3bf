"""Names of encrypted classic backups: as documented, found again by equality."""

import base64
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import SEALED_NAME_MAX, Envelope
from tardis.crypto.classic_names import ClassicNameSealer
from tardis.model import IntegrityError

KEY = bytes(range(32))
SEALER = ClassicNameSealer(KEY, Envelope(KEY[::-1]))
NAMES = st.binary(min_size=1, max_size=255).filter(
    lambda name: not {b"/"[0], 0} & set(name) and name not in (b".", b"..")
)


def test_a_block_is_that_of_fips_197() -> None:
    """Known answer of FIPS 197, C.3, for the program; that makes the same of a block as we do."""
    block = bytes.fromhex("112233445566778899aabbccddeeff01")
    sealed = base64.b64decode(SEALER.seal(block), b"#@")
    assert sealed.hex() == by_openssl(block).hex()
    answer = bytes.fromhex("8ea2b7ca516745bfeafc49904b496089")
    assert by_openssl(bytes.fromhex("00112233445566778899aabbccddeeff")) == answer


def by_openssl(blocks: bytes) -> bytes:
    words = ["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", KEY.hex()]
    return subprocess.run(words, input=blocks, capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", [b"a", b"diary.txt", b"sixteen bytes...", b"x" * 255, b"\xff\n"])
def test_openssl_makes_the_same_of_a_name(name: bytes) -> None:
    filled = name + bytes(-len(name) % 16)
    wanted = base64.b64encode(by_openssl(filled)).translate(bytes.maketrans(b"+/", b"#@"))
    assert SEALER.seal(name) == wanted


def test_a_name_is_sealed_the_same_for_ever() -> None:
    assert SEALER.seal(b"diary.txt") == b"lnmESQq71YK9cBMrSvDAOw=="


@given(NAMES)
def test_a_name_comes_back_and_could_be_a_name_itself(name: bytes) -> None:
    sealed = SEALER.seal(name)
    assert SEALER.open(sealed) == name
    assert sealed == ClassicNameSealer(KEY, Envelope(KEY)).seal(name)
    assert b"/" not in sealed and b"\0" not in sealed
    assert 24 <= len(sealed) <= SEALED_NAME_MAX


@given(st.lists(NAMES, max_size=5), st.booleans())
def test_paths_are_sealed_by_component(names: list[bytes], is_absolute: bool) -> None:
    path = (b"/" if is_absolute else b"") + b"/".join(names)
    sealed = SEALER.seal_path(path)
    assert SEALER.open_path(sealed) == path
    assert sealed.count(b"/") == path.count(b"/")


@pytest.mark.parametrize(
    "text", [b"", b"diary.txt", b"A", b"=", b"AAAA", b"\xff" * 24, b"A+/A" * 6, b"A" * 21 + b"=="]
)
def test_what_is_no_sealed_name_is_refused(text: bytes) -> None:
    with pytest.raises(IntegrityError):
        SEALER.open(text)


@pytest.mark.parametrize(
    "plain", [bytes(16), b".", b"..", b"a/b", b"a\0b", b"sixteen bytes..." + bytes(16)]
)
def test_what_can_be_no_name_is_refused(plain: bytes) -> None:
    filled = plain + bytes(-len(plain) % 16)
    with pytest.raises(IntegrityError):
        SEALER.open(base64.b64encode(by_openssl(filled), b"#@"))


@given(st.binary(max_size=100), NAMES, NAMES)
def test_a_value_belongs_to_its_name_and_its_purpose(
    value: bytes, name: bytes, other: bytes
) -> None:
    sealed = SEALER.seal_value(value, b"xattrs", name)
    assert SEALER.open_value(sealed, b"xattrs", name) == value
    text = SEALER.seal_text(value, b"target", name)
    assert SEALER.open_text(text, b"target", name) == value
    if not value:
        assert sealed == text == b""
        return
    if name != other:
        with pytest.raises(IntegrityError):
            SEALER.open_value(sealed, b"xattrs", other)
    with pytest.raises(IntegrityError):
        SEALER.open_value(sealed, b"target", name)
