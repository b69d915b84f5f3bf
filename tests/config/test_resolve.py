"""Five layers, one winner."""

from typing import Any

import pytest

from tardis.config import Layer, Layers, Option, Secret, Section, resolve, table
from tardis.config.resolve import Given
from tardis.model import ConfigError, UsageError

PLACE = "x.cfg [Tardis]"


def layers(
    flags: dict[str, Given] | None = None,
    file: dict[str, str] | None = None,
    environ: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
) -> Layers:
    return Layers(defaults or {}, environ or {}, Section(file, PLACE), flags or {})


def test_without_layers_every_row_has_its_default() -> None:
    settings = resolve(table.TARDIS, Layers())
    assert all(settings[row] == row.default for row in table.TARDIS)


def test_each_layer_outranks_the_one_before() -> None:
    spoken: dict[str, Any] = {}
    assert resolve((table.PORT,), layers(**spoken))[table.PORT] == 7420
    for number, (layer, name, kind) in enumerate(
        [
            ("defaults", "TARDIS_PORT", Layer.DEFAULTS),
            ("environ", "TARDIS_PORT", Layer.ENVIRONMENT),
            ("file", "Port", Layer.FILE),
            ("flags", "port", Layer.COMMAND),
        ],
        start=1,
    ):
        spoken[layer] = {name: str(number)}
        settings = resolve((table.PORT,), layers(**spoken))
        assert settings[table.PORT] == number
        assert settings.origin(table.PORT) is kind


@pytest.mark.parametrize(
    ("spoken", "where"),
    [
        (layers({"port": "x"}), "command line: --port: 'x' is not a whole number"),
        (layers(file={"port": "x"}), rf"configuration file {PLACE}: Port: 'x'"),
        (layers(environ={"TARDIS_PORT": "0"}), "environment: TARDIS_PORT: '0' is not a port"),
        (layers(defaults={"TARDIS_PORT": "x"}), r"system\.defaults: TARDIS_PORT: 'x'"),
    ],
)
def test_a_bad_value_names_its_layer_and_option(spoken: Layers, where: str) -> None:
    with pytest.raises(ConfigError, match=where.replace("[", r"\[").replace("]", r"\]")):
        resolve((table.PORT,), spoken)


def test_an_empty_variable_does_not_count() -> None:
    assert resolve((table.PORT,), layers(environ={"TARDIS_PORT": ""}))[table.PORT] == 7420


def test_older_names_work_and_the_preferred_one_wins() -> None:
    rows = (table.CLIENT,)
    assert resolve(rows, layers(environ={"TARDIS_HOST": "old"}))[table.CLIENT] == "old"
    both = {"TARDIS_HOST": "old", "TARDIS_CLIENT": "new"}
    assert resolve(rows, layers(environ=both))[table.CLIENT] == "new"
    assert resolve(
        (table.KEEP_PERIODS,), layers(file={"KeepDays": "0, 180, 30"})
    ).is_given(table.KEEP_PERIODS)  # fmt: skip


def test_the_command_line_gives_words_and_a_file_shell_words() -> None:
    row = table.EXCLUDE
    assert resolve((row,), layers({"exclude": ("a b", "'c")}))[row] == ("a b", "'c")
    assert resolve((row,), layers(file={"ExcludePatterns": "'a b' c"}))[row] == ("a b", "c")
    bind = table.BIND
    assert resolve((bind,), layers({"bind": ("::1, ::2", "::3")}))[bind] == ("::1", "::2", "::3")


@pytest.mark.parametrize("text", ["true", "Yes", "1"])
def test_booleans_in_a_file(text: str) -> None:
    assert resolve((table.STATS,), layers(file={"Stats": text}))[table.STATS] is True


def test_the_word_false_is_false() -> None:
    row = table.EXCLUDE_NO_ACCESS
    assert resolve((row,), layers(file={"ExcludeNoAccess": "False"}))[row] is False


def test_computed_values_are_the_lowest_layer() -> None:
    computed = {table.CLIENT: "vm"}
    assert resolve((table.CLIENT,), Layers(), computed)[table.CLIENT] == "vm"
    spoken = layers(environ={"TARDIS_CLIENT": "x"})
    assert resolve((table.CLIENT,), spoken, computed)[table.CLIENT] == "x"


@pytest.mark.parametrize(
    ("row", "spoken", "words"),
    [
        (table.BATCH_SIZE, layers({"batchsize": "1"}), "--batchsize: each message is sent at once"),
        (table.EXCLUSIVE, layers({"exclusive": "no"}), "--exclusive: the server never runs two"),
        (table.SANITY, layers({"sanity": "no"}), "--sanity: no set is complete unless both"),
        (table.MIN_CLONES, layers({"minclones": "64"}), "--minclones: both sides keep what they"),
        (table.DIR_SLICE, layers({"dirslice": "1"}), "--dirslice: both sides keep what they"),
        (table.BATCH_DIRS, layers({"batchdir": "16"}), "--batchdir: what changed is sent at once"),
        (table.CHUNK_SIZE, layers({"chunksize": "9"}), "--chunksize: files are sent as they are"),
        (table.SCHEME, layers({"scheme": "odd"}), "'odd' is none of modern, classic"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    row: Option[Any], spoken: Layers, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        resolve((row,), spoken)


FIXED = sorted(
    {row for _, row in table.all_options() if row.fixed and row.default is not None},
    key=lambda row: row.name,
)


@pytest.mark.parametrize("row", FIXED, ids=lambda row: row.name)
def test_the_documented_default_is_never_refused(row: Option[Any]) -> None:
    text = row.show(row.default)
    if row.keys:
        assert resolve((row,), layers(file={row.keys[0]: text}))[row] == row.default
    if row.flags and row.kind.name != "LIST":
        assert resolve((row,), layers({row.name: text}))[row] == row.default


def test_options_that_exclude_each_other_on_the_command_line() -> None:
    with pytest.raises(UsageError, match="--backup and --date cannot be given together"):
        resolve(table.REGENERATE, layers({"backup": "a", "date": "yesterday"}))
    with pytest.raises(UsageError, match="--hourly and --weekly"):
        resolve(table.TARDIS, layers({"hourly": "true", "weekly": "true"}))
    settings = resolve(table.TARDIS, layers({"hourly": "false", "weekly": "true"}))
    assert settings[table.WEEKLY]


def _pair() -> tuple[Option[str], Option[str]]:
    return (
        Option("a", "A", "", "", str, "first", exclusive="x"),
        Option("b", "B", "", "", str, "second", exclusive="x"),
    )


def test_options_that_exclude_each_other_in_a_file() -> None:
    with pytest.raises(ConfigError, match="A and -b cannot be given together"):
        resolve(_pair(), layers(file={"A": "1", "B": "2"}))


def test_a_higher_layer_replaces_the_other_way_of_saying_it() -> None:
    first, second = rows = _pair()
    settings = resolve(rows, layers({"b": "2"}, file={"A": "1"}))
    assert (settings[first], settings[second]) == ("", "2")


def test_a_typed_secret_stays_hidden() -> None:
    none: Secret | None = None
    row: Option[Secret | None] = Option("token", "", "", none, Secret, "t")
    value = resolve((row,), layers({"token": "hunter2"}))[row]
    assert value
    assert (repr(value), value.reveal()) == ("***", "hunter2")
