"""Rows and the settings they are looked up in."""

import pytest

from tardis.config import Kind, Layer, Layers, Option, effective_text, resolve, table


def test_names_are_words_the_preferred_one_first() -> None:
    row = Option("port p listen", "Port Porte", "TARDIS_PORT TARDIS_OLD", 1, int, "port")
    assert row.flags == ("port", "listen")
    assert row.letters == ("p",)
    assert row.keys == ("Port", "Porte")
    assert row.variables == ("TARDIS_PORT", "TARDIS_OLD")
    assert row.spoken == "--port"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (table.PORT, "port"),
        (table.DIRECTORIES, "Directories"),
        (table.RECENT_SET, "TARDIS_RECENT_SET"),
        (table.FILES, "file"),
        (table.MOUNT_OPTIONS, "o"),
    ],
)
def test_every_row_has_one_name(row: Option[object], name: str) -> None:
    assert row.name == name


def test_a_row_without_long_flag_is_spoken_by_its_letter_or_key() -> None:
    assert table.MOUNT_OPTIONS.spoken == "-o"
    assert table.DIRECTORIES.spoken == "Directories"


def test_only_plain_values_and_lists_need_a_value() -> None:
    assert table.PORT.needs_value
    assert table.EXCLUDE.needs_value
    assert not table.COMPRESS_DATA.needs_value
    assert not table.STATS.needs_value
    assert not table.VERBOSE.needs_value


def test_settings_know_their_rows_and_where_values_came_from() -> None:
    settings = resolve((table.PORT, table.STATS), Layers(flags={"port": "1"}))
    assert settings[table.PORT] == 1
    assert table.PORT in settings
    assert table.SERVER not in settings
    assert list(settings) == [table.PORT, table.STATS]
    assert settings.origin(table.PORT) is Layer.COMMAND
    assert settings.origin(table.STATS) is Layer.BUILT_IN
    assert settings.is_given(table.PORT)
    assert not settings.is_given(table.STATS)


def test_effective_text_has_every_option_but_no_secret() -> None:
    settings = resolve(table.TARDIS, Layers(flags={"exclude": ("a b", "*.o")}))
    text = effective_text(settings)
    assert text["port"] == "7420"
    assert text["exclude"] == "'a b' '*.o'"
    assert text["priority"] == ""
    assert not {"password", "password-prog", "help", "version"} & set(text)
    assert len(text) > 60


def test_a_secret_never_reaches_effective_text() -> None:
    row = Option("token", "", "", "", str, "a token", secret=True)
    assert effective_text(resolve((row,), Layers(flags={"token": "hunter2"}))) == {}
    assert table.PASSWORD.secret
    assert table.NEW_PASSWORD.secret
    assert table.HELP.kind is Kind.ACTION
