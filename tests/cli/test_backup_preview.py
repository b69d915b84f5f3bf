import os
from pathlib import Path

import pytest

from tardis.cli.backup_preview import real_place
from tardis.cli.tardis import command


def test_only_what_lies_above_a_path_is_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/last").symlink_to("nowhere")
    assert real_place(b"link/last") == os.fsencode(tmp_path / "real/last")
    assert real_place(b"link") == os.fsencode(tmp_path / "link")
    assert real_place(b"/") == b"/"


def test_the_status_tells_whether_all_would_be_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TARDIS_DEFAULTS", "/nowhere")
    monkeypatch.setenv("TARDIS_GLOBAL_EXCLUDES", os.devnull)
    (tmp_path / "a.o").write_bytes(b"12")
    (tmp_path / "b").write_bytes(b"123")
    words = ["--server", "/no/server", "-x", "*.o", str(tmp_path)]
    assert command(["--explain", str(tmp_path / "b"), *words]) == 0
    assert command(["--explain", str(tmp_path / "b"), "--explain", f"{tmp_path}/a.o", *words]) == 1
    assert "left out: --exclude: *.o" in capsys.readouterr().out
    assert command(["--dry-run", *words]) == 0
    assert command(["--dry-run", "--json", *words]) == 0
    assert '"size_bytes": 3' in capsys.readouterr().out
    assert command(["--dry-run", *words, "/no/such"]) == 3
    assert "/no/such: not backed up" in capsys.readouterr().err
