import os
import shutil
import sys
from pathlib import Path

import pytest

from tardis.cli.backup_line import find_program, local_command, server_of
from tardis.cli.settings import load
from tardis.config import Settings


def settings(*words: str, **environ: str) -> Settings:
    nothing = dict.fromkeys(
        ("TARDIS_DEFAULTS", "TARDIS_LOCAL_CONFIG", "TARDIS_DAEMON_CONFIG"), "/no"
    )
    return load("tardis", words, {**nothing, **environ}).settings


def test_a_url_and_options_name_the_same_server() -> None:
    assert server_of(settings("-s", "h", "-p", "9", "--client", "c")) == ("h", 9, "c")
    assert server_of(settings("-s", "tardis://h:9/c", "-p", "1")) == ("h", 9, "c")
    assert server_of(settings("-s", "/run/socket", "--client", "c"))[0] == "/run/socket"


def test_the_local_server_gets_its_store_and_takes_new_clients(tmp_path: Path) -> None:
    program = tmp_path / "tardisd"
    words = ["--local-server-cmd", f"{program} -v"]
    assert local_command(settings(*words, TARDIS_DB="/db")) == [
        str(program), "-v", "--database", "/db", "--allow-new-hosts",
    ]  # fmt: skip


def test_the_local_configuration_wins_over_that_of_the_daemon(tmp_path: Path) -> None:
    for name in ("local.cfg", "daemon.cfg"):
        (tmp_path / name).touch()
    daemon, local = str(tmp_path / "daemon.cfg"), str(tmp_path / "local.cfg")
    command = local_command(settings(TARDIS_DAEMON_CONFIG=daemon, TARDIS_LOCAL_CONFIG=local))
    assert command[-3:] == ["--config", local, "--allow-new-hosts"]
    command = local_command(settings(TARDIS_DAEMON_CONFIG=daemon))
    assert command[-3:-1] == ["--config", daemon]


def test_a_user_without_any_configuration_has_a_place_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    place = str(tmp_path / "data/tardis")
    assert local_command(settings())[-3:-1] == ["--database", place]
    assert os.stat(place).st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--database" not in local_command(settings())


def test_the_daemon_is_looked_for_beside_this_program_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = tmp_path / "tardisd"
    daemon.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "tardis")])
    assert find_program("tardisd") == [str(daemon)]
    assert find_program("/a/tardisd") == ["/a/tardisd"]
    monkeypatch.setattr(sys, "argv", ["/nowhere/tardis"])
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    assert find_program("tardisd") == ["/nowhere/python", "-m", "tardis.cli.tardisd"]
    assert find_program("other") == ["other"]
