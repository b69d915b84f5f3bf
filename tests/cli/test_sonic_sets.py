"""The verbs of sonic that remove sets or change what is said of them."""

import json
import sys
from pathlib import Path

import pytest

from tardis.cli.main import run
from tardis.cli.sonic import command
from tests.store.workshop import BOX, Workshop

Capture = pytest.CaptureFixture[str]
YEAR = 366 * 86_400 * 10**9


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "base").create()
    for number in range(1, 5):
        made.run({b"f": b"%d" % number * 100})
    made.execute("UPDATE backup_sets SET format = 'Daily-%Y-%m-%d'")
    query = "UPDATE backup_sets SET started_ns = started_ns - ?1, ended_ns = ended_ns - ?1"
    made.execute(f"{query} WHERE number < 3", YEAR)
    return made


def sonic(shop: Workshop, *words: str) -> int:
    return run(command, [words[0], "-D", str(shop.base), "-C", BOX, *words[1:]])


def names(shop: Workshop) -> list[str]:
    return [name for (name,) in shop.rows("SELECT name FROM backup_sets ORDER BY number")]


def test_purge_follows_the_schedule(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "purge", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "2 sets, and with them 2 contents that nothing else needs, 392 B\n" in said
    assert "remove  set 1" in said and "days old, kept for 30" in said and "set 3" not in said
    assert len(names(shop)) == 4
    assert sonic(shop, "purge", "--noconfirm") == 0
    assert "2 sets and 2 contents removed" in capsys.readouterr().out
    assert names(shop) == ["set 3", "set 4"]
    assert sonic(shop, "purge", "--noconfirm") == 0
    assert capsys.readouterr().out == "there is nothing to remove\n"


def test_the_schedule_comes_from_the_servers_configuration(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "tardisd.cfg"
    config.write_text("[Tardis]\nFormats = Daily-%Y-%m-%d\nPriorities = 1\nKeepPeriods = 400\n")
    monkeypatch.setenv("TARDIS_DAEMON_CONFIG", str(config))
    assert sonic(shop, "purge", "--noconfirm") == 0
    assert len(names(shop)) == 4
    assert sonic(shop, "purge", "--noconfirm", "--keep-periods", "300") == 0
    assert names(shop) == ["set 3", "set 4"]


def test_purge_by_date_and_priority(shop: Workshop) -> None:
    sonic(shop, "priority", "--backup", "set 2", "--priority", "50")
    assert sonic(shop, "purge", "--date", "100 days ago", "--priority", "49", "--noconfirm") == 0
    assert names(shop) == ["set 2", "set 3", "set 4"]
    assert sonic(shop, "purge", "--backup", "set 3", "--priority", "50", "--noconfirm") == 0
    assert names(shop) == ["set 4"]
    assert sonic(shop, "purge", "--priority", "50") == 2


def test_purge_of_an_incomplete_set(shop: Workshop) -> None:
    with shop.running(name="half"):
        pass
    assert names(shop)[-1] == "half"
    assert sonic(shop, "purge", "--incomplete", "--noconfirm") == 0
    assert "half" not in names(shop) and len(names(shop)) == 4


def test_delete_takes_names_and_numbers(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "delete", "set 2", "4", "--noconfirm") == 0
    assert names(shop) == ["set 1", "set 3"]
    assert "freed" in capsys.readouterr().out
    assert sonic(shop, "delete", "set 9", "--noconfirm") == 13
    assert sonic(shop, "delete", "--noconfirm") == 2


def test_json_tells_all_decisions(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "purge", "--json", "--dry-run") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["goes"] for one in told["sets"]] == [True, True, False, False]
    assert told["contents"] == 2 and told["stored_bytes"] > 200


def test_without_a_terminal_nobody_says_yes(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "delete", "set 1") == 2
    assert "--noconfirm" in capsys.readouterr().err
    assert len(names(shop)) == 4


@pytest.mark.parametrize(("answer", "left"), [("y", 3), ("YES", 3), ("", 4), ("no", 4)])
def test_only_yes_means_yes(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

        @staticmethod
        def readline() -> str:
            return f"{answer}\n"

    monkeypatch.setattr(sys, "stdin", Terminal)
    assert sonic(shop, "delete", "set 1") == 0
    assert len(names(shop)) == left


def test_a_locked_set_is_kept_until_it_is_unlocked(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "lock", "set 1") == 0
    assert sonic(shop, "purge", "--noconfirm") == 0
    assert names(shop) == ["set 1", "set 3", "set 4"]
    assert sonic(shop, "delete", "set 1", "--noconfirm") == 2
    assert "locked" in capsys.readouterr().err
    assert sonic(shop, "unlock", "set 1") == 0
    assert sonic(shop, "delete", "set 1", "--noconfirm") == 0
    assert names(shop) == ["set 3", "set 4"]


def test_names_and_priorities_change(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "rename", "--backup", "set 2", "--name", "before upgrade") == 0
    assert names(shop)[1] == "before upgrade"
    assert sonic(shop, "rename", "--backup", "set 1", "--name", "a/b") == 2
    assert sonic(shop, "rename", "--name", "x") == 2
    assert sonic(shop, "rename", "--backup", "set 1") == 2
    assert sonic(shop, "priority", "--backup", "1") == 2
    assert sonic(shop, "priority", "--date", "100 days ago", "--priority", "7") == 0
    assert shop.rows("SELECT priority FROM backup_sets WHERE number = 2") == [(7,)]
    assert "before upgrade: priority 7" in capsys.readouterr().out


def test_orphans_finishes_what_a_killed_purge_has_left(shop: Workshop, capsys: Capture) -> None:
    shop.execute("DELETE FROM backup_sets WHERE number = 1")
    assert sonic(shop, "orphans") == 0
    assert "1 content removed" in capsys.readouterr().out
    assert sonic(shop, "list") == 0


def test_orphans_can_be_shown_first(shop: Workshop, capsys: Capture) -> None:
    shop.execute("DELETE FROM backup_sets WHERE number = 1")
    assert sonic(shop, "orphans", "--dry-run") == 0
    assert "1 content that no set needs" in capsys.readouterr().out
    assert sonic(shop, "orphans", "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["contents"] == 1 and told["stored_bytes"] > 100
    assert sonic(shop, "orphans", "--json") == 0
    assert json.loads(capsys.readouterr().out)["contents"] == 1


def test_tags_name_sets_move_and_go(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "tag", "good", "released", "--backup", "set 2") == 0
    assert capsys.readouterr().out == "good: set 2\nreleased: set 2\n"
    assert sonic(shop, "tag", "good", "--backup", "set 3") == 10
    assert "names another set" in capsys.readouterr().err
    assert sonic(shop, "tag", "good", "--backup", "set 3", "--move", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"good": "set 3", "released": "set 2"}
    assert sonic(shop, "priority", "--backup", "good", "--priority", "9") == 0
    assert shop.rows("SELECT number FROM backup_sets WHERE priority = 9") == [(3,)]
    assert sonic(shop, "tag", "released", "--remove") == 0
    assert sonic(shop, "tag", "released", "--remove") == 13
    assert sonic(shop, "tag", "a/b", "--backup", "set 3") == 2
    assert sonic(shop, "tag", "lost") == 2
    capsys.readouterr()
    assert sonic(shop, "tag") == 0
    assert capsys.readouterr().out == "good: set 3\n"


def test_every_verb_that_takes_sets_takes_tags(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "tag", "good", "--backup", "set 2") == 0
    assert sonic(shop, "lock", "good") == 0
    assert sonic(shop, "delete", "good", "--noconfirm") == 2
    assert sonic(shop, "unlock", "good") == 0
    assert sonic(shop, "purge", "--backup", "good", "--priority", "100", "--noconfirm") == 0
    assert "set 2" not in names(shop)


def test_a_tag_never_means_two_sets(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "tag", "set 1", "--backup", "set 2") == 10
    assert "another set is called set 1" in capsys.readouterr().err
    assert sonic(shop, "tag", "good", "--backup", "set 2") == 0
    assert sonic(shop, "rename", "--backup", "set 1", "--name", "good") == 10
    shop.execute("UPDATE backup_sets SET name = 'good' WHERE number = 1")  # as a run may call it
    capsys.readouterr()
    assert sonic(shop, "delete", "good", "--noconfirm") == 2
    assert "'good' is the name of set 1 and a tag of set 2" in capsys.readouterr().err


def test_a_tag_goes_with_its_set(shop: Workshop) -> None:
    assert sonic(shop, "tag", "good", "--backup", "set 2") == 0
    assert sonic(shop, "delete", "set 2", "--noconfirm") == 0
    assert shop.rows("SELECT * FROM tags") == []


def test_every_change_can_be_told_as_json(shop: Workshop, capsys: Capture) -> None:
    assert sonic(shop, "priority", "--backup", "set 2", "--priority", "7", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"number": 2, "was": "set 2", "priority": 7}
    assert sonic(shop, "rename", "--backup", "set 2", "--name", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"number": 2, "was": "set 2", "name": "mine"}
    assert sonic(shop, "lock", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"numbers": [2], "is_locked": True}
