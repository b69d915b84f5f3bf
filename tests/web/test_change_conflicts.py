"""Changes that meet others: a running backup, an alarm, a set that has gone."""

from contextlib import closing

from tardis.model import ALARMED, Right
from tardis.store import Claim, Flushers, Grant, SetChange, change_set, open_writer, write_grant
from tests.web.granted import alice, site
from tests.web.site import ALICE, Site
from tests.web.visitor import Visitor

__all__ = ["alice", "site"]

HOME = f"/api/v1/clients/{ALICE}/sets"


def test_beside_a_running_backup_words_change_and_sets_stay(site: Site, alice: Visitor) -> None:
    with closing(open_writer(site.place, ALICE, Claim("a backup"), Flushers())):
        refused = alice.post(f"{HOME}/first/delete")
        assert (refused.status, refused.error) == (409, "busy")
        assert alice.post(f"{HOME}/first/name", {"name": "renamed"}).json["name"] == "renamed"
        assert alice.post(f"{HOME}/renamed/tags", {"tags": ["t"]}).json["tags"] == ["t"]
        assert len(alice.get(HOME).json["sets"]) == 2
    assert alice.post(f"{HOME}/renamed/delete").json["name"] == "renamed"


def test_while_an_alarm_is_unseen_nothing_is_removed(site: Site, alice: Visitor) -> None:
    change_set(site.place, ALICE, 2, SetChange(alarm=ALARMED))
    refused = alice.post(f"{HOME}/first/delete")
    assert (refused.status, refused.error) == (409, "conflict")
    assert alice.get(f"/api/v1/clients/{ALICE}").json["findings"]
    assert [one["alarm"] for one in alice.get(HOME).json["sets"]] == [0, 1]


def test_a_right_that_is_taken_away_counts_at_once(site: Site, alice: Visitor) -> None:
    assert alice.post(f"{HOME}/first/lock").status == 200
    write_grant(site.place, ALICE, Grant((Right.LIST, Right.RESTORE)))
    assert alice.post(f"{HOME}/first/unlock").error == "rights"
    assert alice.get(HOME).json["sets"][0]["is_locked"] is True


def test_a_set_is_meant_by_its_number_though_its_name_went_to_another(
    site: Site, alice: Visitor
) -> None:
    assert alice.post(f"{HOME}/2/name", {"name": "third"}).status == 200
    assert alice.post(f"{HOME}/1/name", {"name": "second"}).status == 200
    told = {one["number"]: one["name"] for one in alice.get(HOME).json["sets"]}
    assert told == {1: "second", 2: "third"}
    assert alice.get(f"{HOME}/second/entries?path=top").json["number"] == 1
