"""sonic upgrade tells what it did, or would do."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.store.ages import grow_older
from tests.store.workshop import BOX, Workshop


def test_what_is_done_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Workshop(tmp_path / "base").create()
    words = ["upgrade", "-D", str(shop.base), "-C", BOX]
    assert run(command, words) == 0
    assert capsys.readouterr().out == "the store is up to date (schema 1)\n"
    grow_older(monkeypatch, tmp_path / "schema")
    assert run(command, ["list", *words[1:]]) == 15
    assert "sonic upgrade" in capsys.readouterr().err
    assert run(command, [*words, "--dry-run"]) == 0
    assert capsys.readouterr().out == "to do  2  colours\nto do  3  longer rows\n"
    assert run(command, [*words, "--json", "--dry-run"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["changes"] == [[2, "colours"], [3, "longer_rows"]] and not told["is_done"]
    assert run(command, words) == 0
    said = capsys.readouterr().out
    assert "a copy of the catalog" in said and "done  2  colours\ndone  3" in said
    assert run(command, ["list", *words[1:]]) == 0
