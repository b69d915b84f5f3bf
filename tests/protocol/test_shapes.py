"""The checks are as strict as the types say: a bool is no number, a list no tuple."""

from dataclasses import dataclass, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.protocol import Message
from tardis.protocol.messages import MESSAGES, CloseSet, Owners
from tardis.protocol.shapes import check_of, message_check
from tests.protocol.samples import ANY_MESSAGE


@dataclass(frozen=True, slots=True)
class Odd:
    """One field of each make."""

    number: int
    maybe: bytes | None
    pair: tuple[int, tuple[str, bytes | None]]
    many: tuple[tuple[int, str], ...]
    deep: tuple[tuple[int, tuple[bytes, ...]], ...]


GOOD = (1, None, (1, ("a", b"")), ((1, "a"),), ((1, (b"x", b"y")),))


@pytest.fixture(scope="module")
def check() -> Any:
    return message_check(Odd)  # type: ignore[arg-type]


def test_the_right_shape_fits(check: Any) -> None:
    assert check(GOOD)
    assert check((1, b"x", (1, ("a", None)), (), ()))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, True),
        (0, 1.0),
        (0, None),
        (1, "text"),
        (1, 0),
        (2, (1, ("a",))),
        (2, (1, ("a", b"", b""))),
        (2, (1, "ab")),
        (2, [1, ("a", b"")]),
        (3, ((1, "a", 2),)),
        (3, ((1, b"a"),)),
        (3, [(1, "a")]),
        (3, (1, "a")),
        (4, ((1, (b"x", "y")),)),
        (4, ((1, b"xy"),)),
    ],
)
def test_any_other_does_not(check: Any, place: int, wrong: Any) -> None:
    assert not check((*GOOD[:place], wrong, *GOOD[place + 1 :]))


@pytest.mark.parametrize("values", [(), GOOD[:-1], (*GOOD, 1), list(GOOD), None])
def test_the_number_of_fields_counts(check: Any, values: Any) -> None:
    assert not check(values)


@given(ANY_MESSAGE, st.sampled_from(MESSAGES))
def test_a_message_fits_its_own_kind(message: Message, other: type[Message]) -> None:
    values = tuple(getattr(message, field.name) for field in fields(message))
    assert message_check(type(message))(values)
    if len(fields(other)) != len(values):
        assert not message_check(other)(values)


def test_numbers_that_no_catalog_can_hold_are_refused() -> None:
    owners = message_check(Owners)
    assert owners((((False, 2**63 - 1, b"x"),),))
    assert not owners((((False, 2**63, b"x"),),))
    assert not owners((((False, -(2**63) - 1, b"x"),),))
    closing = message_check(CloseSet)
    assert closing((1, 2, 3, 4, (), b""))
    assert not closing((1, 2, 2**63, 4, (), b""))


ROWS = ((1, None, b"a", True), (-5, 2, b"", 0), (2**63 - 1, None, b"b", 7))
ONLY_NUMBERS = ((1, 2, b"", 0), (3, -(2**63), b"", 1))


@pytest.mark.parametrize(
    ("row", "place", "wrong"),
    [
        (0, 0, True),
        (0, 0, 2**63),
        (2, 0, -(2**63) - 1),
        (1, 1, b""),
        (1, 1, 2**63),
        (1, 1, 2.0),
        (0, 2, "a"),
        (0, 2, None),
        (2, 3, 2**64),
        (2, 3, None),
    ],
)
def test_rows_are_looked_at_by_columns(row: int, place: int, wrong: Any) -> None:
    check = check_of(tuple[tuple[int, int | None, bytes, bool | int], ...])
    assert check(ROWS) and check(ROWS[:1]) and check(()) and check(ONLY_NUMBERS)
    for rows in (ROWS, (ONLY_NUMBERS * 2)[:3]):
        spoiled = list(rows)
        spoiled[row] = (*rows[row][:place], wrong, *rows[row][place + 1 :])
        assert not check(tuple(spoiled))


@pytest.mark.parametrize("odd", [(1, None, b""), (*ROWS[0], 1), list(ROWS[0]), None, ()])
def test_a_row_among_others_that_is_none_is_found(odd: Any) -> None:
    check = check_of(tuple[tuple[int, int | None, bytes, bool | int], ...])
    assert not check((*ROWS, odd)) and not check((odd,)) and not check([*ROWS])
