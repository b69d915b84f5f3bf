"""A run adds up what it walks, and tells what came to be recorded otherwise."""

import pytest

from tardis.client import summing
from tardis.client.summing import ALONE, Change, Summing
from tardis.crypto import SetSum
from tardis.protocol import listing
from tardis.scan import Range, Read, range_of
from tardis.streams import unpack
from tests.crypto.slots import ring


def row(name: bytes, claim: int = 0, size: int = 3) -> bytes:
    return listing.ENTRY.pack(0o100644, 1, 2, size, 4, 5, 6, 7, 1, 9, 1, 0, claim, len(name)) + name


def found_of(path: bytes, *rows: bytes, start: bytes = b"", end: bytes | None = None) -> Range:
    return range_of((1, 2, 0), path, (start, end), list(rows))


def parsed(one: Summing) -> tuple[bytes, tuple[Change, ...]]:
    version, total, changes = unpack(one.told())
    assert version == summing.VERSION
    return total, changes


def sum_of(*ranges: tuple[bytes, bytes, bytes]) -> bytes:
    total = SetSum(ring())
    for one in ranges:
        total.add(*one)
    return total.told()


@pytest.fixture
def one() -> Summing:
    made = Summing(SetSum(ring()))
    made.root(b"/stored/top")
    return made


def test_ranges_are_added_where_they_are_stored(one: Summing) -> None:
    one.add(found_of(b"/live", row(b"a"), row(b"b")))
    one.add(found_of(b"/live/sub"))
    one.root(b"/")
    one.add(found_of(b"/elsewhere", row(b"c")))
    one.add(found_of(b"/elsewhere/d", row(b"c")))
    total, changes = parsed(one)
    assert changes == ()
    assert total == sum_of(
        (b"/stored/top", b"", row(b"a") + row(b"b")),
        (b"/stored/top/sub", b"", b""),
        (b"", b"", row(b"c")),
        (b"/d", b"", row(b"c")),
    )


def test_a_root_that_is_a_file_is_added_alone(one: Summing) -> None:
    one.add(found_of(b"/live", row(b"x"), start=b"sealed", end=b"sealed\0"))
    one.change(found_of(b"/live", row(b"x"), start=b"sealed", end=b"sealed\0"), row(b"x"), b"")
    total, changes = parsed(one)
    assert total == sum_of((b"/stored/top", ALONE, row(b"x")))
    assert changes == ((b"/stored/top", row(b"x"), b""),)


def test_ranges_of_a_large_directory_are_in_the_order_of_names(one: Summing) -> None:
    one.add(found_of(b"/live", row(b"b"), row(b"a"), end=b"m"))
    one.add(found_of(b"/live", row(b"d"), row(b"c"), start=b"m"))
    total, _ = parsed(one)
    top = b"/stored/top"
    assert total == sum_of((top, b"", row(b"a") + row(b"b")), (top, b"m", row(b"c") + row(b"d")))


def test_claims_do_not_count_which_the_store_does_not_have(one: Summing) -> None:
    one.claims.claim(1, 2)
    one.claims.claim(1, 2)
    bare = row(b"c", listing.NOT_ENTERED)
    one.add(found_of(b"/live", row(b"a", 5), row(b"b"), bare))
    total, _ = parsed(one)
    assert total == sum_of((b"/stored/top", b"", row(b"a") + row(b"b") + bare))


def test_what_changed_is_told_beside_the_sum(one: Summing) -> None:
    found = found_of(b"/live/sub", row(b"a"), row(b"b"))
    one.add(found_of(b"/live"))
    one.add(found)
    one.root(b"other")
    one.add(found_of(b"/live/sub/mounted"))
    state = row(b"", size=8)[: listing.ENTRY.size]
    one.read(found, 0, Read(2, state, 8))
    one.change(found, row(b"b"), None)
    one.change(found_of(b"/live/sub/mounted/x"), row(b"c"), b"")
    one.skip(b"/live/sub/mounted/closed")
    _, changes = parsed(one)
    assert changes == (
        (b"/stored/top/sub", row(b"a"), row(b"a", size=8)),
        (b"/stored/top/sub", row(b"b"), None),
        (b"other/x", row(b"c"), b""),
        (b"other/closed", b"", None),
    )


def test_a_root_that_cannot_be_listed_is_told(one: Summing) -> None:
    one.skip(b"/live")
    assert parsed(one)[1] == ((b"/stored/top", b"", None),)


def test_where_too_much_is_unknown_there_is_no_sum(
    one: Summing, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.add(found_of(b"/live", row(b"a"), end=b"m"))
    one.skip(b"/live")  # its rest could not be listed
    assert parsed(one) == (b"", ())
    lost = Summing(SetSum(ring()))
    lost.root(b"top")
    lost.add(found_of(b"/live", row(b"a"), end=b"m")._replace(has_lost=True))
    assert parsed(lost) == (b"", ())
    monkeypatch.setattr(summing, "MOST_BYTES", 150)
    busy = Summing(SetSum(ring()))
    busy.root(b"top")
    busy.add(found_of(b"/live", row(b"a")))
    busy.change(found_of(b"/live"), row(b"a"), b"")
    assert parsed(busy)[0] and len(parsed(busy)[1]) == 1
    busy.change(found_of(b"/live"), row(b"b"), b"")
    assert parsed(busy) == (b"", ())


def test_a_large_directory_without_a_cut_is_in_the_order_of_names_too(one: Summing) -> None:
    rows = [row(b"%05d" % number) for number in range(listing.SLICE_ENTRIES + 1)]
    one.add(found_of(b"/live", *reversed(rows)))
    total, _ = parsed(one)
    assert total == sum_of((b"/stored/top", b"", b"".join(rows)))
