"""``sonic check``: its words and its exit statuses."""

import json
import sqlite3
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.store.workshop import BOX, Workshop

Capture = pytest.CaptureFixture[str]
OK, PROBLEMS, USAGE, STORE, DAMAGED = 0, 3, 2, 10, 30


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one" * 100, b"g": b"two" * 100})
    return made


def sonic(shop: Workshop, *words: str) -> int:
    return run(command, [words[0], "-D", str(shop.base), "-C", BOX, *words[1:]])


def spoil(shop: Workshop) -> None:
    (pack, *_) = shop.layout_packs()
    pack.write_bytes(pack.read_bytes().replace(b"one", b"ONE"))


def test_a_whole_store_is_status_0(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "check") == OK
    assert (
        capsys.readouterr().out
        == "looked at: 2 entries, 2 contents, 2 packs, 0 large files, 600 B\n"
    )
    assert sonic(shop, "check", "--read-data") == OK
    assert "read and compared" in capsys.readouterr().out


def test_damage_is_status_30_and_says_what_to_do(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "check") == OK, "only reading shows it"
    assert sonic(shop, "check", "--read-data=100", "--jobs", "2") == DAMAGED
    told = capsys.readouterr()
    assert "top/f  (set 1)" in told.out
    assert "the store is damaged: 1 finding, 1 path" in told.err and "sonic repair" in told.err


def test_marked_damage_is_status_3(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    shop.execute("UPDATE contents SET is_damaged = 1 WHERE id = 1")
    shop.execute("INSERT INTO unsettled VALUES (1, CAST('f' AS BLOB), 'damaged', 1)")
    assert sonic(shop, "check", "--read-data") == PROBLEMS
    said = capsys.readouterr().out
    assert "These are known to be damaged:\n  top/f  (set 1)" in said and "healed" in said


def test_a_spoilt_journal_is_status_30(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.journal").unlink()
    assert sonic(shop, "check") == DAMAGED
    assert "would replace a lost catalog" in capsys.readouterr().err


def test_a_spoilt_catalog_points_to_recovering(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.db").write_bytes(b"noise" * 999)
    assert sonic(shop, "check") == DAMAGED
    assert "sonic recover" in capsys.readouterr().err


def test_no_store_is_trouble(shop: Workshop, capsys: Capture) -> None:
    assert run(command, ["check", "-D", str(shop.base), "-C", "nobody"]) == STORE
    assert sonic(shop, "check", "--read-data=101") == 4
    assert sonic(shop, "check", "--read-rate=fast") == 4
    assert "20M" in capsys.readouterr().err


def test_json_is_all_of_the_output(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "check", "--json", "--read-data") == DAMAGED
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "damaged" and told["damaged"] == [{"path": "top/f", "sets": [1]}]


def test_a_slow_reader_reads_the_same(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "check", "--read-data", "--read-rate", "1M", "--anew") == OK
    assert "read and compared" in capsys.readouterr().out


def test_checking_changes_nothing(shop: Workshop) -> None:
    before = {path: path.read_bytes() for path in shop.home.rglob("*") if path.is_file()}
    assert sonic(shop, "check") == OK
    assert {path: path.read_bytes() for path in shop.home.rglob("*") if path.is_file()} == before


def test_a_catalog_that_is_being_written_is_no_trouble(shop: Workshop) -> None:
    with sqlite3.connect(shop.home / "tardis.db") as db:
        db.execute("BEGIN IMMEDIATE")
        assert sonic(shop, "check") == OK
        db.execute("ROLLBACK")
