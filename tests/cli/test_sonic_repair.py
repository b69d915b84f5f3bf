"""``sonic repair``: a plan, a question, and what was done."""

import json
import sys
from pathlib import Path

import pytest

from tests.cli.test_sonic_check import DAMAGED, OK, PROBLEMS, Capture, sonic, spoil
from tests.store.workshop import Workshop


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    made.run({b"f": b"one" * 100, b"g": b"two" * 100})
    return made


def marked(shop: Workshop) -> int:
    return int(shop.rows("SELECT count(*) FROM contents WHERE is_damaged")[0][0])


def test_nothing_is_to_be_done_about_a_whole_store(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "repair") == OK
    assert capsys.readouterr().out == "there is nothing to repair\n"


def test_a_plan_is_shown_and_nothing_done(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "repair", "--read-data", "--dry-run") == OK
    said = capsys.readouterr().out
    assert "mark 1 content as damaged" in said and "  top/f  (set 1)" in said
    assert marked(shop) == 0


def test_what_cannot_be_rebuilt_is_marked(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "repair", "--read-data", "--noconfirm") == PROBLEMS
    assert capsys.readouterr().out.endswith("0 contents rebuilt, 1 marked as damaged\n")
    assert marked(shop) == 1
    assert sonic(shop, "check", "--read-data") == PROBLEMS
    capsys.readouterr()
    assert sonic(shop, "repair") == PROBLEMS
    assert capsys.readouterr().out == "there is nothing to repair\n"
    shop.run({b"f": b"one" * 100, b"g": b"two" * 100})
    assert sonic(shop, "check", "--read-data") == OK


def test_without_a_terminal_nobody_says_yes(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "repair", "--read-data") == 2
    assert "--noconfirm" in capsys.readouterr().err and marked(shop) == 0


@pytest.mark.parametrize(("answer", "count"), [("y", 1), ("", 0)])
def test_only_yes_means_yes(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, answer: str, count: int
) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

        @staticmethod
        def readline() -> str:
            return f"{answer}\n"

    spoil(shop)
    monkeypatch.setattr(sys, "stdin", Terminal)
    sonic(shop, "repair", "--read-data")
    assert marked(shop) == count


def test_lost_notes_are_written_anew(shop: Workshop, capsys: Capture) -> None:
    (shop.home / "tardis.journal").unlink()
    (shop.home / "tardis.db.keys").unlink()
    assert sonic(shop, "repair", "--noconfirm") == OK
    said = capsys.readouterr().out
    assert "write anew: journal, keys" in said and "written anew: journal, keys" in said
    assert sonic(shop, "check") == OK


def test_a_damaged_catalog_is_left_alone(shop: Workshop, capsys: Capture) -> None:
    shop.execute("UPDATE entries SET first_set = 9")
    assert sonic(shop, "repair", "--noconfirm") == DAMAGED
    told = capsys.readouterr()
    assert "left alone: 2 entry rows" in told.out and "sonic recover" in told.err


def test_json_tells_the_plan(shop: Workshop, capsys: Capture) -> None:
    spoil(shop)
    assert sonic(shop, "repair", "--read-data", "--json", "--dry-run") == OK
    told = json.loads(capsys.readouterr().out)
    assert (told["rebuilds"], told["marks"], told["renews"], told["left"]) == (0, 1, [], [])
    assert told["damaged"] == [{"path": "top/f", "sets": [1]}]
