"""sonic over HTTP: what it changes on a server, as far as the client's rights go."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tardis.cli import remote_store, sonic, sonic_remote
from tardis.cli.main import run
from tardis.cli.settings import load
from tardis.model import PROBLEMS, PeerError, RemoteProtocolError, Right, RightsError, UsageError
from tardis.store import Grant, SetChange, change_set, open_reader, write_grant
from tests.server.vault import quick
from tests.web.granted import site
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, password_of

__all__ = ["site"]

Call = Callable[..., tuple[int, str, str]]
NOW = ("--date", "now", "--priority", "99")


@pytest.fixture
def call(
    site: Site, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Run a verb of sonic on a client; return status, output and errors."""
    monkeypatch.setattr(remote_store, "stretch", quick)
    monkeypatch.setenv("XDG_STATE_HOME", str(site.base.parent / "state"))

    def do(verb: str, *words: str, client: str = ALICE) -> tuple[int, str, str]:
        given = () if client == OPEN else ("--password", password_of(client))
        where = ("-D", f"http://127.0.0.1:{site.port}/{client}", *given)
        status = run(sonic.command, [verb, *where, *words])
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return do


def names(site: Site, client: str = ALICE) -> list[str]:
    with open_reader(site.place, client) as reader:
        return [one.name for one in reader.sets()]


def test_names_tags_locks_and_priorities_are_changed(site: Site, call: Call) -> None:
    for verb, *words in (
        ("tag", "tagged", "-b", "first"),
        ("lock", "first"),
        ("unlock", "first"),
        ("rename", "-b", "first", "--name", "renamed"),
        ("priority", "-b", "renamed", "--priority", "7"),
    ):
        status, _, err = call(verb, *words)
        assert (status, err) == (0, ""), verb
    with open_reader(site.place, ALICE) as reader:
        [one, _] = reader.sets()
        assert (one.name, one.priority, one.is_locked) == ("renamed", 7, False)
        assert reader.tags() == {"tagged": one.number}
    assert call("tag", "tagged", "--remove")[0] == 0
    with open_reader(site.place, ALICE) as reader:
        assert not reader.tags()


def test_a_purge_shows_its_plan_and_does_just_that(site: Site, call: Call) -> None:
    status, out, err = call("purge", *NOW, "--dry-run")
    assert (status, err) == (0, "") and names(site) == ["first", "second"]
    assert "remove  first" in out and "priority 0, 0 days old" in out
    assert "1 set, and with them 1 content that nothing else needs" in out
    told = json.loads(call("purge", *NOW, "--dry-run", "--json")[1])
    assert told["sets"][1]["reason"] == "the newest of its lineage"
    status, out, err = call("purge", *NOW, "--noconfirm")
    assert (status, err) == (0, "") and "1 set and 1 content removed" in out
    assert names(site) == ["second"]
    assert call("purge", *NOW, "--noconfirm")[1] == "there is nothing to remove\n"


def test_a_purge_is_confirmed_at_the_readers_side(
    site: Site, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _, err = call("purge", *NOW)
    assert status == UsageError.exit_status and "--noconfirm" in err

    class Terminal:
        answer = "no\n"

        @staticmethod
        def isatty() -> bool:
            return True

        def readline(self) -> str:
            return self.answer

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdin", terminal)
    status, out, err = call("purge", *NOW)
    assert status == 0 and "nothing was removed" in out and "Remove 1 set?" in err
    assert names(site) == ["first", "second"]
    terminal.answer = "yes\n"
    assert call("purge", *NOW)[0] == 0 and names(site) == ["second"]


def test_what_changes_behind_the_plan_keeps_it_from_being_done(
    site: Site, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock_and_agree(_question: str) -> bool:
        change_set(site.place, ALICE, 1, SetChange(is_locked=True))
        return True

    monkeypatch.setattr("tardis.cli.sonic_removal.confirm", lock_and_agree)
    status, _, err = call("purge", *NOW)
    assert status == PeerError.exit_status and "ask for a new one" in err
    assert names(site) == ["first", "second"]


def test_without_the_right_nobody_is_asked_and_it_is_noted(site: Site, call: Call) -> None:
    for verb, *words in (("purge", *NOW), ("delete", "first"), ("orphans",)):
        status, _, err = call(verb, *words, client=BOB)
        assert status == RightsError.exit_status and "may not remove its sets" in err
        assert "--grant purge" in err and "Leave out" not in err and "Remove " not in err
    status, out, _ = call("tag", "tagged", "-b", "first", client=BOB)
    assert (status, out) == (RightsError.exit_status, "")
    assert names(site, BOB) == ["first", "second"]
    status, out, _ = call("status", client=BOB)
    assert status == PROBLEMS and "denied" in out, "what was refused is found"
    assert sum("denied" in one for one in site.log) == 4


def test_sets_are_removed_by_name_but_for_those_that_are_needed(site: Site, call: Call) -> None:
    status, _, err = call("delete", "second", "--noconfirm")
    assert status == PeerError.exit_status and "second stays: the newest of its lineage" in err
    status, out, _ = call("delete", "1", "--noconfirm", "--json")
    told = json.loads(out)
    assert status == 0 and [one["goes"] for one in told["sets"]] == [True, False]
    assert names(site) == ["second"]


def test_an_encrypted_backup_is_purged_by_a_server_without_keys(site: Site, call: Call) -> None:
    write_grant(site.place, SEALED, Grant(tuple(Right)))
    status, out, err = call("purge", *NOW, "--noconfirm", client=SEALED)
    assert (status, err) == (0, "") and "1 set and" in out
    assert len(names(site, SEALED)) == 1


def test_what_no_set_needs_is_removed(call: Call) -> None:
    status, out, err = call("orphans")
    assert (status, err) == (0, "") and out.startswith("0 sets and 0 contents removed")
    status, out, _ = call("orphans", "--dry-run")
    assert status == 0 and "0 contents that no set needs" in out


def test_the_schedule_is_left_to_the_server(site: Site, call: Call) -> None:
    assert call("purge", "--noconfirm") == (0, "there is nothing to remove\n", "")
    status, _, err = call("purge", "--keep-periods", "1,1,1")
    assert status == UsageError.exit_status and "the server's to say" in err
    assert call("purge", "--priority", "9")[0] == UsageError.exit_status
    assert call("purge", "--incomplete", "--noconfirm")[1] == "there is nothing to remove\n"
    assert call("purge", "--backup", "second", "--dry-run")[1].count("remove") == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"plan": 1},
        {"plan": "", "sets": [1], "contents": 0, "stored_bytes": 0, "is_granted": True},
        {
            "plan": "",
            "sets": [{"number": 1, "name": "x", "priority": 0, "started_ns": 1 << 80,
                      "goes": True, "reason": ""}],
            "contents": 0,
            "stored_bytes": 0,
            "is_granted": True,
        },
    ],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    class Line:
        def change(self, _path: str, _fields: Any) -> Any:
            return answer

        def close(self) -> None:
            pass

    monkeypatch.setattr(sonic_remote, "_line", lambda _settings: closing(Line()))
    where = f"http://127.0.0.1:{site.port}/{OPEN}"
    settings = load("sonic", ["purge", "-D", where], {}).settings
    with pytest.raises(RemoteProtocolError, match="makes no sense"):
        sonic_remote.removal(settings, {})
