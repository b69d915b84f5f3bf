from tardis.client.settling import Settling
from tardis.scan import Range


def listed(linked: int = 0) -> Range:
    return Range((1, 2, 0), b"/p", b"", None, [b"row"], (), 1, linked, 0)


def test_a_listing_is_kept_until_all_that_was_wanted_is_done() -> None:
    settling = Settling()
    settling.open(0, listed(), 2)
    assert 0 in settling
    settling.done(0)
    assert settling.range_of(0).path == b"/p"
    settling.done(0)
    assert 0 not in settling
    settling.open(1, listed(), 0)
    assert 1 not in settling
    assert not settling.is_lingering


def test_a_listing_with_linked_files_lingers_until_a_later_one_was_judged() -> None:
    settling = Settling()
    settling.open(0, listed(linked=1), 1)
    settling.open(1, listed(linked=1), 0)
    assert settling.is_lingering
    settling.answered(1, 5)
    settling.done(0)
    settling.answered(4, 6)
    assert 0 in settling
    settling.answered(5, 7)
    assert 1 in settling
    settling.answered(6, 9)
    assert 0 not in settling
    assert 1 not in settling


def test_a_listing_that_is_wanted_again_no_longer_lingers() -> None:
    settling = Settling()
    settling.open(3, listed(linked=1), 0)
    settling.reopen(3)
    assert not settling.is_lingering
    settling.done(3)
    assert settling.is_lingering
    settling.forget()
    assert 3 not in settling
