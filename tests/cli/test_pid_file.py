"""A pid file tells that a daemon runs by its lock, whatever stands in it."""

import os
import stat
from pathlib import Path

import pytest

from tardis.cli.pid_file import PidFile
from tardis.model import ConfigError


def test_it_holds_our_number_for_everybody_and_goes_with_us(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    before = os.umask(0o077)
    try:
        with PidFile(str(path)):
            assert path.read_text() == f"{os.getpid()}\n"
            assert stat.S_IMODE(path.stat().st_mode) == 0o644
    finally:
        os.umask(before)
    assert not path.exists()


def test_a_second_daemon_is_refused_and_told_which_one_runs(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with PidFile(str(path)):
        with pytest.raises(ConfigError, match=f"runs already: process {os.getpid()}") as caught:
            PidFile(str(path))
        assert "--pidfile" in caught.value.hint
        assert path.read_text() == f"{os.getpid()}\n"
    with PidFile(str(path)):
        assert path.exists()


@pytest.mark.parametrize("left", ["1\n", "99999999999\n", "rubbish, and more of it than a number"])
def test_what_a_dead_daemon_has_left_is_replaced(tmp_path: Path, left: str) -> None:
    path = tmp_path / "pid"
    path.write_text(left)
    with PidFile(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_file_that_somebody_put_in_its_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with PidFile(str(path)):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_where_it_may_not_go_it_is_left_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "pid"
    with PidFile(str(path)):
        monkeypatch.setattr(os, "unlink", refused)
    monkeypatch.undo()
    assert path.read_bytes() == b""
    with PidFile(str(path)):
        assert path.read_text()


@pytest.mark.parametrize("where", ["no/such/pid", "link"])
def test_one_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path, where: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(ConfigError, match="cannot make the pid file"):
        PidFile(str(tmp_path / where))
    assert not (tmp_path / "target").exists()
