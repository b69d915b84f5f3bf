"""The code of an entry is made for that entry alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import ENTRY_MAC, FILE_MAC, EntryFacts, EntrySigner, KeyRing, digest_part
from tests.crypto.slots import IDENTITY, ring

SIGNER = EntrySigner(ring())
FACTS = EntryFacts(bytes(range(40)), b"name", b"xattrs", b"target")
DIGEST = bytes(range(100, 132))


def test_a_code_holds_for_what_it_was_made_for() -> None:
    for digest, size in ((b"", ENTRY_MAC), (DIGEST, FILE_MAC)):
        mac = SIGNER.sign(7, FACTS, digest)
        assert len(mac) == size
        assert SIGNER.is_ours(7, FACTS, mac)


@pytest.mark.parametrize(
    "change",
    [
        {"packed": bytes(40)},
        {"name": b"named"},
        {"xattrs": b""},
        {"target": b"xattrs"},
        {"xattrs": b"", "target": b"targetxattrs"},
        {"name": b"sname", "xattrs": b"xattr"},
    ],
)
def test_a_code_holds_for_nothing_else(change: dict[str, bytes]) -> None:
    mac = SIGNER.sign(7, FACTS, DIGEST)
    assert not SIGNER.is_ours(7, FACTS._replace(**change), mac)


@given(st.integers(0, FILE_MAC - 1), st.integers(1, 255))
def test_no_byte_of_a_code_may_change(at: int, flip: int) -> None:
    mac = bytearray(SIGNER.sign(7, FACTS, DIGEST))
    mac[at] ^= flip
    assert not SIGNER.is_ours(7, FACTS, bytes(mac))


def test_other_sets_other_keys_and_other_lengths_are_refused() -> None:
    mac = SIGNER.sign(7, FACTS, DIGEST)
    others: list[Any] = [(8, mac), (-1, mac), (7, mac[:ENTRY_MAC]), (7, b""), (7, mac + b"\0")]
    for number, told in others:
        assert not SIGNER.is_ours(number, FACTS, told)
    other = EntrySigner(KeyRing.of(bytes(32), IDENTITY))
    assert not other.is_ours(7, FACTS, mac)


def test_a_code_tells_the_content_by_the_head_of_its_digest() -> None:
    mac = SIGNER.sign(7, FACTS, DIGEST)
    assert digest_part(mac) == int.from_bytes(DIGEST[:8], "little")
    assert digest_part(mac[:ENTRY_MAC]) == 0
    assert SIGNER.sign(7, FACTS, mac[ENTRY_MAC:]) == mac  # what tells of it is as good as it
