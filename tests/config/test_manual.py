"""The page of options, the samples, and that the files on disk are these."""

import re

import pytest

from tardis.config import Layers, check_keys, manual, read_section, resolve, table
from tools import generate


@pytest.mark.parametrize("name", [name for name, _ in generate.GENERATED])
def test_generated_files_are_fresh(name: str) -> None:
    make = dict(generate.GENERATED)[name]
    found = (generate.ROOT / name).read_text(encoding="utf-8")
    assert found == make(), f"{name} is stale: run tools/generate.py"


def test_the_page_names_every_option() -> None:
    page = manual.options_page()
    for _, row in table.all_options():
        for word in (*row.keys, *row.variables):
            assert f"`{word}`" in page
        for flag in row.flags:
            assert f"`--{flag}" in page


@pytest.mark.parametrize(
    ("sample", "program"),
    [
        (manual.client_sample, "tardis"),
        (manual.server_sample, "tardisd"),
        (manual.local_sample, "tardisd"),
    ],
)
def test_a_sample_says_nothing_but_the_defaults(sample: object, program: str) -> None:
    assert callable(sample)
    text = sample()
    assert dict(read_section(text, "sample")) == {}
    spoken = re.sub(r"(?m)^#(?=[A-Z]\w* =)", "", text)
    section = read_section(spoken, "sample")
    check_keys(section, table.all_keys())
    assert len(section) > 25
    rows = [row for row in table.PROGRAMS[program] if not row.shown and row.default is not None]
    settings = resolve([row for row in rows if not row.exclusive], Layers(file=section))
    assert all(settings[row] == row.default for row in settings)


def test_the_sample_of_defaults_is_accepted() -> None:
    spoken = re.sub(r"(?m)^#(?=TARDIS_\w* =)", "", manual.defaults_sample())
    section = read_section(spoken, "sample")
    check_keys(section, table.all_variables())
    assert set(section) == table.all_variables() - {"TARDIS_DEFAULTS"}
    for options in table.PROGRAMS.values():
        resolve(options, Layers(defaults=section))


def test_the_local_sample_has_no_connection() -> None:
    assert "BaseDir" in manual.local_sample()
    assert "Bind" not in manual.local_sample()


def test_every_exit_status_is_in_the_page() -> None:
    page = generate.exit_status_page()
    assert "| 4 | A setting has a value it cannot have. | `ConfigError` |" in page
    assert [n for n in (0, 1, 2, 3, 70) if f"\n| {n} |" not in page] == []
