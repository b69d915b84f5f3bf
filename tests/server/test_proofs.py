"""Codes come with the entries that they are of, no more and no less."""

from itertools import islice

import pytest

from tardis.crypto import ENTRY_MAC
from tardis.model import Listed, RemoteProtocolError
from tardis.server.proofs import Others, Proofs

LISTED = Listed(0o40755, 1, 2, 0, 4, 5, 6, 7, 1, 9, 0, 0, 0, b"name")
TWO = b"a" * ENTRY_MAC + b"b" * ENTRY_MAC


def test_each_item_has_its_own() -> None:
    assert list(Proofs(True).each(TWO, 2, ENTRY_MAC)) == [b"a" * ENTRY_MAC, b"b" * ENTRY_MAC]
    assert list(islice(Proofs(False).each(b"", 3, ENTRY_MAC), 9)) == [None] * 3
    assert list(Proofs(True).each(b"", 0, ENTRY_MAC)) == []


@pytest.mark.parametrize(
    ("is_wanted", "packed", "count"), [(True, TWO, 1), (True, b"", 1), (False, TWO, 2)]
)
def test_others_are_refused(is_wanted: bool, packed: bytes, count: int) -> None:
    with pytest.raises(RemoteProtocolError):
        Proofs(is_wanted).each(packed, count, ENTRY_MAC)


def test_a_listing_brings_those_of_its_other_entries() -> None:
    others = Others(TWO)
    assert others.proved(LISTED).mac == b"a" * ENTRY_MAC
    with pytest.raises(RemoteProtocolError):
        others.end()
    assert others.proved(LISTED) == LISTED._replace(mac=b"b" * ENTRY_MAC)
    others.end()
    with pytest.raises(RemoteProtocolError):
        others.proved(LISTED)
