"""Sealed names and fingerprints by sonic, where there is nothing to decrypt or to write."""

from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.store import opening

STORE = 10


def test_a_backup_in_clear_has_no_sealed_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    where = ["-D", str(tmp_path / "base"), "-C", "box"]
    assert run(command, ["create", *where]) == 0
    assert run(command, ["decrypt-names", *where, "a"]) == STORE
    assert "kept in clear" in capsys.readouterr().err
    assert run(command, ["fingerprints", *where]) == 0
    assert capsys.readouterr().out == "0 directories have new fingerprints\n"
