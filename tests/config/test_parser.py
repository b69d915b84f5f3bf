"""Words of a command line to texts by option name."""

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tardis.config import parse, resolve, table
from tardis.config.parser import build_parser
from tardis.config.resolve import Given, Layers


def flags(*argv: str, program: str = "tardis") -> dict[str, Given]:
    return dict(parse(program, argv).flags)


@pytest.mark.parametrize(
    ("word", "text"), [("--xattr", "true"), ("--noxattr", "false"), ("--no-xattr", "false")]
)
def test_booleans_have_three_spellings(word: str, text: str) -> None:
    assert flags(word) == {"xattr": text}


def test_the_last_of_two_wins() -> None:
    assert flags("--stats", "--nostats", "--stats") == {"stats": "true"}
    assert flags("-p", "1", "--port=2") == {"port": "2"}


def test_what_is_not_given_is_not_there() -> None:
    assert flags() == {}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("-Z",), "zlib"),
        (("-Zlzma",), "lzma"),
        (("-Z", "lzma"), "lzma"),
        (("--compress-data", "--stats"), "zlib"),
        (("--compress-data=zstd",), "zstd"),
    ],
)
def test_a_bare_flag_has_its_own_value(argv: tuple[str, ...], expected: str) -> None:
    assert flags(*argv)["compress-data"] == expected


def test_counted_and_repeated_options() -> None:
    assert flags("-vv", "--verbose") == {"verbose": "3"}
    assert flags("-x", "a b", "--exclude=*.o") == {"exclude": ("a b", "*.o")}
    assert flags("-l", "--log", "f") == {"log": (":STDERR:", "f")}


def test_arguments_may_stand_anywhere() -> None:
    parsed = parse("tardis", ["a", "--stats", "b", "-Z", "lzma", "c", "--", "-d", "--", "@e"])
    assert parsed.positionals == ("a", "b", "c", "-d", "--", "@e")
    assert parsed.flags["Directories"] == parsed.positionals
    assert parsed.flags["compress-data"] == "lzma"


def test_a_minus_alone_is_an_argument() -> None:
    assert parse("regenerate", ["-"]).positionals == ("-",)


def test_names_of_any_bytes_come_through() -> None:
    assert parse("tardis", ["\udcff x"]).positionals == ("\udcff x",)


@pytest.mark.parametrize(
    "argv",
    [
        ("--stat",),
        ("--prt", "1"),
        ("--port",),
        ("--stats=yes",),
        ("-Q",),
    ],
)
def test_nonsense_ends_with_status_2_and_a_usage_line(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("tardis", argv)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: tardis [OPTION...] [DIRECTORY...]\n")
    assert "tardis: error: " in error


def test_a_needed_argument_is_asked_for() -> None:
    with pytest.raises(SystemExit):
        parse("regenerate", [])


def test_subcommands_have_their_own_options() -> None:
    parsed = parse("sonic", ["-v", "list", "-l", "-D", "/srv", "--json"])
    assert parsed.subcommand == "list"
    assert parsed.flags == {"verbose": "1", "long": "true", "database": "/srv", "json": "true"}
    parsed = parse("sonic", ["delete", "--noconfirm", "A", "--", "-B"])
    assert parsed.positionals == ("A", "-B")


@pytest.mark.parametrize("argv", [(), ("lst",), ("create", "--unified")])
def test_a_wrong_subcommand_ends_with_status_2(argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("sonic", argv)
    assert caught.value.code == 2


@pytest.mark.parametrize("program", table.PROGRAMS)
def test_help_tells_default_variable_and_key(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(program, ["--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    if program == "tardis":
        assert "TCP port of the tardis daemon [default: 7420; TARDIS_PORT; key Port]" in text
        assert "--clones" not in text
    if program == "tardisd":
        assert "Monthly-%Y-%m" in text


def test_debug_shows_the_hidden_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("tardis", ["--debug", "--help"])
    assert "--clones" in capsys.readouterr().out


@pytest.mark.parametrize("verb", table.SUBCOMMANDS)
def test_every_subcommand_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("sonic", [verb, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: sonic {verb} [OPTION...]")


def test_the_version_names_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("tardis", ["--stats", "--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("tardis 1.")


@pytest.mark.parametrize("program", table.PROGRAMS)
def test_every_flag_of_the_table_is_understood(program: str) -> None:
    known = build_parser(program)._option_string_actions
    for row in table.PROGRAMS[program]:
        assert {f"--{flag}" for flag in row.flags} <= set(known)
        assert {f"-{letter}" for letter in row.letters} <= set(known)


def test_positionals_become_the_value_of_their_row() -> None:
    row = table.DIRECTORIES
    given = parse("tardis", ["/a", "/b c"])
    assert resolve((row,), Layers(flags=given.flags))[row] == ("/a", "/b c")
    assert resolve((row,), Layers(flags=parse("tardis", []).flags))[row] == (".",)


@pytest.mark.parametrize("verb", sorted(table.ABOUT["sonic"].subcommands))
def test_a_verb_is_parsed_alike_when_the_others_have_no_options(verb: str) -> None:
    words = [verb, "--client", "me", "--json"]
    whole, small = build_parser("sonic"), build_parser("sonic", words=words)
    for given in (words, [verb, "--no-such-option"], [verb, "--help"]):
        answers = []
        for parser in (whole, small):
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    found: object = vars(parser.parse_args(given))
                except SystemExit as end:
                    found = end.code
            answers.append((found, out.getvalue(), err.getvalue()))
        assert answers[0] == answers[1]
    assert whole.format_help() == small.format_help()
