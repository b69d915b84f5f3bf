"""Configuration files as text."""

import pytest

from tardis.config import Section, check_keys, read_section
from tardis.model import ConfigError

FILE = """
[DEFAULT]
Port = 1
[Tardis]
Server = here
Formats = Monthly-%Y-%m, 100%
[nightly]
server: there
Directories = /etc
    /home
"""


def test_a_section_is_read_by_name() -> None:
    assert read_section(FILE, "x.cfg")["Server"] == "here"
    assert read_section(FILE, "x.cfg", "nightly")["Directories"] == "/etc\n/home"


def test_upper_and_lower_case_of_a_key_are_the_same() -> None:
    section = read_section(FILE, "x.cfg", "nightly")
    assert section["SERVER"] == section["server"] == "there"
    assert "sErVer" in section
    assert sorted(section) == ["Directories", "Port", "server"]
    assert len(section) == 3


def test_the_default_section_is_seen_from_every_job() -> None:
    assert read_section(FILE, "x.cfg", "nightly")["Port"] == "1"


def test_percent_signs_mean_themselves() -> None:
    assert read_section(FILE, "x.cfg")["Formats"] == "Monthly-%Y-%m, 100%"


def test_the_main_section_may_be_absent() -> None:
    assert dict(read_section("[other]\n", "x.cfg")) == {}


def test_an_unknown_job_is_an_error_that_names_the_jobs() -> None:
    with pytest.raises(ConfigError, match=r"x\.cfg: there is no section \[weekly\]") as caught:
        read_section(FILE, "x.cfg", "weekly")
    assert "Tardis, nightly" in caught.value.hint


@pytest.mark.parametrize("text", ["no section = 1\n", "[Tardis]\nA = 1\nA = 2\n", "[Tardis\n"])
def test_a_broken_file_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"configuration file x\.cfg: "):
        read_section(text, "x.cfg")


def test_an_unknown_key_is_refused_with_the_closest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"x \[Tardis\]: there is no option Prot") as caught:
        check_keys(Section({"Prot": "1"}, "x [Tardis]"), ["Port", "Server"])
    assert caught.value.hint == "Did you mean Port?"


def test_an_unknown_key_like_no_other_has_no_hint() -> None:
    with pytest.raises(ConfigError, match="there is no option Zzz") as caught:
        check_keys(Section({"Zzz": "1"}), ["Port"])
    assert caught.value.hint == ""


def test_known_keys_pass_in_any_case() -> None:
    check_keys(Section({"PORT": "1", "server": "x"}), ["Port", "Server"])
