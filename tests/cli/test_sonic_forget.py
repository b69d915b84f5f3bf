"""sonic forget shows what goes, asks, and tells that it is gone."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.store.workshop import BOX, Workshop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one" * 9, b"g": b"one" * 9, b"h": b"two"})
    return made


def forget(shop: Workshop, *words: str) -> int:
    return run(command, ["forget", "-D", str(shop.base), "-C", BOX, *words])


def test_the_plan_is_shown_and_carried_out(shop: Workshop, capsys: Capture) -> None:
    assert forget(shop, "top/f", "top/h", "--dry-run") == 0
    plan = capsys.readouterr().out
    assert "to go: 2 entries, 1 content, 3 B" in plan and "have them: 1 content" in plan
    assert forget(shop, "top/f") == 2  # nobody to ask
    assert shop.rows("SELECT count(*) FROM entries") == [(3,)]
    assert forget(shop, "top/f", "--noconfirm") == 0
    assert "it is gone" in capsys.readouterr().out
    assert shop.rows("SELECT count(*) FROM entries") == [(2,)]


def test_json_tells_plan_and_outcome(shop: Workshop, capsys: Capture) -> None:
    assert forget(shop, "top/h", "--json", "--noconfirm") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["plan"]["contents"] == 1 and told["done"]["lost"] == 0


def test_a_path_that_never_was_there_is_an_error(shop: Workshop, capsys: Capture) -> None:
    assert forget(shop, "top/nothing", "--noconfirm") == 14
    assert "no set ever held" in capsys.readouterr().err


def test_damage_shows_in_the_status(shop: Workshop, capsys: Capture) -> None:
    ((pack, place),) = shop.rows("SELECT pack, place FROM contents WHERE size = 27")
    path = shop.home / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[place + 30] ^= 1
    path.write_bytes(data)
    assert forget(shop, "top/h", "--noconfirm") == 3
    assert "1 damaged contents could not be kept" in capsys.readouterr().out
