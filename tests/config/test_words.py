"""Roles of words, and argument files."""

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.config import Option, expand_arguments, table
from tardis.config.words import DEEPEST, Role, Walk, split_file
from tardis.model import UsageError

FILES = {
    "args": "--stats -n 'my set'  # a comment\n/home\n",
    "nested": "-v @args /etc",
    "self": "@self",
    "ping": "@pong",
    "pong": "@ping",
    "open": "fine\n'never closed",
    "end": "-- @args",
    "value": "--name",
    "empty": "  # nothing\n",
    "@at": "inside",
}


def read(path: str) -> str:
    try:
        return FILES[path.removeprefix("./")]
    except KeyError:
        raise FileNotFoundError(2, "No such file or directory", path) from None


def expand(*argv: str) -> list[str]:
    return expand_arguments(argv, table.TARDIS, read)


def test_a_file_stands_for_its_words() -> None:
    assert expand("a", "@args", "b") == ["a", "--stats", "-n", "my set", "/home", "b"]


def test_files_may_name_files() -> None:
    assert expand("@nested") == ["-v", "--stats", "-n", "my set", "/home", "/etc"]


def test_an_empty_file_stands_for_nothing() -> None:
    assert expand("@empty", "x") == ["x"]


@pytest.mark.parametrize(
    "argv",
    [
        ("--name", "@args"),
        ("-n", "@args"),
        ("-vn", "@args"),
        ("-n@args",),
        ("--name=@args",),
        ("-x", "@args"),
        ("--", "@args"),
        ("--stats", "--", "a", "@args"),
        ("./@args",),
        ("@",),
        ("a@args",),
    ],
)
def test_values_and_names_are_left_alone(argv: tuple[str, ...]) -> None:
    assert expand(*argv) == list(argv)


@pytest.mark.parametrize(
    "argv", [("--stats",), ("-v",), ("-Z",), ("-vZ",), ("-Zlzma",), ("-nx",), ("--name=x",)]
)
def test_a_file_may_follow_what_needs_no_value(argv: tuple[str, ...]) -> None:
    assert expand(*argv, "@args") == [*argv, "--stats", "-n", "my set", "/home"]


def test_words_of_a_file_count_as_if_typed() -> None:
    assert expand("@value", "@args") == ["--name", "@args"]
    assert expand("@end", "@args") == ["--", "@args", "@args"]


def test_a_file_whose_name_begins_with_at() -> None:
    assert expand("@./@at") == expand("@@at") == ["inside"]


def test_a_missing_file_is_a_usage_error_with_advice() -> None:
    with pytest.raises(UsageError, match=r"@gone: cannot read .*No such file") as caught:
        expand("@gone")
    assert "./@gone" in caught.value.hint


@pytest.mark.parametrize("name", ["self", "ping"])
def test_circles_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="circle"):
        expand(f"@{name}")


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(UsageError, match=str(DEEPEST)):
        expand_arguments(["@1"], (), lambda path: f"@{int(path) + 1}")


def test_an_open_quotation_is_refused_with_its_line() -> None:
    with pytest.raises(UsageError, match="@open: line 2: a quotation has no end"):
        expand("@open")


def test_a_name_with_a_null_byte_is_a_usage_error() -> None:
    def refuse(path: str) -> str:
        raise ValueError("embedded null byte")

    with pytest.raises(UsageError, match="null byte"):
        expand_arguments(["@x"], (), refuse)


def test_a_subcommand_brings_its_own_options() -> None:
    verbs = {name: verb.options for name, verb in table.SUBCOMMANDS.items()}

    def of_sonic(*argv: str) -> list[str]:
        return expand_arguments(argv, table.SONIC, read, verbs)

    assert of_sonic("list", "-l", "@args") == ["list", "-l", *expand("@args")]
    assert of_sonic("create", "--schema", "@args") == ["create", "--schema", "@args"]
    assert of_sonic("--job", "list", "setconfig", "--value", "@args")[-1] == "@args"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a#b '#c' \\#d #e", ["a#b", "#c", "#d"]),
        ("a\\\n b", ["a", "b"]),
        ("a\\\nb 'c\\\nd' \"e\\\nf\"", ["ab", "c\\\nd", "ef"]),
        ("a\\\\\nb", ["a\\", "b"]),
        ('"x y"z\'\' ""', ["x yz", ""]),
        ("a#b #'open", ["a#b"]),
        ("", []),
    ],
)
def test_words_are_those_of_a_shell(text: str, words: list[str]) -> None:
    assert split_file(text) == words


def test_a_lone_backslash_at_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1"):
        split_file("a \\")


def test_a_dash_alone_is_an_argument() -> None:
    walk = Walk(table.TARDIS)
    assert [walk.step(word) for word in ("-", "-Z", "zlib", "x", "--", "-v")] == [
        Role.POSITIONAL,
        Role.OPTION,
        Role.VALUE,
        Role.POSITIONAL,
        Role.END,
        Role.POSITIONAL,
    ]


def test_a_letter_that_a_subcommand_uses_as_a_switch_needs_no_value_there() -> None:
    value = Option("long l", "", "", "", str, "a value")
    walk = Walk((value,), {"verb": (table.LIST_LONG,)})
    assert [walk.step(word) for word in ("-l", "x", "verb", "-l", "y")] == [
        Role.OPTION,
        Role.VALUE,
        Role.VERB,
        Role.OPTION,
        Role.POSITIONAL,
    ]


any_word = st.text(st.characters(exclude_characters="\0", categories=None), min_size=0)


@given(st.lists(any_word))
@example(["a#b", "#", "'", "\\", "\n", "\udcff", "\x0b", "\u2028"])
def test_quoted_words_come_back_from_a_file(words: list[str]) -> None:
    assert split_file(shlex.join(words)) == words


@given(st.lists(any_word), st.lists(any_word))
def test_a_file_is_the_same_as_typing_its_words(before: list[str], inside: list[str]) -> None:
    typed = [word for word in before if not word.startswith("@")]
    kept = [word for word in inside if not word.startswith("@")]
    walk = Walk(table.TARDIS)
    for word in typed:
        walk.step(word)
    expected = [*typed, *kept] if walk.begins else [*typed, "@file"]
    found = expand_arguments([*typed, "@file"], table.TARDIS, lambda path: shlex.join(kept))
    assert found == expected
