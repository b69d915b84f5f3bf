"""Tables of plain text."""

from hypothesis import given
from hypothesis import strategies as st

from tardis.render import table, width


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    rows = [("Name", "Size"), ("a", "1"), ("longer", "12345")]
    assert list(table(rows, "lr")) == ["Name     Size", "a           1", "longer  12345"]


def test_wide_and_combining_characters_take_their_places() -> None:
    assert (width("a"), width("漢字"), width("e\u0301")) == (1, 4, 1)
    rows = [("漢字", "x"), ("abcde", "x"), ("e\u0301", "x")]
    assert list(table(rows, "ll")) == ["漢字   x", "abcde  x", "e\u0301      x"]


@given(st.lists(st.tuples(st.text("ab漢", max_size=9), st.text("xy", max_size=5)), min_size=1))
def test_the_right_edge_of_a_right_column_is_straight(rows: list[tuple[str, str]]) -> None:
    wanted = max(width(one) for one, _ in rows) + 2 + max(width(other) for _, other in rows)
    for (_, last), line in zip(rows, table(rows, "lr"), strict=True):
        assert not last or width(line) == wanted


@given(st.lists(st.tuples(*[st.text("ab %-", max_size=9)] * 3), min_size=1))
def test_plain_rows_come_out_as_others_do(rows: list[tuple[str, str, str]]) -> None:
    plain = list(table([*rows, ("x" * 9,) * 3], "lrl"))
    assert [line.replace("漢", "x") for line in table([*rows, ("漢" + "x" * 7,) * 3], "lrl")] == [
        *plain[:-1],
        "  ".join(["x" * 8] * 3),
    ]
