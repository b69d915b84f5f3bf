"""What a client of an encrypted backup says in place of names."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tardis.client.sealing import (
    in_order,
    open_opened,
    seal_filesystem,
    seal_listing,
    seal_owners,
    seal_root,
    seal_rows,
)
from tardis.crypto import Seals
from tardis.protocol import listing
from tardis.protocol.messages import AddRoot, Listing, SetOpened
from tardis.scan import range_of
from tests.crypto.slots import IDENTITY, ring

SEALS = Seals(ring())
NAMES = SEALS.names
WORDS = st.binary(min_size=1, max_size=30).filter(lambda word: b"/" not in word)


def row(name: bytes, mode: int = 0o100644) -> bytes:
    return listing.ENTRY.pack(mode, 1, 2, 3, 4, 5, 6, 7, 1, 9, 1, 0, 0, len(name)) + name


@given(st.sets(WORDS, min_size=1, max_size=20))
def test_a_listing_is_in_the_order_of_its_sealed_names(words: set[bytes]) -> None:
    found = range_of((1, 2, 0), b"/top", (b"", None), [row(name) for name in sorted(words)])
    ordered = in_order(SEALS, found)
    assert sorted(ordered.rows) == sorted(found.rows)
    entries = list(listing.iter_listing(seal_rows(SEALS, ordered.rows)))
    assert {NAMES.open(one.name) for one in entries} == words
    assert all(one[:13] == entries[0][:13] for one in entries)


def test_all_else_of_a_range_stays_as_it_was() -> None:
    found = range_of((1, 2, 0), b"/top", (b"x", b"y"), [row(b"a"), row(b"b"), row(b"c", 0o40755)])
    ordered = in_order(SEALS, found)
    assert ordered.files == 2 and ordered == found._replace(rows=ordered.rows)
    again = range_of((1, 2, 0), b"/top", (b"x", b"y"), ordered.rows)
    assert again == ordered  # as one who counts anew would have it


def test_links_are_found_where_they_stand_afterwards() -> None:
    rows = [row(b"a"), row(b"b", 0o120777), row(b"c")]
    ordered = in_order(SEALS, range_of((1, 2, 0), b"/top", (b"", None), rows))
    [at] = ordered.links
    assert ordered.rows[at] == rows[1]


def test_targets_and_attributes_are_bound_to_their_entries() -> None:
    rows = [row(b"a", 0o120777), row(b"b")]
    targets, attributes = ((0, b"there"),), ((1, b"packed"),)
    said = Listing(0, (1, 2, 0), b"", None, b"looks", b"", targets, (), attributes, 7)
    sealed = seal_listing(SEALS, said, rows)
    [(_, target)], [(_, packed)] = sealed.targets, sealed.attributes
    assert NAMES.open_text(target, b"target", b"a") == b"there"
    assert NAMES.open_value(packed, b"xattrs", b"b") == b"packed"
    assert b"\0" not in target
    assert replace(sealed, targets=said.targets, attributes=said.attributes) == said


def test_a_root_is_sealed_by_component() -> None:
    above = ((b"home", 0o40755, 0, 0, 1, 2, b""), (b"me", 0o40700, 1, 1, 3, 4, b"packed"))
    root = AddRoot(b"/home/me", (1, 2, 0), b"file", above)
    sealed = seal_root(SEALS, root)
    assert NAMES.open_path(sealed.path) == b"/home/me"
    assert [one[0] for one in sealed.ancestors] == sealed.path.split(b"/")[1:]
    assert [one[1:6] for one in sealed.ancestors] == [one[1:6] for one in above]
    assert NAMES.open_value(sealed.ancestors[1][6], b"xattrs", b"me") == b"packed"
    assert NAMES.open(sealed.name) == b"file"
    top = AddRoot(b"/", (1, 2, 0), b"", ((b"", 0o40755, 0, 0, 1, 2, b""),))
    assert seal_root(SEALS, top) == top


def test_owners_and_file_systems_are_sealed_and_opened() -> None:
    [(is_group, number, name)] = seal_owners(SEALS, [(True, 50, b"staff")])
    assert (is_group, number) == (True, 50) and b"staff" not in name
    assert NAMES.open_value(name, b"owner") == b"staff"
    item = seal_filesystem(SEALS, (3, "ext4", b"uuid", True, False))
    assert (item[0], item[1], *item[3:]) == (3, "ext4", True, False) and item[2] != b"uuid"
    opened = SetOpened(1, "s", True, IDENTITY, "modern", b"", ((3, "ext4", item[2]),))
    plain = open_opened(SEALS, opened)
    assert plain.filesystems == ((3, "ext4", b"uuid"),)
    assert plain.digest_key == ring().digest
