"""What the daemon makes of its settings."""

from pathlib import Path

import pytest

from tardis.cli.settings import load
from tardis.cli.tardisd import daemon_options
from tardis.model import ConfigError
from tardis.server import DaemonOptions


def options(place: Path, *lines: str) -> DaemonOptions:
    config = place / "tardisd.cfg"
    config.write_text("\n".join(("[Tardis]", *lines)))
    return daemon_options(load("tardisd", ["--config", str(config)]).settings)


def test_no_format_makes_full_sets_unless_told(tmp_path: Path) -> None:
    assert options(tmp_path, "Formats = %Y", "Priorities = 1").full_formats == ()


@pytest.mark.parametrize("said", ["0, 1", "False, True", "no, yes"])
def test_each_format_may_make_full_sets(tmp_path: Path, said: str) -> None:
    lines = ("Formats = a%Y, b%Y", "Priorities = 2, 1", f"ForceFull = {said}")
    assert options(tmp_path, *lines).full_formats == (False, True)


@pytest.mark.parametrize("key", ["Priorities", "ForceFull", "KeepPeriods"])
def test_there_is_one_answer_for_each_format(tmp_path: Path, key: str) -> None:
    lines = {"Priorities": "1, 2", "ForceFull": "0, 1", "KeepPeriods": "7, 7", "AutoPurge": "1"}
    lines[key] = "1"
    said = [f"{name} = {value}" for name, value in lines.items()]
    with pytest.raises(ConfigError, match=f"Formats has 2 entries and {key} 1"):
        options(tmp_path, "Formats = a%Y, b%Y", *said)


def test_without_threads_one_client_backs_up_at_a_time(tmp_path: Path) -> None:
    config = tmp_path / "tardisd.cfg"
    config.write_text("[Tardis]\nMaxBackups = 7\n")
    words = ["--config", str(config)]
    assert daemon_options(load("tardisd", words).settings).max_backups == 7
    assert daemon_options(load("tardisd", [*words, "--nothreads"]).settings).max_backups == 1


def test_a_small_machine_makes_its_writers_thrifty(tmp_path: Path) -> None:
    assert options(tmp_path).place.thrift == 1
    assert options(tmp_path, "LowMemory = True").place.thrift > 1
