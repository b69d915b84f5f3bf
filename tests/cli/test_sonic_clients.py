"""The verbs of sonic about a client: its rights and its settings."""

import json
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tardis.model import Right
from tardis.store import read_grant, read_settings
from tests.store.workshop import BOX, Workshop

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "base").create()


def sonic(shop: Workshop, *words: str) -> int:
    return run(command, [words[0], "-D", str(shop.base), "-C", BOX, *words[1:]])


def test_rights_are_shown_granted_and_revoked(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "rights") == 0
    assert capsys.readouterr().out == "box: add, list, restore (as the server's settings say)\n"
    assert sonic(shop, "rights", "--grant", "purge", "--grant", "name,priority") == 0
    assert capsys.readouterr().out == "box: add, list, restore, purge, priority, name\n"
    assert sonic(shop, "rights", "--revoke", "PURGE", "--revoke", "add", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "client": "box", "rights": ["list", "restore", "priority", "name"], "is_usual": False,
    }  # fmt: skip
    assert sonic(shop, "rights", "--reset") == 0
    assert read_grant(shop.place(), BOX).rights is None


def test_a_client_can_lose_every_right(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "rights", "--revoke", "add,list,restore") == 0
    assert capsys.readouterr().out == "box: nothing\n"
    assert read_grant(shop.place(), BOX).rights == ()


def test_the_servers_configuration_says_what_is_usual(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tardisd.cfg").write_text("[Tardis]\nRights = add, name\n")
    monkeypatch.setenv("TARDIS_DAEMON_CONFIG", str(tmp_path / "tardisd.cfg"))
    assert sonic(shop, "rights", "--grant", "purge") == 0
    assert read_grant(shop.place(), BOX).rights == (Right.ADD, Right.PURGE, Right.NAME)


@pytest.mark.parametrize(
    "words",
    [
        ("rights", "--grant", "everything"),
        ("rights", "--grant", "add", "--revoke", "add"),
        ("rights", "--reset", "--grant", "add"),
        ("setconfig", "--value", "1"),
        ("setconfig", "--key", "KeepPeriods"),
        ("setconfig", "--key", "KeepPeriods", "--value", "1", "--reset"),
        ("setconfig", "--key", "KeepPeriods", "--value", "often"),
        ("setconfig", "--key", "BaseDir", "--value", "/"),
        ("getconfig", "--key", "Nothing"),
    ],
)
def test_what_makes_no_sense_changes_nothing(shop: Workshop, words: tuple[str, ...]) -> None:
    assert sonic(shop, *words) in {2, 4}
    assert not (shop.base / ".server").exists()
    assert read_settings(shop.place(), BOX) == {}


def test_a_setting_is_stored_shown_and_taken_back(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "setconfig", "--key", "keepdays", "--value", "1, 2, 3") == 0
    assert capsys.readouterr().out == (
        "KeepPeriods: was 0, 180, 30  (of the server)\nKeepPeriods: is  1, 2, 3\n"
    )
    assert sonic(shop, "getconfig") == 0
    said = capsys.readouterr().out
    assert "KeepPeriods       : 1, 2, 3\n" in said and "SaveFull          : False  (of" in said
    assert sonic(shop, "getconfig", "--key", "KeepDays", "--key", "Formats", "--sys") == 0
    said = capsys.readouterr().out
    assert "AutoPurge" not in said and "schema            : 1\n" in said
    assert sonic(shop, "setconfig", "--key", "KeepPeriods", "--reset", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"client": "box", "key": "KeepPeriods", "old": "1, 2, 3", "new": None}
    assert sonic(shop, "getconfig", "--json", "--key", "KeepPeriods") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"] == {"KeepPeriods": {"value": "0, 180, 30", "is_stored": False}}


def test_an_unknown_client_has_neither(shop: Workshop) -> None:
    for verb in (["rights"], ["getconfig"], ["setconfig", "--key", "SaveFull", "--value", "1"]):
        assert run(command, [verb[0], "-D", str(shop.base), "-C", "you", *verb[1:]]) == 10
