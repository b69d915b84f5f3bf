"""What an encrypted store says, in plain words for those who have its keys."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import EntryFacts, Seals
from tardis.model import (
    CONTENT_BITS,
    OPEN,
    Ancestor,
    AuthenticationError,
    Entry,
    IntegrityError,
    Root,
    StoredContent,
    content_id,
)
from tardis.protocol import listing
from tardis.store.veil import Veil
from tests.crypto.slots import ring
from tests.store.workshop import Workshop

SEALS = Seals(ring())
NAMES = SEALS.names
VEIL, SHUT = Veil(SEALS), Veil(None)
DIGEST = bytes(range(100, 132))
WORDS = st.binary(min_size=1, max_size=40).filter(lambda word: b"/" not in word)


def entry(name: bytes, target: bytes | None = None, xattrs: bytes | None = None) -> Entry:
    return Entry(
        name, 0o100644, 1, 2, 3, 4, 5, 6, 7, 1, 9, 1, 0, None, 11, target, 1, OPEN, 7, xattrs
    )


@given(WORDS, st.none() | WORDS, st.none() | WORDS)
def test_an_entry_is_told_in_plain_words(
    name: bytes, target: bytes | None, xattrs: bytes | None
) -> None:
    sealed = entry(
        NAMES.seal(name),
        None if target is None else NAMES.seal_text(target, b"target", name),
        None if xattrs is None else NAMES.seal_value(xattrs, b"xattrs", name),
    )
    plain = entry(name, target, xattrs)
    assert VEIL.entry(sealed) == plain
    assert VEIL.placed([(5, sealed), (6, sealed)]) == [(5, plain), (6, plain)]
    assert VEIL.sealed(name) == sealed.name and VEIL.name(sealed.name) == name


def proved(plain: Entry, digest: bytes = b"") -> Entry:
    """Return *plain* as it is stored, with the code that a client made of it."""
    assert SEALS.entries is not None
    target, xattrs = plain.target or b"", plain.xattrs or b""
    facts = EntryFacts(listing.restored_of(plain), plain.name, xattrs, target)
    names = NAMES
    return plain._replace(
        name=names.seal(plain.name),
        target=None if plain.target is None else names.seal_text(target, b"target", plain.name),
        xattrs=None if plain.xattrs is None else names.seal_value(xattrs, b"xattrs", plain.name),
        mac=SEALS.entries.sign(plain.first_set, facts, digest),
    )


def hearing() -> tuple[Veil, list[str]]:
    veil, heard = Veil(SEALS), list[str]()
    veil.on_fault = heard.append
    return veil, heard


@given(WORDS, st.none() | WORDS, st.none() | WORDS)
def test_a_row_that_proves_itself_is_told_in_silence(
    name: bytes, target: bytes | None, xattrs: bytes | None
) -> None:
    veil, heard = hearing()
    plain = entry(name, target, xattrs)
    found = veil.entry(proved(plain, DIGEST))
    assert found.content is not None and content_id(found.content) == plain.content
    assert found.content >> CONTENT_BITS == int.from_bytes(DIGEST[:8], "little")
    assert found._replace(content=plain.content) == plain
    bare = plain._replace(content=None)
    assert veil.entry(proved(bare)) == bare
    assert heard == []


@pytest.mark.parametrize(
    "change",
    [
        {"mode": 0o104755},
        {"uid": -1},
        {"gid": 0},
        {"size": 9},
        {"mtime": 9},
        {"mtime_ns": 9},
        {"rdev": 9},
        {"first_set": 2},
        {"first_set": -2},
        {"target": None},
        {"xattrs": None},
        {"content": None},
        {"mac": None},
        {"mac": b"short"},
    ],
)
def test_a_row_that_was_changed_is_told_and_shown(change: dict[str, Any]) -> None:
    veil, heard = hearing()
    row = proved(entry(b"a", b"there", b"packed"), DIGEST)._replace(**change)
    found = veil.entry(row)
    assert (found.name, found.content) == (b"a", row.content)
    assert heard == [f"a, since set {row.first_set}, is not as it was backed up"]


@pytest.mark.parametrize("change", [{"ctime": 9}, {"inode": 7}, {"nlink": 2}, {"last_set": 5}])
def test_what_nobody_restores_is_not_proved(change: dict[str, Any]) -> None:
    veil, heard = hearing()
    veil.entry(proved(entry(b"a"), DIGEST)._replace(**change))
    assert heard == []


class Shelf:
    """Where contents lie; a stand-in for a raw store that has nothing else."""

    def __init__(self, *contents: StoredContent) -> None:
        self._contents = {one.id: one for one in contents}

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        return {one: self._contents[one] for one in ids if one in self._contents}


def test_no_content_is_given_out_for_another() -> None:
    veil, heard = hearing()
    mine, other = (
        StoredContent(number, digest, 3, 3, 0, 1, None, 0, 1, 0, 0)
        for number, digest in ((11, DIGEST), (12, bytes(32)))
    )
    raw: Any = Shelf(mine, other)
    asked = veil.entry(proved(entry(b"a"), DIGEST)).content
    assert asked is not None
    assert veil.contents(raw, [asked, 11, 12, 13]) == {asked: mine, 11: mine, 12: other}
    assert heard == []
    swapped: Any = Shelf(mine._replace(digest=bytes(32)))
    assert veil.contents(swapped, [asked]) == {}
    assert heard == ["content 11 is not that of the file which names it"]


def test_a_row_is_proved_anew_only_if_it_was_ours() -> None:
    veil, heard = hearing()
    row = proved(entry(b"a", xattrs=b"packed"), DIGEST)
    later = row._replace(first_set=5)
    again = veil.prove_again(later, 1)
    veil.entry(later._replace(mac=again))
    assert again != row.mac and heard == []
    forged = later._replace(mode=0o104755)
    assert veil.prove_again(forged, 1) == row.mac
    assert heard == []  # whoever reads it is told
    veil.entry(forged)
    assert len(heard) == 1


def test_what_belongs_to_another_name_is_refused() -> None:
    for other in (
        entry(NAMES.seal(b"a"), target=NAMES.seal_text(b"there", b"target", b"b")),
        entry(NAMES.seal(b"a"), xattrs=NAMES.seal_value(b"x", b"xattrs", b"b")),
        entry(b"in clear"),
    ):
        with pytest.raises(IntegrityError):
            VEIL.entry(other)


@given(st.lists(WORDS, min_size=1, max_size=4), st.none() | WORDS)
def test_a_root_is_told_in_plain_words(names: list[bytes], name: bytes | None) -> None:
    path = b"/" + b"/".join(names)
    above = tuple(Ancestor(one, 0o40755, 0, 0, 1, 2, b"packed") for one in names)
    sealed_above = tuple(
        one._replace(
            name=NAMES.seal(one.name), xattrs=NAMES.seal_value(b"packed", b"xattrs", one.name)
        )
        for one in above
    )
    sealed_name = None if name is None else NAMES.seal(name)
    found = VEIL.root(Root(NAMES.seal_path(path), sealed_name, 3, sealed_above))
    assert found == Root(path, name, 3, above)


def test_the_top_of_all_has_no_name_to_seal() -> None:
    top = Root(b"/", None, 1, (Ancestor(b"", 0o40755, 0, 0, 1, 2),))
    assert VEIL.root(top) == top
    assert VEIL.name(b"") == b""


def test_without_keys_there_is_one_clear_sentence() -> None:
    for asked in (
        lambda: SHUT.entry(entry(b"x")),
        lambda: SHUT.name(b"x"),
        lambda: SHUT.sealed(b"x"),
        lambda: SHUT.owner(b"x"),
        lambda: SHUT.root(Root(b"x", None, 1, ())),
    ):
        with pytest.raises(AuthenticationError, match="encrypted, and its password was not given"):
            asked()
    assert VEIL.is_open and not SHUT.is_open


def test_a_set_keeps_its_figures_whoever_asks(tmp_path_factory: pytest.TempPathFactory) -> None:
    shop = Workshop(tmp_path_factory.mktemp("veil") / "base").create()
    plain = shop.run({b"a": b"alpha"}, command_line=b"tardis ~", client_config=b"{}")
    sealed = plain._replace(
        command_line=NAMES.seal_value(b"tardis ~", b"command line"),
        client_config=NAMES.seal_value(b"{}", b"config"),
    )
    assert VEIL.backup(sealed) == plain
    assert SHUT.backup(sealed) == plain._replace(command_line=b"", client_config=b"")
