"""What is said of a new password."""

import pytest

from tardis.crypto import strength_of


@pytest.mark.parametrize("password", ["", "password", "12345678", "qwertz", "tardis"])
def test_what_everybody_takes_is_weak_and_advice_is_given(password: str) -> None:
    found = strength_of(password)
    assert found.ratio < 0.5
    assert found.advice.endswith(".")


@pytest.mark.parametrize("password", ["plinth-otter-vacuum-gable", "xK9$wq!7Zr#2pL"])
def test_what_nobody_guesses_is_strong(password: str) -> None:
    assert strength_of(password).ratio == 1


def test_a_very_long_password_takes_no_longer_to_judge() -> None:
    assert strength_of("plinth otter vacuum gable " * 10_000).ratio == 1
