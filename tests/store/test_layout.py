"""Where the parts of a store lie."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import StoreError
from tardis.store.layout import Layout

BOX = Layout.of("/backups", "box")

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1
).filter(lambda name: not name.startswith("."))
UNFIT = ["", ".", "..", ".server", "../box", "a/b", "/box", "box/", "a\0b"]


def test_a_store_lies_where_the_manual_says() -> None:
    assert BOX.directory == "/backups/box"
    parts = (
        BOX.database,
        BOX.keys,
        BOX.journal,
        BOX.lock,
        BOX.reserve,
        BOX.packs,
        BOX.incoming,
        BOX.pack(12),
    )
    assert [os.path.relpath(part, BOX.directory) for part in parts] == [
        "tardis.db",
        "tardis.db.keys",
        "tardis.journal",
        "tardis.lock",
        ".reserve",
        "packs",
        "packs/incoming",
        "packs/12.pack",
    ]


def test_catalog_and_keys_go_to_a_directory_of_their_own_together() -> None:
    moved = Layout.of("/backups", "box", "catalog", "/fast")
    assert (moved.database, moved.keys) == ("/fast/box/catalog", "/fast/box/catalog.keys")
    assert (moved.directory, moved.packs, moved.lock) == (BOX.directory, BOX.packs, BOX.lock)


def test_the_journal_may_have_another_name() -> None:
    renamed = Layout(BOX.directory, BOX.database, "diary")
    assert renamed.journal == "/backups/box/diary"


@pytest.mark.parametrize("name", UNFIT)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(StoreError, match="cannot be a file name"):
        Layout.of("/backups", name)
    with pytest.raises(StoreError, match="cannot be a file name"):
        Layout.of("/backups", "box", name)


@given(NAMES)
def test_any_other_name_stays_below_the_base(client: str) -> None:
    made = Layout.of("/backups", client)
    assert os.path.dirname(made.directory) == "/backups"
    assert os.path.normpath(made.directory) == made.directory
    assert os.path.basename(made.directory) == client


@given(st.binary(min_size=32, max_size=32), st.integers(0, 1000))
def test_a_large_content_lies_below_the_first_two_letters_of_its_name(
    digest: bytes, place: int
) -> None:
    folder, name = os.path.split(BOX.large(digest, place))
    assert folder == f"/backups/box/{digest.hex()[:2]}"
    found, _, suffix = name.partition("-")
    assert bytes.fromhex(found) == digest
    assert suffix == (str(place) if place else "")


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 99)), unique=True))
def test_no_two_representations_share_a_file(places: list[tuple[bytes, int]]) -> None:
    assert len({BOX.large(digest, place) for digest, place in places}) == len(places)
