import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tardis.cli import backup_once as module
from tardis.cli.main import run
from tardis.cli.tardis import command
from tardis.config import Settings
from tardis.net import Line
from tests.client.fakes import FakeServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServer:
    fake = FakeServer()

    @contextmanager
    def connect(settings: Settings) -> Iterator[Line]:
        line, _ = fake.start()
        try:
            yield line
        finally:
            line.close()

    monkeypatch.setattr(module, "connected", connect)
    monkeypatch.setenv("TARDIS_DEFAULTS", str(tmp_path / "none"))
    return fake


def test_a_backup_without_trouble_says_nothing(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"1")
    assert command([str(tmp_path)]) == 0
    assert server.files() == {b"file": b"1"}
    assert capsys.readouterr() == ("", "")


def test_a_special_file_needs_no_word(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert command([str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")
    assert list(server.names().values()) == [b"fifo"]


def test_problems_are_listed_and_give_status_three(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert command([str(tmp_path), str(tmp_path / "x\n")]) == 3
    assert f"tardis: {tmp_path}/x\\x0a: not backed up: " in capsys.readouterr().err


def test_nothing_to_back_up_gives_its_own_status(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, [str(tmp_path / "x")]) == 5
    assert "nothing to back up" in capsys.readouterr().err
    assert server.heard == []


def test_figures_and_files_are_shown_when_asked_for(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    words = ["--stats", "--report", "-v", "--log", ":STDOUT:", "-s", "h:9", str(tmp_path)]
    assert command(words) == 0
    out = capsys.readouterr().out
    assert out.startswith("Name: set  Server: h:9  Session: ")
    assert "1 directory with 1 file" in out
    assert "file" in out.splitlines()[-1]


def test_the_version_is_shown_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tardis ")


def test_a_backup_starts_without_the_room_of_the_store() -> None:
    """A run from cron pays for every module: nothing of a store is read by a client."""
    script = "import sys, tardis.cli.tardis; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not {"sqlite3", "tardis.store", "tardis.server", "smtplib", "email"} & loaded
