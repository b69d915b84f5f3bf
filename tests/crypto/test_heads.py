"""Heads are signed under the repository's keys, and each follows the one before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import START, Head, HeadSigner, KeyRing, broken_links
from tests.crypto.slots import IDENTITY, MASTER, ring

SIGNER = HeadSigner(ring())
FACTS = bytes(range(32))


def chain(count: int, signer: HeadSigner = SIGNER) -> list[Head]:
    heads, previous = [], START
    for sequence in range(1, count + 1):
        heads.append(signer.sign(sequence, 10 + sequence, previous, FACTS))
        previous = heads[-1].mac
    return heads


def test_what_was_signed_is_ours_and_nobody_elses() -> None:
    other = HeadSigner(KeyRing.of(MASTER[::-1], IDENTITY))
    for head in chain(3):
        assert SIGNER.is_ours(head) and not other.is_ours(head)


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 2},
        {"number": 12},
        {"previous": FACTS},
        {"facts": START},
        {"mac": FACTS},
        {"mac": b""},
        {"sequence": -1},
        {"number": 1 << 63},
    ],
)
def test_every_change_is_noticed(change: dict[str, Any]) -> None:
    [head] = chain(1)
    assert not SIGNER.is_ours(head._replace(**change))


def test_a_chain_shows_where_it_was_cut() -> None:
    heads = chain(5)
    assert broken_links(heads) == []
    assert broken_links([*heads[:2], *heads[3:]]) == [4]
    assert broken_links([heads[0], heads[2], heads[1]]) == [3, 2]


@given(st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=4))
def test_facts_that_differ_are_told_apart(one: list[bytes], other: list[bytes]) -> None:
    assert (SIGNER.facts(one) == SIGNER.facts(other)) == (one == other)


def test_a_head_never_changes() -> None:
    """What it is signed with follows from the master key alone."""
    [head] = chain(1)
    assert head.mac.hex() == HeadSigner(ring()).sign(1, 11, START, FACTS).mac.hex()
    assert len(head.mac) == len(SIGNER.facts([])) == 32
