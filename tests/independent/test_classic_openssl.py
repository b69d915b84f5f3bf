"""The decoder by itself: it refuses what was changed."""

import subprocess

import pytest

from tests.independent import classic_openssl

KEY = bytes(range(32))


def test_what_openssl_sealed_is_opened_and_changes_are_refused() -> None:
    body = bytes(16) + classic_openssl.openssl(
        b"diary", "enc", "-aes-256-cbc", "-K", KEY.hex(), "-iv", bytes(16).hex()
    )
    words = ("mac", "-digest", "SHA512", "-macopt", f"hexkey:{KEY.hex()}", "HMAC")
    stored = body + bytes.fromhex(classic_openssl.openssl(body, *words).decode())
    assert classic_openssl.unwrapped(KEY, stored) == b"diary"
    with pytest.raises(AssertionError):
        classic_openssl.unwrapped(KEY, stored[:-1] + b"!")


def test_a_wrong_key_is_an_error() -> None:
    with pytest.raises((AssertionError, subprocess.CalledProcessError)):
        classic_openssl.unwrapped(KEY[::-1], bytes(96))
