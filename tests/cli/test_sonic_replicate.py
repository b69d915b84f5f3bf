"""sonic replicate tells what was copied."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.store.workshop import BOX, Workshop


def test_what_was_copied_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"f": b"one"})
    words = ["replicate", "-D", str(shop.base), "-C", BOX]
    assert run(command, words) == 2
    words += ["--to", str(tmp_path / "copy")]
    assert run(command, words) == 0
    said = capsys.readouterr().out
    assert said.startswith("the copy has 1 set, up to set 1; 2 packs and 0 files copied")
    assert run(command, [*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["packs"] == 0
    shop.run({b"f": b"two"})
    for path in (shop.home / "packs").glob("*.pack"):
        data = path.read_bytes()
        path.write_bytes(data.replace(b"two", b"TWO"))
    assert run(command, words) == 3
    assert "store that was copied: 1 content\n" in capsys.readouterr().out
