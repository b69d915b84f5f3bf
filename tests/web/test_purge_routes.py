"""Removing sets over HTTP: shown first, then done as it was shown, by who has the right to it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from tardis.model import ALARMED, ConfigError
from tardis.policy import Schedule
from tardis.store import (
    Claim,
    Flushers,
    SetChange,
    change_set,
    open_reader,
    open_writer,
)
from tardis.web import Keeping, renew
from tests.web.granted import alice, site
from tests.web.site import ALICE, BOB, Site
from tests.web.visitor import Answer, Visitor

__all__ = ["alice", "site"]

HOME = f"/api/v1/clients/{ALICE}"
PURGE = f"{HOME}/purge"
LATE = 1 << 62
DAY_NS = 86_400 * 10**9


def plan(one: Visitor, **wish: Any) -> Any:
    answer = one.post(f"{PURGE}/plan", wish)
    assert answer.status == 200, answer
    return answer.json


def order(one: Visitor, mark: str, **wish: Any) -> Answer:
    return one.post(PURGE, {"wish": wish, "plan": mark})


def left(site: Site) -> list[int]:
    with open_reader(site.place, ALICE) as reader:
        return [each.number for each in reader.sets()]


def test_a_plan_tells_reasons_and_changes_nothing(site: Site, alice: Visitor) -> None:
    told = plan(alice, before_ns=LATE, priority=99)
    first, second = told["sets"]
    assert first["goes"] and "0 days old" in first["reason"] and first["name"] == "first"
    assert not second["goes"] and second["reason"] == "the newest of its lineage"
    assert told["contents"] == 1 and told["stored_bytes"] > 0 and told["is_granted"] is True
    assert [each["goes"] for each in plan(alice, before_ns=LATE)["sets"]] == [True, False]
    assert [each["goes"] for each in plan(alice, before_ns=1)["sets"]] == [False, False]
    assert not any(each["goes"] for each in plan(alice, is_incomplete=True)["sets"])
    assert left(site) == [1, 2]


def test_what_was_shown_is_done_once(site: Site, alice: Visitor) -> None:
    mark = plan(alice, before_ns=LATE)["plan"]
    done = order(alice, mark, before_ns=LATE)
    assert done.status == 200 and (done.json["sets"], done.json["contents"]) == (1, 1)
    assert left(site) == [2] and any("1 sets were removed over HTTP" in one for one in site.log)
    again = order(alice, mark, before_ns=LATE)
    assert (again.status, again.error) == (409, "conflict") and left(site) == [2]


def test_a_plan_that_holds_no_longer_removes_nothing(site: Site, alice: Visitor) -> None:
    mark = plan(alice, before_ns=LATE)["plan"]
    change_set(site.place, ALICE, 1, SetChange(is_locked=True))
    assert order(alice, mark, before_ns=LATE).error == "conflict"
    change_set(site.place, ALICE, 1, SetChange(is_locked=False))
    assert order(alice, mark, before_ns=1).error == "conflict", "of another wish"
    assert order(alice, "", before_ns=LATE).error == "conflict", "of none"
    with site.at(BOB) as bob:
        foreign = bob.post(f"/api/v1/clients/{BOB}/purge/plan", {"before_ns": LATE}).json
        assert [each["goes"] for each in foreign["sets"]] == [True, False]
    assert order(alice, foreign["plan"], before_ns=LATE).error == "conflict", "of another client"
    assert left(site) == [1, 2]


def test_single_sets_go_unless_something_keeps_them(site: Site, alice: Visitor) -> None:
    kept = alice.post(f"{PURGE}/plan", {"numbers": [1, 2]})
    assert kept.error == "conflict" and "second stays: the newest" in kept.json["message"]
    change_set(site.place, ALICE, 2, SetChange(alarm=ALARMED))
    paused = alice.post(f"{PURGE}/plan", {"numbers": [1]})
    assert paused.error == "conflict" and "looks like mass encryption" in paused.json["message"]
    change_set(site.place, ALICE, 2, SetChange(alarm=0))
    assert alice.post(f"{PURGE}/plan", {"numbers": [7]}).status == 404
    told = plan(alice, numbers=[1])
    assert [each["reason"] for each in told["sets"]] == ["chosen", "the newest of its lineage"]
    assert order(alice, told["plan"], numbers=[1]).json["sets"] == 1
    assert left(site) == [2]


def test_what_no_set_needs_goes_without_any_set(site: Site, alice: Visitor) -> None:
    told = plan(alice, numbers=[])
    assert told["contents"] == 0 and not any(each["goes"] for each in told["sets"])
    assert order(alice, told["plan"], numbers=[]).json["sets"] == 0
    assert left(site) == [1, 2]


def test_the_schedule_is_the_servers(site: Site, alice: Visitor) -> None:
    stored: list[Any] = []

    def go_by(days: int, min_free: int = 0) -> None:
        def keeping(found: Any) -> Keeping:
            stored.append(found)
            return Keeping(Schedule((), (), days), min_free)

        renew(site.app, replace(site.options, keeping=keeping))

    def reason() -> str:
        return str(plan(alice)["sets"][0]["reason"])

    with closing(sqlite3.connect(site.place.layout(ALICE).database)) as db:
        moved = ", ".join(f"{name} = {name} - {40 * DAY_NS}" for name in ("started_ns", "ended_ns"))
        db.execute(f"UPDATE backup_sets SET {moved} WHERE number = 1")
        db.execute("INSERT INTO settings VALUES ('config.KeepNamed', '7')")
        db.commit()
    assert reason() == "kept for ever", "nobody has said anything else"
    go_by(30)
    assert reason() == "40 days old, kept for 30" and stored == [{"KeepNamed": "7"}]
    go_by(100)
    assert reason() == "40 of 100 days old"
    go_by(100, 1 << 62)
    assert "space is low" in reason()
    mark = plan(alice)["plan"]
    go_by(30)
    assert order(alice, mark).error == "conflict", "the schedule has changed"
    assert order(alice, plan(alice)["plan"]).json["sets"] == 1 and left(site) == [2]


def test_a_schedule_that_nobody_told_is_not_guessed(site: Site, alice: Visitor) -> None:
    def unknown(_stored: Any) -> Keeping:
        raise ConfigError("there is no file /secret/place")

    renew(site.app, replace(site.options, keeping=unknown))
    refused = alice.post(f"{PURGE}/plan", {})
    assert refused.error == "conflict" and "DaemonConfig" in refused.json["message"]
    assert "/secret/place" not in refused.json["message"]
    assert any("/secret/place" in one for one in site.log)
    assert plan(alice, before_ns=LATE)["contents"] == 1, "by date there is no need for it"


def test_without_the_right_it_is_refused_and_noted(site: Site) -> None:
    home = f"/api/v1/clients/{BOB}"
    with site.at(BOB) as bob:
        told = bob.post(f"{home}/purge/plan", {"before_ns": LATE}).json
        assert told["is_granted"] is False
        refused = bob.post(f"{home}/purge", {"wish": {"before_ns": LATE}, "plan": told["plan"]})
        assert (refused.status, refused.error) == (403, "rights")
        assert "denied" in bob.get(home).json["findings"][0]
        assert bob.get(f"{home}/sets").json["sets"][0]["name"] == "first"
    assert any("denied: it has no right to remove its sets" in one for one in site.log)


def test_without_the_token_or_by_get_nothing_is_told_or_done(site: Site, alice: Visitor) -> None:
    mark = plan(alice, before_ns=LATE)["plan"]
    alice.token = ""
    assert alice.post(f"{PURGE}/plan", {}).status == 403
    assert order(alice, mark, before_ns=LATE).status == 403
    assert alice.get(PURGE).status == alice.get(f"{PURGE}/plan").status == 405
    with site.visitor() as stranger:
        assert order(stranger, mark, before_ns=LATE).status == 401
    assert left(site) == [1, 2]


def test_a_running_backup_is_in_the_way_of_the_removal_alone(site: Site, alice: Visitor) -> None:
    with closing(open_writer(site.place, ALICE, Claim("a backup"), Flushers())):
        mark = plan(alice, before_ns=LATE)["plan"]
        assert order(alice, mark, before_ns=LATE).error == "busy"
    assert order(alice, mark, before_ns=LATE).status == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"before_ns": 1, "numbers": [1]},
        {"is_incomplete": True, "before_ns": 1},
        {"priority": 1},
        {"numbers": [1], "priority": 1},
        {"numbers": ["1"]},
        {"before_ns": True},
        {"before_ns": 1.5},
        {"x": 1},
    ],
)
def test_odd_wishes_are_refused(alice: Visitor, wish: dict[str, Any]) -> None:
    assert alice.post(f"{PURGE}/plan", wish).status == 400
    assert alice.post(PURGE, {"wish": wish, "plan": ""}).status == 400
