"""sonic recover shows what there is, asks, and tells what came of it."""

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
    for number in range(1, 4):
        made.run({b"f": b"%d" % number * 100})
    return made


def recover(shop: Workshop, *words: str) -> int:
    return run(command, ["recover", "-D", str(shop.base), "-C", BOX, *words])


def test_a_whole_catalog_needs_nothing(shop: Workshop, capsys: Capture) -> None:
    assert recover(shop) == 0
    assert "nothing to recover" in capsys.readouterr().out


def test_the_plan_is_shown_and_carried_out(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.db").unlink()
    assert recover(shop, "--dry-run") == 0
    plan = capsys.readouterr().out
    assert "it is gone" in plan and "up to set 3" in plan and "nothing but the manifests" in plan
    assert not (shop.home / "tardis.db").exists()
    assert recover(shop) == 2  # nobody to ask
    assert recover(shop, "--noconfirm") == 0
    assert "3 sets, 3 entries and 3 contents are there" in capsys.readouterr().out
    assert shop.rows("SELECT count(*) FROM backup_sets") == [(3,)]


def test_an_old_catalog_is_kept_aside(shop: Workshop, capsys: Capture) -> None:
    old = (shop.home / "tardis.db").read_bytes()
    shop.run({b"f": b"four"})
    (shop.home / "tardis.db").write_bytes(old)
    (shop.home / "tardis.db.keys").unlink()
    assert recover(shop, "--noconfirm") == 0
    said = capsys.readouterr().out
    assert "begin     with tardis.db, which knows the sets up to 3" in said
    assert "keys      gone; taken from pack" in said
    assert "the old catalog is kept as tardis.db.before-" in said


def test_json_tells_plan_and_outcome(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.db").unlink()
    assert recover(shop, "--json", "--dry-run") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["plan"]["last_set"] == 3 and told["done"] is None
    assert recover(shop, "--json", "--noconfirm") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["done"]["sets"] == [1, 2, 3] and told["done"]["missing"] == 0


def test_what_is_missing_shows_in_the_status(shop: Workshop, capsys: Capture) -> None:
    ((pack, place),) = shop.rows("SELECT pack, place FROM contents WHERE added_set = 2")
    path = shop.home / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[place + 100] ^= 1
    path.write_bytes(data)
    (shop.home / "tardis.db").unlink()
    assert recover(shop, "--noconfirm") == 3
    assert "1 contents are nowhere; 1 entries need them" in capsys.readouterr().out
    with shop.running(name="cut") as writer:
        writer.drain()
    (shop.home / "tardis.db").unlink()
    assert recover(shop, "--noconfirm") == 3


def test_only_the_keys_are_lost(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.db.keys").unlink()
    assert recover(shop, "--noconfirm") == 0
    assert "the keys are there again" in capsys.readouterr().out
