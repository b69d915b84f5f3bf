"""Keys of encrypted classic backups: reached by the password as documented, and by it alone."""

import base64
import configparser
import hashlib
import subprocess
import uuid
from dataclasses import replace

import pytest

from tardis.crypto import (
    CLASSIC_COST,
    COSTS,
    KeyRing,
    KeysFile,
    Keyslot,
    Stretched,
    cost_and_salt,
    is_password_of,
    make_slot,
    rotated,
    stretch,
    unwrap,
)
from tardis.crypto.classic_keys import WRAPPED_SIZE, documented_section
from tardis.model import AuthenticationError, Repository, StoreError
from tests.crypto.slots import IDENTITY, slot_of

PAIR = bytes(range(64))
SALT = hashlib.sha256(b"box").digest()


def slot(password: bytes, label: str = "main") -> Keyslot:
    cost, salt = cost_and_salt(PAIR, COSTS["usual"], "box")

    def stretched(salt: bytes) -> Stretched:
        return Stretched.of(stretch(password, salt, cost))

    return make_slot(label, cost, stretched, (PAIR, IDENTITY), 7, salt)


def keys(*slots: Keyslot) -> KeysFile:
    return KeysFile(Repository(IDENTITY, "classic", b"", True), slots)


def by_openssl(password: str, client: str, wrapped: bytes) -> bytes:
    """Return what was wrapped as is documented, by the program ``openssl``."""
    salt = hashlib.sha256(client.encode()).hexdigest()
    words = ["openssl", "kdf", "-keylen", "64", "-kdfopt", "digest:SHA1", "-kdfopt"]
    words += [f"pass:{password}", "-kdfopt", f"hexsalt:{salt}", "-kdfopt", "iter:20000", "PBKDF2"]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    key = done.stdout.strip().replace(":", "")[:64]
    words = ["openssl", "enc", "-d", "-aes-256-ecb", "-nopad", "-K", key]
    return subprocess.run(words, input=wrapped, capture_output=True, check=True).stdout


def test_the_kdf_is_that_of_rfc_6070() -> None:
    found = hashlib.pbkdf2_hmac("sha1", b"password", b"salt", 4096, 20)
    assert found.hex() == "4b007901b765489abead49d926f721d065a429c1"
    made = stretch(b"password", SALT, CLASSIC_COST)
    assert made == hashlib.pbkdf2_hmac("sha1", b"password", SALT, 20_000, 64)


def test_openssl_finds_both_keys_in_the_keys_file() -> None:
    parser = configparser.ConfigParser()
    parser.read_string(keys(slot(b"sesame")).text().decode())
    section = parser["00010203-0405-0607-0809-0a0b0c0d0e0f"]
    found = b"".join(
        by_openssl("sesame", "box", base64.b64decode(section[name]))
        for name in ("ContentKey", "FilenameKey")
    )
    assert found == PAIR
    assert parser["Slot main"]["salt"] == SALT.hex()


def test_the_right_password_opens_both_keys_and_no_other_does() -> None:
    one = slot(b"sesame")
    assert len(one.wrapped) == WRAPPED_SIZE
    right, wrong = (Stretched.of(stretch(word, SALT, CLASSIC_COST)) for word in (b"sesame", b"no"))
    assert unwrap(one, right, IDENTITY) == PAIR
    assert is_password_of(one, right) and not is_password_of(one, wrong)
    with pytest.raises(AuthenticationError):
        unwrap(one, wrong, IDENTITY)
    with pytest.raises(AuthenticationError):
        unwrap(one, right, IDENTITY[::-1])


def test_every_changed_byte_of_wrapped_keys_is_noticed() -> None:
    one = slot(b"sesame")
    right = Stretched.of(stretch(b"sesame", SALT, CLASSIC_COST))
    for position in range(WRAPPED_SIZE):
        changed = bytearray(one.wrapped)
        changed[position] ^= 1
        with pytest.raises(AuthenticationError):
            unwrap(replace(one, wrapped=bytes(changed)), right, IDENTITY)


def test_slots_are_written_and_read() -> None:
    found = keys(slot(b"sesame"), slot(b"other", "two"))
    assert KeysFile.parse(found.text(), "here") == found
    text = found.text().decode()
    assert "digest = hmac-md5-sha256" in text and text.count("kdf = pbkdf2-sha1") == 2
    with pytest.raises(StoreError, match="unknown way"):
        KeysFile.parse(text.replace("pbkdf2-sha1", "argon2id").encode(), "here")


def test_the_documented_section_is_that_of_the_main_password() -> None:
    main, other = slot(b"sesame"), slot(b"other", "two")
    [section] = documented_section(main.wrapped, IDENTITY).values()
    assert section["contentkey"] in keys(other, main).text().decode()
    elsewhere = replace(main, wrapped=b"")
    assert b"contentkey" not in keys(elsewhere).text()
    assert documented_section(slot_of("x").wrapped, IDENTITY) == {}


def test_other_repositories_have_the_kdf_that_was_asked_for() -> None:
    assert cost_and_salt(PAIR[:32], COSTS["low"], "box") == (COSTS["low"], b"")
    assert cost_and_salt(PAIR, COSTS["low"], "box") == (CLASSIC_COST, SALT)


def test_the_two_keys_are_those_of_the_ring() -> None:
    ring = KeyRing.of(PAIR, IDENTITY)
    assert ring.is_classic and (ring.content, ring.names) == (PAIR[:32], PAIR[32:])
    assert len(ring.digest) == 32 and ring.digest not in (ring.content, ring.names)
    for secrets in (PAIR[:32], rotated(PAIR[:32])):
        modern = KeyRing.of(secrets, IDENTITY)
        assert not modern.is_classic and modern.contents == modern.digest
    assert ring.contents.endswith(ring.content)


def test_the_section_bears_the_repository_as_other_tools_write_it() -> None:
    repository = bytes(range(3, 19))
    assert list(documented_section(bytes(WRAPPED_SIZE), repository)) == [
        str(uuid.UUID(bytes=repository))
    ]
