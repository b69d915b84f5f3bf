"""Changing sets over HTTP: as the client's rights go, and with the token alone."""

from tests.web.granted import alice, site
from tests.web.site import ALICE, BOB, Site
from tests.web.visitor import Visitor

__all__ = ["alice", "site"]

HOME = f"/api/v1/clients/{ALICE}/sets"


def test_names_tags_priorities_and_locks(alice: Visitor) -> None:
    assert alice.post(f"{HOME}/first/name", {"name": "oldest"}).json["name"] == "oldest"
    assert alice.post(f"{HOME}/oldest/priority", {"priority": 7}).json["priority"] == 7
    assert alice.post(f"{HOME}/1/lock").json["is_locked"] is True
    assert alice.post(f"{HOME}/1/unlock").json["is_locked"] is False
    assert alice.post(f"{HOME}/1/tags", {"tags": ["x", "y"]}).json["tags"] == ["x", "y"]
    assert alice.get(f"{HOME}/y/entries?path=top").json["set"] == "oldest"
    taken = alice.post(f"{HOME}/2/tags", {"tags": ["x"]})
    assert (taken.status, taken.error) == (409, "conflict")
    assert alice.post(f"{HOME}/2/tags", {"tags": ["x"], "move": True}).json["tags"] == ["x"]
    assert alice.post(f"{HOME}/2/tags", {"tags": ["x"], "remove": True}).json["tags"] == []
    assert alice.post(f"{HOME}/2/tags", {"tags": ["x"], "remove": True}).status == 404
    assert alice.post(f"{HOME}/2/name", {"name": "oldest"}).status == 409


def test_odd_values_are_refused_and_change_nothing(alice: Visitor) -> None:
    before = alice.get(HOME).json
    for what, body in (
        ("name", {"name": ""}), ("name", {"name": "a/b"}), ("name", {"name": "7"}),
        ("priority", {"priority": -1}), ("priority", {"priority": 1 << 40}),
        ("priority", {"priority": True}), ("tags", {"tags": [""]}), ("tags", {"tags": "x"}),
        ("lock", {"x": 1}),
    ):  # fmt: skip
        assert alice.post(f"{HOME}/first/{what}", body).status == 400, (what, body)
    assert alice.post(f"{HOME}/none/lock").status == 404
    assert alice.get(HOME).json == before


def test_a_set_is_removed_unless_something_keeps_it(alice: Visitor) -> None:
    assert alice.post(f"{HOME}/second/delete").status == 409  # the newest one
    alice.post(f"{HOME}/first/lock")
    assert alice.post(f"{HOME}/first/delete").status == 409
    alice.post(f"{HOME}/first/unlock")
    gone = alice.post(f"{HOME}/first/delete")
    assert gone.json["name"] == "first" and gone.json["contents"] == 1
    assert [one["name"] for one in alice.get(HOME).json["sets"]] == ["second"]
    assert alice.post(f"{HOME}/first/delete").status == 404


def test_without_rights_nothing_is_changed(site: Site) -> None:
    home = f"/api/v1/clients/{BOB}/sets/first"
    bodies = {"name": {"name": "x"}, "priority": {"priority": 1}, "tags": {"tags": ["x"]}}
    with site.at(BOB) as bob:
        before = bob.get(f"/api/v1/clients/{BOB}/sets").json
        for what in ("name", "priority", "tags", "lock", "unlock", "delete"):
            answer = bob.post(f"{home}/{what}", bodies.get(what, {}))
            assert (answer.status, answer.error) == (403, "rights"), what
        assert bob.get(f"/api/v1/clients/{BOB}/sets").json == before
        assert "denied" in bob.get(f"/api/v1/clients/{BOB}").json["findings"][0]


def test_without_the_token_nothing_is_changed(site: Site, alice: Visitor) -> None:
    alice.token = ""
    for what in ("lock", "delete"):
        assert alice.post(f"{HOME}/first/{what}").status == 403
        assert alice.get(f"{HOME}/first/{what}").status == 405
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    assert alice.ask("POST", f"{HOME}/first/delete", b"", form).status == 403
    assert len(alice.get(HOME).json["sets"]) == 2
