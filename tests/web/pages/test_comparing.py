from hypothesis import given
from hypothesis import strategies as st

from tardis.web.pages.comparing import MOST_BYTES, MOST_LINES, Pair, compare, lines_of, within

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "long line"]), max_size=30).map(
    lambda lines: "".join(f"{line}\n" for line in lines).encode()
)


def text(half: object) -> str:
    return "".join(part for part, _ in half.parts)  # type: ignore[attr-defined]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_the_rows(left: bytes, right: bytes) -> None:
    found = compare(left, right)
    assert found is not None
    if left == right:
        assert found.rows == () and found.added == found.removed == 0
        return
    for side, lines in (("left", lines_of(left)), ("right", lines_of(right))):
        halves = [getattr(row, side) for row in found.rows if getattr(row, side) is not None]
        assert [half.number for half in halves] == sorted({half.number for half in halves})
        assert all(lines[half.number - 1] == text(half) for half in halves)
        skipped = sum(row.skipped for row in found.rows)
        assert len(halves) + skipped == len(lines)


def kinds(rows: tuple[Pair, ...]) -> list[str]:
    return [row.kind for row in rows]


def test_lines_are_added_removed_and_changed() -> None:
    found = compare(b"one\ntwo\nthree\n", b"one\n2 two\nthree\nfour\n")
    assert found is not None
    assert kinds(found.rows) == ["same", "changed", "same", "added"]
    assert (found.added, found.removed) == (2, 1)
    assert found.rows[3].left is None
    gone = compare(b"one\ntwo\n", b"one\n")
    assert gone is not None and kinds(gone.rows) == ["same", "removed"]


def test_what_is_far_from_a_change_is_skipped() -> None:
    lines = [b"%d" % at for at in range(100)]
    found = compare(b"\n".join(lines), b"\n".join([*lines[:50], b"x", *lines[51:]]))
    assert found is not None
    assert kinds(found.rows) == ["skipped", *["same"] * 4, "changed", *["same"] * 4, "skipped"]
    assert [row.skipped for row in found.rows if row.skipped] == [46, 45]


def test_the_changed_words_of_a_line_are_told() -> None:
    left, right = within("the old garden grows", "the new garden grows")
    assert left == (("the ", False), ("old", True), (" garden grows", False))
    assert right == (("the ", False), ("new", True), (" garden grows", False))
    assert within("abc", "xyz") == ((("abc", True),), (("xyz", True),))
    long = "x " * 400
    assert within(long, long + "y")[0] == ((long, True),)


def test_what_would_take_too_long_is_not_compared() -> None:
    assert compare(b"x" * (MOST_BYTES + 1), b"") is None
    assert compare(b"", b"\n" * (MOST_LINES + 1)) is None
    assert compare(b"a\n" * MOST_LINES, b"b\n" * MOST_LINES) is not None


def test_nothing_in_a_line_is_hidden() -> None:
    assert lines_of("a\u202eb\x1b[31m\tc\r\n".encode()) == ["a\\u202eb\\u001b[31m\tc"]
    assert lines_of(b"caf\xe9") == ["caf\\xe9"]
    assert lines_of(b"") == []


def test_ends_of_lines_alone_make_no_rows() -> None:
    found = compare(b"a\r\nb\r\n", b"a\nb")
    assert found is not None and found.rows == ()
