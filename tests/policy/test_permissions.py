"""Who may do what: decided as the kernel does, and never more."""

import itertools
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import (
    READ,
    SEARCH,
    Person,
    Protected,
    acl_entries,
    common,
    may,
    narrowed,
    pack_acl,
    renumbered,
)

UNDEFINED = 0xFFFFFFFF
OWNER, MEMBER, NAMED, GUEST, STRANGER = (
    Person(1001, frozenset({2001})),
    Person(1002, frozenset({2001, 2009})),
    Person(1003, frozenset({2003})),
    Person(1004, frozenset({2004, 2003})),
    Person(1005, frozenset({2005})),
)
PEOPLE = (OWNER, MEMBER, NAMED, GUEST, STRANGER)


def with_acl(mode: int, named: int, group: int, guests: int, mask: int) -> Protected:
    """Return something of OWNER whose ACL names NAMED and the group of GUEST."""
    acl = (
        (0x01, mode >> 6 & 7, UNDEFINED),
        (0x02, named, NAMED.uid),
        (0x04, group, UNDEFINED),
        (0x08, guests, 2004),
        (0x10, mask, UNDEFINED),
        (0x20, mode & 7, UNDEFINED),
    )
    return Protected(mode & ~0o070 | mask << 3, OWNER.uid, 2001, acl)


bits = st.integers(0, 7)
acls = st.builds(with_acl, st.integers(0, 0o777), bits, bits, bits, bits)
plain = st.builds(
    Protected,
    st.integers(0, 0o777),
    st.sampled_from([one.uid for one in PEOPLE]),
    st.integers(2001, 2005),
    acl=st.just(()),
)


@pytest.mark.parametrize(
    ("person", "readable"),
    [
        (OWNER, {0o400, 0o640, 0o604}),
        (MEMBER, {0o040, 0o640}),
        (STRANGER, {0o004, 0o604}),
        (Person(0, frozenset()), {0o400, 0o040, 0o004, 0o640, 0o604, 0o000}),
    ],
)
def test_a_class_has_its_bits_and_root_has_all(person: Person, readable: set[int]) -> None:
    modes = (0o400, 0o040, 0o004, 0o640, 0o604, 0o000)
    assert {one for one in modes if may(person, Protected(one, 1001, 2001), READ)} == readable


def test_an_acl_lets_in_whom_it_names_and_keeps_out_whom_it_names() -> None:
    thing = with_acl(0o604, named=READ, group=0, guests=0, mask=7)
    assert [may(one, thing, READ) for one in PEOPLE] == [True, False, True, False, True]
    assert not may(NAMED, thing, READ | SEARCH)
    closed = with_acl(0o604, named=READ, group=READ, guests=READ, mask=0)
    assert [may(one, closed, READ) for one in PEOPLE] == [True, False, False, False, True]


@pytest.mark.root
@pytest.mark.acl
def test_the_kernel_decides_the_same(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for above in tmp_path.parents:
        if above == Path(tempfile.gettempdir()):
            break
        above.chmod(0o755)
    cases = []
    picks = itertools.product((0o640, 0o604), (0, 4), (0, 4), (0, 4), (4, 6))
    for number, (mode, *allowed) in enumerate(picks):
        thing = with_acl(mode, *allowed)
        path = tmp_path / str(number)
        path.touch()
        os.chown(path, thing.uid, thing.gid)
        os.setxattr(path, "system.posix_acl_access", pack_acl(thing.acl))
        assert stat.S_IMODE(path.stat().st_mode) == thing.mode
        cases.append((path, thing))
    for person in PEOPLE:
        found = _as(person, [path for path, _ in cases])
        assert found == [may(person, thing, READ) for _, thing in cases]


def _as(person: Person, paths: list[Path]) -> list[bool]:
    """Return which of *paths* a real process of *person* can open."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups(sorted(person.groups))
        os.setgid(min(person.groups))
        os.setuid(person.uid)
        os.write(writing, bytes(os.access(path, os.R_OK) for path in paths))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        answer = list(map(bool, told.read()))
    os.waitpid(child, 0)
    return answer


@given(acls, bits)
def test_a_mode_in_place_of_an_acl_allows_nobody_more(thing: Protected, wanted: int) -> None:
    alone = Protected(narrowed(thing), thing.uid, thing.gid)
    for person in PEOPLE:
        assert may(person, thing, wanted) or not may(person, alone, wanted)


@given(st.lists(acls | plain, min_size=1, max_size=4), bits)
def test_what_is_common_allows_nobody_what_one_of_them_does_not(
    things: list[Protected], wanted: int
) -> None:
    found = common(things)
    for person in PEOPLE:
        allowed = all(may(person, one, wanted) for one in things)
        assert allowed or not may(person, found, wanted)


def test_one_alone_and_equals_keep_what_they_allow() -> None:
    thing = Protected(stat.S_IFDIR | 0o2750, 1001, 2001)
    assert common([thing]) == common([thing, thing]) == thing
    wider = thing._replace(mode=stat.S_IFDIR | 0o0715)
    assert common([wider, thing]).mode == stat.S_IFDIR | 0o2710


def test_an_acl_is_read_as_it_is_packed_and_noise_is_none() -> None:
    acl = with_acl(0o640, 4, 4, 4, 6).acl
    assert tuple(acl_entries(pack_acl(acl))) == acl
    for noise in (b"", b"\2\0", pack_acl(acl)[:-1], b"\3" + pack_acl(acl)[1:]):
        assert acl_entries(noise) == []


def test_numbers_of_those_who_are_named_are_translated_and_sorted() -> None:
    acl = ((0x01, 6, UNDEFINED), (0x02, 4, 5), (0x02, 2, 6), (0x08, 1, 5))
    found = renumbered(acl, lambda is_group, number: number + 100 if is_group else 11 - number)
    assert found == [(0x01, 6, UNDEFINED), (0x02, 2, 5), (0x02, 4, 6), (0x08, 1, 105)]
