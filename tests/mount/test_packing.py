"""Listings bring what is asked for, and values that no store should hold do no harm."""

import pytest

from tardis.mount import wire
from tardis.mount.packing import Appetite, attributes_out, entry_out, listing
from tardis.mount.shown import Attributes, Folder

ODD = Attributes(1 << 40 | 0o100644, 5, -1, 1 << 33, -2, -1, 1 << 40, -1_500_000_000, 10**19)


def test_what_does_not_fit_is_cut_and_times_before_1970_are_kept() -> None:
    told = wire.ATTRIBUTES_OUT.unpack(attributes_out(ODD, 9))
    assert (told[0], told[3], told[4]) == (9, 5, (1 << 64) - 1)
    assert (told[7], told[10]) == (-2, 500_000_000)
    assert told[8] == 10**10
    assert (told[12], told[13], told[14]) == (0o100644, (1 << 32) - 1, 0)
    packed = entry_out(77, ODD, (60, 30))
    assert wire.ENTRY_OUT.unpack(packed)[:4] == (77, 0, 60, 30)
    assert packed[40:] == attributes_out(ODD, 9)[16:]


def test_names_of_every_length_end_where_the_next_one_begins() -> None:
    names = [b"n" * length for length in range(1, 20)]
    folder = Folder(names, [(0o100000, at + 1) for at in range(19)], lambda _at: ODD)
    packed = listing(folder, 2, 1 << 20, None, files=False)
    at = 0
    for index, name in enumerate(names):
        told = wire.DIRENT.unpack_from(packed, at)
        assert told == (index + 1, index + 3, len(name), 8)
        at += wire.DIRENT.size
        assert packed[at : at + len(name)] == name
        at += -(-len(name) // 8) * 8
    assert at == len(packed)


@pytest.mark.parametrize("size", range(64, 400, 8))
def test_no_listing_is_larger_than_its_room(size: int) -> None:
    folder = Folder([b"name"] * 20, [(0o040000, 1)] * 20, lambda _at: ODD)

    def tell(_at: int) -> bytes:
        return entry_out(1, ODD, (0, 0))

    assert len(listing(folder, 2, size, None, files=False)) == min(size // 32, 20) * 32
    assert len(listing(folder, 2, size, tell, files=True)) == size // 160 * 160


def test_names_that_no_kernel_takes_are_left_out() -> None:
    names = [b"a", b"n" * 256, b"b", b"n" * 255, b"n" * 300, b"c"]
    folder = Folder(names, [(0o040000, at + 1) for at in range(6)], lambda _at: ODD)
    told: list[int] = []

    def tell(at: int) -> bytes:
        told.append(at)
        return bytes(wire.ENTRY_OUT.size)

    packed = listing(folder, 2, 1 << 20, tell, files=False)
    assert told == [0, 2, 3, 5]
    at = 0
    for index in told:
        at += wire.ENTRY_OUT.size
        inode, after, length, _ = wire.DIRENT.unpack_from(packed, at)
        assert (inode, after, length) == (index + 1, index + 3, len(names[index]))
        at += wire.DIRENT.size + -(-length // 8) * 8
    assert at == len(packed)
    assert listing(folder, 8, 1 << 20, None, files=False) == b""
    assert listing(folder, 3, 152, tell, files=False) == b"" and told[4:] == []
    bare = listing(folder, 3, 40, None, files=False)
    assert wire.DIRENT.unpack_from(bare)[1] == 5


def test_files_are_wanted_while_a_part_of_them_is_looked_at() -> None:
    learns = Appetite()

    def asked(count: int) -> bool:
        wanted = learns.wants_files()
        if not wanted:
            learns.listed(count)
        return wanted

    assert not asked(100)
    for _ in range(20):
        learns.looked_at()
    assert not asked(0)
    learns.looked_at()
    assert [asked(100) for _ in range(15)] == [True] * 15
    assert not asked(100)  # to see whether they are needed still
    for _ in range(13):
        learns.looked_at()
    assert [asked(100) for _ in range(16)] == [True] * 15 + [False]
    assert [asked(100) for _ in range(16)] == [True] * 15 + [False]
    assert not asked(100)  # nobody looked


def test_a_few_files_of_many_that_were_listed_are_nothing() -> None:
    learns = Appetite()

    def asked(count: int) -> bool:
        wanted = learns.wants_files()
        if not wanted:
            learns.listed(count)
        return wanted

    for _ in range(1000):
        assert not asked(1000)
    for _ in range(200):
        learns.looked_at()
    assert not asked(1)
    for _ in range(3000):
        learns.looked_at()
    assert asked(1)
