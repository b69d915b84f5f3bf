"""Everything that is wrong is told, in every layer."""

import pytest

from tardis.config import (
    Layer,
    Layers,
    Section,
    checking,
    resolve,
    section_names,
    table,
)
from tardis.model import ConfigError, StoreError

ROWS = (table.PORT, table.TIMEOUT, table.PASSWORD, table.PASSWORD_FILE)


def test_each_layer_is_looked_at_though_another_outranks_it() -> None:
    layers = Layers(
        defaults={"TARDIS_PORT": "first"},
        environ={"TARDIS_PORT": "second"},
        file=Section({"Port": "third", "Timeout": "-1"}, "cfg [Tardis]"),
        flags={"port": "7420"},
    )
    found = [one.text for one in checking.check_values(ROWS, layers)]
    assert [one.partition(":")[0] for one in found] == [
        "system.defaults",
        "environment",
        "configuration file cfg [Tardis]",
        "configuration file cfg [Tardis]",
    ]
    assert "'third' is not a whole number" in found[2] and "Timeout" in found[3]


def test_what_cannot_be_given_together_is_found_when_all_else_is_right() -> None:
    section = Section({"Password": "x", "PasswordFile": "y"}, "cfg [Tardis]")
    [found] = checking.check_values(ROWS, Layers(file=section))
    assert "cannot be given together" in found.text
    assert checking.check_values(ROWS, Layers()) == []


def test_every_unknown_key_is_told_with_the_closest_one() -> None:
    section = Section({"Prot": "1", "BaseDir": "x", "Nonsense": ""}, "cfg [Tardis]")
    first, second = checking.check_names(section, table.all_keys())
    assert "there is no option Prot" in first.text and first.hint == "Did you mean Port?"
    assert "there is no option Nonsense" in second.text and second.hint == ""


def test_variables_that_look_like_ours_are_told() -> None:
    environ = {"TARDIS_PROT": "1", "TARDIS_PORT": "1", "PATH": "/bin"}
    assert checking.check_variables(environ, table.all_variables()) == [
        checking.Finding(
            "environment: there is no variable TARDIS_PROT", "Did you mean TARDIS_PORT?"
        )
    ]


def test_what_can_be_read_is_read_beside_what_cannot() -> None:
    layers = Layers(file=Section({"Port": "x", "Timeout": "7"}, "cfg [Tardis]"))
    settings = checking.readable_settings(ROWS, layers)
    assert (settings[table.PORT], settings[table.TIMEOUT]) == (7420, 7.0)
    assert settings.origin(table.TIMEOUT) is Layer.FILE and not settings.is_given(table.PORT)
    both = Layers(file=Section({"Password": "x", "PasswordFile": "y"}, ""))
    assert checking.readable_settings(ROWS, both)[table.PASSWORD] is None
    with pytest.raises(ConfigError):
        resolve(ROWS, both)


def test_a_complaint_is_a_finding_and_a_bug_is_not() -> None:
    def complain() -> None:
        raise StoreError("no such disk", hint="Plug it in.")

    assert checking.found_in(complain) == [checking.Finding("no such disk", "Plug it in.")]
    assert checking.found_in(lambda: 1) == []
    with pytest.raises(ZeroDivisionError):
        checking.found_in(lambda: 1 // 0)


def test_sections_are_named_in_their_order() -> None:
    assert section_names("[b]\n[Tardis]\nx=1\n[a]", "cfg") == ("b", "Tardis", "a")
    with pytest.raises(ConfigError, match="configuration file cfg"):
        section_names("rubbish", "cfg")
