"""A client proves what it tells, and takes over what it has proved before."""

import pytest

from tardis.client.proving import Prover, Twins, prove_kept, unproved
from tardis.crypto import ENTRY_MAC, EntryFacts, EntrySigner, Seals
from tardis.model import RemoteProtocolError
from tardis.protocol import listing
from tardis.protocol.messages import Verdicts
from tardis.scan import HEADER, Range, Read, range_of
from tests.crypto.slots import ring

SEALS = Seals(ring())
SIGNER = EntrySigner(ring())
PROVER = Prover(SEALS, SIGNER, 5)
DIGEST = bytes(range(32))
AS_LISTED = Read(0, b"", 3)


def row(name: bytes, mode: int = 0o100644, size: int = 3, nlink: int = 1) -> bytes:
    return listing.ENTRY.pack(mode, 1, 2, size, 4, 5, 6, 7, 1, 9, nlink, 0, 0, len(name)) + name


def found_of(*rows: bytes) -> Range:
    return range_of((1, 2, 0), b"/top", (b"", None), list(rows))


def holds(number: int, one: bytes, mac: bytes, **more: bytes) -> bool:
    return SIGNER.is_ours(number, EntryFacts(listing.restored(one), one[HEADER:], **more), mac)


def test_a_file_is_proved_as_it_was_read() -> None:
    found = found_of(row(b"a"), row(b"b"))._replace(attributes={1: b"packed"})
    assert holds(5, row(b"a"), PROVER.file(found, 0, AS_LISTED, DIGEST))
    assert holds(5, row(b"b"), PROVER.file(found, 1, AS_LISTED, DIGEST), xattrs=b"packed")
    now = listing.ENTRY.pack(0o100600, 1, 2, 8, 4, 5, 6, 7, 1, 9, 1, 0, 0, 0)
    changed = PROVER.file(found, 0, Read(2, now, 8), DIGEST)
    assert holds(5, row(b"a", 0o100600, 8), changed)
    assert len(PROVER.file(found, 0, None)) == ENTRY_MAC  # it could not be read
    assert unproved(AS_LISTED, DIGEST) == b""


def test_what_is_no_file_is_proved_in_order() -> None:
    rows = (row(b"a", 0o40755), row(b"b"), row(b"c", 0o120777))
    found = found_of(*rows)._replace(attributes={0: b"packed"})
    assert PROVER.others(found_of(row(b"a"), row(b"b")), []) == b""  # files come later
    macs = PROVER.others(found, [(2, b"there")])
    assert len(macs) == 2 * ENTRY_MAC
    assert holds(5, rows[0], macs[:ENTRY_MAC], xattrs=b"packed")
    assert holds(5, rows[2], macs[ENTRY_MAC:], target=b"there")


def test_a_content_is_kept_on_our_own_word_only() -> None:
    found = found_of(row(b"a"))
    before = EntryFacts(listing.restored(row(b"a", 0o100600)), b"a", b"packed")
    mac = SIGNER.sign(3, before, DIGEST)
    sealed = SEALS.names.seal_value(b"packed", b"xattrs", b"a")
    good = (0, 3, 0o100600, 1, 2, sealed, mac)
    again = PROVER.again(found, good)
    assert again is not None and again[ENTRY_MAC:] == DIGEST[:8]
    assert holds(5, row(b"a"), again)
    for bad in (
        (0, 4, *good[2:]),
        (0, 3, 0o100644, *good[3:]),
        (0, 3, -1, *good[3:]),
        (*good[:5], b"", mac),
        (*good[:5], b"forged", mac),
        (*good[:6], mac[:ENTRY_MAC]),
    ):
        assert PROVER.again(found, bad) is None
    assert PROVER.again(found_of(row(b"a", size=4)), good) is None
    assert PROVER.again(found_of(row(b"b")), good) is None
    kept, unknown = prove_kept(PROVER, Verdicts(8, (), (), (), (good,)), found)
    assert (kept.items, kept.macs, unknown) == (((8, 0),), again, ())
    kept, unknown = prove_kept(PROVER, Verdicts(8, (), (), (), ((*good[:6], b""),)), found)
    assert (kept.items, kept.macs, unknown) == ((), b"", (0,))
    for prover, said in ((None, (good,)), (PROVER, ((1, *good[1:]),))):
        with pytest.raises(RemoteProtocolError):
            prove_kept(prover, Verdicts(8, (), (), (), said), found)


def test_a_file_of_several_names_is_known_by_what_it_is() -> None:
    twins = Twins()
    twins.remember(row(b"a"), AS_LISTED, DIGEST)
    assert twins.find(row(b"a")) is None  # it has one name
    twins.remember(row(b"a", nlink=2), Read(1, b"", 3), DIGEST)
    assert twins.find(row(b"b", nlink=2)) is None  # it may have changed just then
    twins.remember(row(b"a", nlink=2), AS_LISTED, DIGEST)
    assert twins.find(row(b"b", nlink=2)) == (AS_LISTED, DIGEST)
    assert twins.find(row(b"b", nlink=2, size=4)) is None
