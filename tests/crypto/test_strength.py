"""What is said of a new password."""

import sys

import pytest

from tardis.crypto import strength_of
from tardis.model import UsageError


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


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxcvbn", None)
    with pytest.raises(UsageError, match="package zxcvbn is missing") as caught:
        strength_of("sesame")
    assert "pip install zxcvbn" in caught.value.hint and "sesame" not in str(caught.value)
