"""Recovery codes: typed in any way they are the same, mistyped they are none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import canonical, new_code, strength_of
from tardis.model import UsageError

CODE = "TARDIS-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AA"


def test_a_code_has_160_random_bits() -> None:
    codes = {new_code() for _ in range(20)}
    assert len(codes) == 20
    for code in codes:
        assert re.fullmatch("TARDIS(-[A-Z2-7]{5}){7}", code)
        assert canonical(code) == code
        assert strength_of(code).ratio == 1


def test_a_code_may_be_typed_in_many_ways() -> None:
    code = new_code()
    for typed in (
        code.lower(),
        code.replace("-", ""),
        code.replace("-", " "),
        f"  {code.lower()} ",
        code[:6] + code[6:].replace("O", "0").replace("I", "1").replace("B", "8"),
    ):
        assert canonical(typed) == code


def test_every_wrong_letter_is_noticed() -> None:
    code = new_code()
    for at in range(7, len(code)):
        if code[at] != "-":
            wrong = "A" if code[at] != "A" else "C"
            with pytest.raises(UsageError, match="mistyped"):
                canonical(code[:at] + wrong + code[at + 1 :])


@given(st.text(max_size=60))
def test_other_passwords_stay_as_they_are(text: str) -> None:
    assert canonical(text) == text


def test_what_only_begins_like_a_code_is_a_password() -> None:
    for text in ("tardis", "Tardis-backup of mine", CODE, f"{CODE}AAAA", "TARDIS" + "\xdf" * 35):
        assert canonical(text) == text
