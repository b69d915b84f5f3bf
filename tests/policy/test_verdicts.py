"""What is wanted of a regular file: decided by equality alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import OPEN, Entry, Listed
from tardis.policy import Verdict, judge_changed, judge_new

LISTED = Listed(0o100644, 1, 2, 5, 10, 11, 12, 13, 1, 99, 1, 0, 0, b"name")
ENTRY = Entry(b"name", *LISTED[:12], None, 7, None, 3, OPEN)
SMALL = 1000


def other(listed: Listed, field: str, value: int) -> Listed:
    """Return *listed* with another number in *field*."""
    return Listed._make(
        value if name == field else getattr(listed, name) for name in Listed._fields
    )


numbers = st.integers(-(1 << 63), (1 << 63) - 1)
seldom = st.sampled_from([5, 10, 11])


def test_what_is_equal_and_settled_is_kept() -> None:
    assert judge_changed(LISTED, ENTRY, True) is Verdict.KEEP
    assert judge_changed(LISTED, ENTRY._replace(last_set=4), True) is Verdict.KEEP


def test_what_is_unsettled_is_asked_for_its_digest() -> None:
    assert judge_changed(LISTED, ENTRY, False) is Verdict.DIGEST


@pytest.mark.parametrize("field", ["size", "mtime", "mtime_ns"])
def test_another_size_or_mtime_wants_the_bytes(field: str) -> None:
    assert judge_changed(other(LISTED, field, 77), ENTRY, True) is Verdict.CONTENT


@pytest.mark.parametrize("field", ["ctime", "ctime_ns", "inode", "filesystem"])
def test_the_same_size_and_mtime_may_hide_an_edit(field: str) -> None:
    assert judge_changed(other(LISTED, field, 77), ENTRY, True) is Verdict.DIGEST


@pytest.mark.parametrize("field", ["mode", "uid", "gid", "nlink", "rdev", "claim"])
def test_what_ctime_covers_is_not_compared_again(field: str) -> None:
    assert judge_changed(other(LISTED, field, 0o100600), ENTRY, True) is Verdict.KEEP


@pytest.mark.parametrize("mode", [0o40755, 0o120777])
def test_what_was_no_file_wants_the_bytes(mode: int) -> None:
    assert judge_changed(LISTED, ENTRY._replace(mode=mode), True) is Verdict.CONTENT


def test_what_never_was_read_wants_the_bytes() -> None:
    assert judge_changed(LISTED, ENTRY._replace(content=None), True) is Verdict.CONTENT


@pytest.mark.parametrize(
    "size, has_history, has_same_size, wanted",
    [
        (0, False, False, Verdict.CONTENT),
        (0, True, False, Verdict.CONTENT),
        (5, False, False, Verdict.CONTENT),
        (5, True, False, Verdict.DIGEST),
        (SMALL, True, True, Verdict.DIGEST),
        (SMALL, False, True, Verdict.CONTENT),
        (SMALL + 1, True, False, Verdict.CONTENT),
        (SMALL + 1, False, True, Verdict.DIGEST),
    ],
)
def test_a_new_file_is_asked_for_its_digest_where_that_can_save_its_bytes(
    size: int, has_history: bool, has_same_size: bool, wanted: Verdict
) -> None:
    listed = LISTED._replace(size=size)
    assert judge_new(listed, has_history, SMALL, has_same_size) is wanted


@given(st.tuples(*[seldom] * 12), st.tuples(*[seldom] * 12), st.booleans())
def test_a_file_is_kept_only_when_all_that_counts_is_equal(
    now: tuple[int, ...], then: tuple[int, ...], is_settled: bool
) -> None:
    listed = Listed._make((0o100644, *now[1:], 0, b"name", 0, None, None))
    before = Entry._make((b"name", 0o100644, *then[1:], None, 7, None, 1, OPEN, 0, None, None))
    kept = judge_changed(listed, before, is_settled) is Verdict.KEEP
    counting = ("size", "mtime", "mtime_ns", "ctime", "ctime_ns", "filesystem", "inode")
    equal = all(getattr(listed, name) == getattr(before, name) for name in counting)
    assert kept == (equal and is_settled)


@given(numbers, st.booleans(), st.booleans())
def test_a_new_file_is_never_taken_for_known(
    size: int, has_history: bool, has_same_size: bool
) -> None:
    verdict = judge_new(LISTED._replace(size=size), has_history, SMALL, has_same_size)
    assert verdict is not Verdict.KEEP
