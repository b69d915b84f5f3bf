"""What an encrypted store says, in plain words for those who have its keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import Seals
from tardis.model import OPEN, Ancestor, AuthenticationError, Entry, IntegrityError, Root
from tardis.store.veil import Veil
from tests.crypto.slots import ring
from tests.store.workshop import Workshop

SEALS = Seals(ring())
NAMES = SEALS.names
VEIL, SHUT = Veil(SEALS), Veil(None)
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
