"""Text to value and back."""

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.config import Secret
from tardis.config.values import (
    SMART,
    age,
    boolean,
    byte_count,
    choice,
    clones,
    comma_list,
    components,
    file_name,
    non_negative,
    octal,
    percent,
    pin,
    port,
    rate,
    ratio,
    required,
    seconds,
    share,
    shell_list,
    show,
    show_commas,
    show_octal,
    show_smart,
    whole,
)


@pytest.mark.parametrize("text", ["true", "True", "YES", "on", "1", " true "])
def test_words_for_true(text: str) -> None:
    assert boolean(text) is True


@pytest.mark.parametrize("text", ["false", "False", "NO", "off", "0"])
def test_words_for_false(text: str) -> None:
    assert boolean(text) is False


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (boolean, "maybe"),
        (file_name, "a/b"),
        (file_name, ".."),
        (boolean, ""),
        (whole, ""),
        (whole, "-"),
        (whole, "1.5"),
        (whole, "1_000"),
        (whole, "٣"),
        (non_negative, "-1"),
        (port, "0"),
        (port, "65536"),
        (port, "http"),
        (percent, "-1%"),
        (percent, "half"),
        (pin, "sha256:"[:6]),
        (pin, "0" * 65),
        (pin, "g" * 64),
        (seconds, "-1"),
        (seconds, "nan"),
        (seconds, "inf"),
        (seconds, "soon"),
        (ratio, "1.1"),
        (octal, ""),
        (octal, "8"),
        (octal, "0x1f"),
        (octal, "1000"),
        (required, ""),
        (shell_list(str), "'open"),
        (comma_list(whole), "40, many"),
        (choice("none", "zlib"), "gzip"),
        (clones, "1001"),
        (clones, "-1"),
        (components, "-2"),
    ],
)
def test_nonsense_is_refused_with_words(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parse(text)


@pytest.mark.parametrize("text", ["027", "0o27", "27", " 0O027 "])
def test_a_mask_is_octal_however_it_is_written(text: str) -> None:
    assert octal(text) == 0o027


def test_numbers_at_their_limits() -> None:
    assert (port("1"), port("65535")) == (1, 65535)
    assert whole("-5") == -5
    digits = "ab" * 32
    assert (
        pin(digits) == pin(f"sha256:{digits}") == pin(":".join(["AB"] * 32)) == f"sha256:{digits}"
    )
    assert pin(" ") == ""
    assert percent("50%") == percent("50") == 50
    assert (clones("0"), clones("1000")) == (0, 1000)
    assert seconds("0.5") == 0.5
    assert ratio("1") == 1


def test_a_choice_ignores_case_and_knows_other_spellings() -> None:
    parse = choice("none", "zlib", also="true=zlib false=none")
    assert [parse(text) for text in ("ZLIB", "True", "false")] == ["zlib", "zlib", "none"]


def test_commas_and_blanks_part_a_list() -> None:
    assert comma_list(whole)("40, 20,10 5") == (40, 20, 10, 5)
    assert comma_list(str)("Monthly-%Y-%m, Daily") == ("Monthly-%Y-%m", "Daily")
    assert comma_list(str)("") == ()


def test_shell_words_keep_blanks_in_quotes() -> None:
    assert shell_list(str)("'*.o' \"a b\" c\\ d #x") == ("*.o", "a b", "c d", "#x")


def test_components_are_a_number_or_smart() -> None:
    assert (components("2"), components("Smart")) == (2, SMART)
    assert (show_smart(2), show_smart(SMART)) == ("2", "smart")


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2")
    assert repr(secret) == str(secret) == f"{secret}" == "***"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("")
    assert hash(secret) == hash(Secret("hunter2"))
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(secret)


@given(st.lists(st.text()))
def test_shown_words_are_read_back(words: list[str]) -> None:
    assert shell_list(str)(show(tuple(words))) == tuple(words)


@given(st.lists(st.integers()))
def test_shown_numbers_are_read_back(numbers: list[int]) -> None:
    assert comma_list(whole)(show_commas(numbers)) == tuple(numbers)


@given(st.integers(0, 0o777))
def test_shown_masks_are_read_back(mask: int) -> None:
    assert octal(show_octal(mask)) == mask


def test_nothing_is_shown_as_nothing() -> None:
    assert show(None) == ""
    assert show(60.0) == "60"
    assert show(False) == "False"


@pytest.mark.parametrize("text", ["", ".tardis-skip", "a b", "..."])
def test_a_name_of_a_file_is_any_text_without_a_slash(text: str) -> None:
    assert file_name(text) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("500", 500), ("10K", 10240), ("1.5 GB", 3 << 29), ("2TiB", 2 << 40), ("7 b", 7)],
)
def test_sizes_have_units_of_1024(text: str, size: int) -> None:
    assert byte_count(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90m", 5400), ("36 h", 129_600), ("2", 172_800), ("1.5d", 129_600), ("1W", 604_800)],
)
def test_ages_have_units_and_days_without_one(text: str, seconds: int) -> None:
    assert age(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "much", "1 x", "1d 2h", "\u0663"])
def test_what_is_no_size_or_age_is_refused(text: str) -> None:
    for parse in (byte_count, age):
        with pytest.raises(ValueError, match="is no"):
            parse(text)


def test_a_share_is_at_most_all() -> None:
    assert [share("0"), share("7%"), share("100")] == [0, 7, 100]
    with pytest.raises(ValueError, match="more than 100"):
        share("101")


def test_a_rate_is_nothing_or_enough_for_signs_of_life() -> None:
    assert [rate(text) for text in ("0", "1K", "2.5M")] == [0, 1024, 2_621_440]
    with pytest.raises(ValueError, match="less than 1024 bytes a second"):
        rate("1023")
