"""Arguments, environment and files to settings."""

import os
from pathlib import Path

import pytest

from tardis.cli.settings import Loaded, load
from tardis.config import Layer, table
from tardis.model import ConfigError, UsageError

CONFIG = """
[Tardis]
Server = from-file
Port = 3
[nightly]
Port = 33
Directories = /etc '/home/my files'
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARDIS_DEFAULTS", str(tmp_path / "system.defaults"))
    monkeypatch.setenv("TARDIS_DAEMON_CONFIG", str(tmp_path / "tardisd.cfg"))
    (tmp_path / "x.cfg").write_text(CONFIG)
    return tmp_path


def tardis(*argv: str) -> Loaded:
    return load("tardis", argv)


@pytest.mark.usefixtures("home")
def test_nothing_said_gives_the_defaults_and_this_host() -> None:
    loaded = tardis()
    assert loaded.settings[table.PORT] == 7420
    assert loaded.settings[table.CLIENT] == os.uname().nodename
    assert loaded.settings.origin(table.CLIENT) is Layer.BUILT_IN
    assert (loaded.positionals, loaded.subcommand) == ((), None)


def test_all_five_layers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tardis().settings[table.PORT] == 7420
    (home / "system.defaults").write_text("[Tardis]\nTARDIS_PORT = 1\n")
    assert tardis().settings[table.PORT] == 1
    monkeypatch.setenv("TARDIS_PORT", "2")
    assert tardis().settings[table.PORT] == 2
    assert tardis("--config", "x.cfg").settings[table.PORT] == 3
    assert tardis("--config", "x.cfg", "-p", "4").settings[table.PORT] == 4


@pytest.mark.usefixtures("home")
def test_a_job_is_a_section() -> None:
    settings = tardis("--config=x.cfg", "--job", "nightly").settings
    assert settings[table.PORT] == 33
    assert settings[table.SERVER] == "localhost"
    assert settings[table.DIRECTORIES] == ("/etc", "/home/my files")


@pytest.mark.usefixtures("home")
def test_arguments_replace_the_directories_of_the_file() -> None:
    loaded = tardis("--config=x.cfg", "--job", "nightly", "/a", "--stats", "/b")
    assert loaded.settings[table.DIRECTORIES] == loaded.positionals == ("/a", "/b")


@pytest.mark.usefixtures("home")
def test_an_unknown_job_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"no section \[weekly\]"):
        tardis("--config=x.cfg", "--job", "weekly")
    with pytest.raises(UsageError, match="--job weekly needs --config"):
        tardis("--job", "weekly")


@pytest.mark.usefixtures("home")
def test_a_named_configuration_must_exist_and_be_readable() -> None:
    with pytest.raises(ConfigError, match=r"command line: --config: there is no file gone\.cfg"):
        tardis("--config", "gone.cfg")
    with pytest.raises(ConfigError, match=r"cannot read it: Is a directory"):
        tardis("--config", ".")


def test_the_default_configuration_of_the_daemon_may_be_absent(home: Path) -> None:
    assert load("tardisd", []).settings[table.UMASK] == 0o027
    (home / "tardisd.cfg").write_text("[Tardis]\nUmask = 077\nFormats = X-%Y, Y-%m\n")
    settings = load("tardisd", []).settings
    assert settings[table.UMASK] == 0o077
    assert settings[table.FORMATS] == ("X-%Y", "Y-%m")


def test_a_file_may_be_shared_but_not_misspelled(home: Path) -> None:
    (home / "x.cfg").write_text("[Tardis]\nBaseDir = /srv\nStats = yes\n")
    assert tardis("--config=x.cfg").settings[table.STATS]
    (home / "x.cfg").write_text("[Tardis]\nBaseDri = /srv\n")
    with pytest.raises(ConfigError, match=r"x\.cfg \[Tardis\]: there is no option BaseDri"):
        tardis("--config=x.cfg")
    (home / "system.defaults").write_text("[Tardis]\nTARDIS_PROT = 1\n")
    with pytest.raises(ConfigError, match="there is no option TARDIS_PROT"):
        tardis()


def test_argument_files_are_expanded(home: Path) -> None:
    (home / "args").write_bytes(b"--stats '/home/\xff' # all of it\n")
    loaded = tardis("@args", "-n", "@args", "--", "@args")
    assert loaded.settings[table.STATS]
    assert loaded.settings[table.NAME] == "@args"
    assert loaded.positionals == ("/home/\udcff", "@args")


@pytest.mark.usefixtures("home")
def test_the_environment_can_be_handed_in() -> None:
    environ = {"TARDIS_PORT": "9", "TARDIS_DEFAULTS": "/nowhere"}
    assert load("tardis", [], environ).settings[table.PORT] == 9


@pytest.mark.usefixtures("home")
def test_subcommands_are_known() -> None:
    loaded = load("sonic", ["list", "-l"])
    assert loaded.subcommand == "list"
    assert loaded.settings[table.LIST_LONG]
    with pytest.raises(SystemExit):
        load("sonic", ["unheard"])


@pytest.mark.usefixtures("home")
def test_every_program_starts_from_nothing() -> None:
    argv = {"regenerate": ["x"], "tardiff": ["x"], "tardisfs": ["x"], "sonic": ["create"]}
    for program in table.PROGRAMS:
        load(program, argv.get(program, []), {"TARDIS_DEFAULTS": "/nowhere"})
