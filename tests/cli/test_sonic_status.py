"""The verbs of sonic about how clients are."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.model import ALARMED, Right
from tardis.store import note_denial, read_grant
from tests.store.workshop import BOX, Workshop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"x" * 1000})
    return made


def sonic(shop: Workshop, verb: str, *words: str) -> int:
    return run(command, [verb, "-D", str(shop.base), *words])


def test_status_shows_every_client_and_its_status_says_whether_all_is_well(
    shop: Workshop, capsys: Capture
) -> None:
    assert sonic(shop, "status") == 0
    assert "box     set 1" in capsys.readouterr().out
    assert sonic(shop, "create", "-C", "empty") == 0
    assert sonic(shop, "status") == 3
    assert "no set is complete" in capsys.readouterr().out
    assert sonic(shop, "status", "-C", BOX, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["client"] == "box" and told["last_good"]["name"] == "set 1"


def test_monitoring_asks_for_an_age(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "status", "--max-age", "2d") == 0
    shop.execute("UPDATE backup_sets SET ended_ns = ended_ns - 200000000000000")
    assert sonic(shop, "status", "--max-age", "2d") == 19
    said = capsys.readouterr()
    assert (
        "older than asked for" in said.out and "no good set as new as asked for of box" in said.err
    )
    assert sonic(shop, "status", "--max-age", "60h") == 0
    assert sonic(shop, "status", "--max-age", "soon") == 4


def test_a_base_without_clients_is_an_error(tmp_path: Path) -> None:
    assert run(command, ["status", "-D", str(tmp_path)]) == 10
    assert run(command, ["status", "-D", str(tmp_path), "-C", "you"]) == 10
    assert run(command, ["status", "-D", str(tmp_path), "-C", "../x"]) == 2


def test_alarms_and_denials_are_shown_until_they_are_acknowledged(
    shop: Workshop, capsys: Capture
) -> None:
    shop.execute("UPDATE backup_sets SET alarm = ?", ALARMED)
    note_denial(shop.place(), BOX, Right.PURGE, "10.0.0.9:1")
    assert sonic(shop, "status") == 3
    assert sonic(shop, "acknowledge", "-C", BOX) == 0
    said = capsys.readouterr().out
    assert "set 1: seen; sets are purged again" in said and "purge, denied to 10.0.0.9:1" in said
    assert sonic(shop, "status") == 0
    capsys.readouterr()
    assert sonic(shop, "acknowledge", "-C", BOX) == 0
    assert capsys.readouterr().out == "there is nothing to acknowledge\n"
    assert sonic(shop, "acknowledge", "-C", BOX, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"sets": [], "denied": []}


def test_nothing_is_purged_before_an_alarm_is_acknowledged(shop: Workshop, capsys: Capture) -> None:
    shop.run({b"f": b"y"})
    shop.execute("UPDATE backup_sets SET alarm = ? WHERE number = 2", ALARMED)
    words = ["-C", BOX, "--date", "now", "--priority", "99", "--noconfirm"]
    assert sonic(shop, "purge", *words) == 0
    assert "there is nothing to remove" in capsys.readouterr().out
    assert run(command, ["-v", "purge", "-D", str(shop.base), *words]) == 0
    assert "purging is paused: set 2 looks like mass encryption" in capsys.readouterr().out
    assert sonic(shop, "acknowledge", "-C", BOX) == 0
    assert sonic(shop, "purge", *words) == 0
    assert shop.rows("SELECT number FROM backup_sets") == [(2,)]


def test_quotas_are_shown_and_changed(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "quota", "-C", BOX) == 0
    assert capsys.readouterr().out == "bytes: 1.1 KB of any number\nfiles: 1 of any number\n"
    assert sonic(shop, "quota", "-C", BOX, "--bytes", "10GB", "--files", "5000") == 0
    assert capsys.readouterr().out == "bytes: 1.1 KB of 10.0 GB\nfiles: 1 of 5000\n"
    grant = read_grant(shop.place(), BOX)
    assert (grant.quota_bytes, grant.quota_files) == (10 << 30, 5000)
    assert sonic(shop, "quota", "-C", BOX, "--bytes", "0", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"]["quota"] == 0 and told["files"] == {"used": 1, "quota": 5000}
    assert sonic(shop, "quota", "-C", BOX, "--bytes", "much") == 4
    assert sonic(shop, "quota", "-C", "you") == 10
