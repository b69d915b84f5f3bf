"""Logging in and out over HTTP."""

import re
from contextlib import closing

import pytest

from tardis.store import change_keys
from tardis.web.sessions import IDLE_SECONDS, LONGEST_SECONDS
from tests.crypto.slots import slot_of
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, password_of
from tests.web.visitor import Visitor

SETS = "/api/v1/clients/{}/sets"


def test_a_proof_opens_the_client_that_it_is_of_and_no_other(site: Site) -> None:
    with site.at(ALICE) as alice:
        assert alice.get("/api/v1/session").json["clients"] == [ALICE]
        assert alice.get(SETS.format(ALICE)).status == 200
        said = {alice.get(SETS.format(one)).body for one in (BOB, OPEN, SEALED, "nobody")}
        assert len(said) == 1
        assert alice.get(SETS.format(BOB)).status == 401


def test_two_users_at_once_see_only_their_own(site: Site) -> None:
    with site.at(ALICE) as alice, site.at(BOB) as bob:
        for one, own, other in ((alice, ALICE, BOB), (bob, BOB, ALICE)):
            assert one.get(SETS.format(own)).status == 200
            assert one.get(SETS.format(other)).status == 401
        assert alice.cookie != bob.cookie and alice.token != bob.token


def test_without_a_cookie_nothing_is_told(visitor: Visitor) -> None:
    assert visitor.get("/api/v1/session").json == {"clients": [], "token": ""}
    assert visitor.get(SETS.format(OPEN)).status == 401
    visitor.cookie = "made up"
    assert visitor.get(SETS.format(ALICE)).error == "authentication"


def test_one_cookie_may_ask_about_several_clients(site: Site) -> None:
    with site.at(ALICE) as one:
        before = one.cookie
        one.login(BOB, password_of(BOB))
        assert one.cookie != before
        assert one.get("/api/v1/session").json["clients"] == [ALICE, BOB]
        with closing(Visitor(site.port)) as old:
            old.cookie = before
            assert old.get(SETS.format(ALICE)).status == 401


def test_the_cookie_is_for_this_server_alone(site: Site) -> None:
    with site.at(ALICE) as one:
        morsel = one.jar["tardis"]
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
        assert not morsel["secure"] and not morsel["domain"] and not morsel["max-age"]


def test_wrong_password_unknown_client_and_unknown_slot_look_alike(site: Site) -> None:
    said = set()
    for client, slot in ((ALICE, "main"), ("nobody", "main"), (ALICE, "none")):
        with site.visitor() as one:
            question = one.begin(client, slot=slot).json
            answer, _ = one.prove(question, "wrong")
            assert answer.status == 401 and not one.cookie
            said.add((answer.body, frozenset(question)))
    assert len(said) == 1
    assert any(re.fullmatch("login failed for client nobody from 127.0.0.1", x) for x in site.log)


def test_the_question_for_an_unknown_client_stays_the_same(visitor: Visitor) -> None:
    asked = [visitor.begin("nobody", slot="x").json for _ in range(2)]
    assert asked[0]["salt"] == asked[1]["salt"] and asked[0]["answer"] != asked[1]["answer"]


def test_a_question_is_answered_once_and_from_where_it_was_asked(site: Site) -> None:
    with site.visitor() as one:
        question = one.begin(BOB).json
        assert one.prove(question, password_of(BOB))[0].status == 200
        answer, _ = one.prove(question, password_of(BOB))
        assert answer.status == 401 and "over" in answer.json["message"]


def test_an_old_question_is_worth_nothing(site: Site) -> None:
    with site.visitor() as one:
        question = one.begin(BOB).json
        site.clock.now += 301
        assert one.prove(question, password_of(BOB))[0].status == 401


def test_a_session_ends_by_itself(site: Site) -> None:
    with site.at(ALICE) as one:
        site.clock.now += IDLE_SECONDS - 1
        assert one.get(SETS.format(ALICE)).status == 200
        site.clock.now += IDLE_SECONDS + 1
        assert one.get(SETS.format(ALICE)).status == 401
    with site.at(ALICE) as one:
        for _ in range(int(LONGEST_SECONDS / IDLE_SECONDS)):
            site.clock.now += IDLE_SECONDS
            assert one.get(SETS.format(ALICE)).status == 200
        site.clock.now += 1
        assert one.get(SETS.format(ALICE)).status == 401


def test_logging_out_needs_the_token_and_ends_the_session(site: Site) -> None:
    with site.at(ALICE) as one:
        token, one.token = one.token, ""
        assert one.post("/api/v1/logout").status == 403
        assert one.post("/api/v1/logout", X_Tardis_Token="x" * 43).status == 403
        cookie, one.token = one.cookie, token
        assert one.post("/api/v1/logout").status == 200
        assert one.cookie == ""
        one.cookie = cookie
        assert one.get(SETS.format(ALICE)).status == 401


def test_a_password_that_was_taken_away_ends_its_sessions(site: Site) -> None:
    change_keys(site.place, BOB, lambda keys: keys.with_slot(slot_of("second", "laptop")))
    with site.visitor() as one, site.at(BOB) as other:
        one.login(BOB, "second", slot="laptop")
        assert one.get(SETS.format(BOB)).status == 200
        change_keys(site.place, BOB, lambda keys: keys.without_slot("laptop"))
        assert one.get(SETS.format(BOB)).status == 401
        assert other.get(SETS.format(BOB)).status == 200


def test_a_password_that_is_entered_opens_an_encrypted_backup(site: Site) -> None:
    with site.visitor() as one:
        answer = one.enter(SEALED, password_of(SEALED))
        assert answer.json["session"]["clients"] == [SEALED]
        assert one.get(SETS.format(SEALED)).status == 200
        wrong = one.enter(SEALED, "wrong")
        assert (wrong.status, wrong.error) == (401, "authentication")
        assert one.enter("nobody", "wrong").json == wrong.json


def test_passwords_of_clients_in_clear_are_taken_too(site: Site) -> None:
    with site.visitor() as one:
        assert one.enter(ALICE, password_of(ALICE)).status == 200
        assert one.enter(OPEN, "anything").status == 200


@pytest.mark.parametrize("name", ["", ".server", "../box", "a/b", "x\0y", "x" * 300, "\ud800"])
def test_what_cannot_be_a_client_is_refused(visitor: Visitor, name: str) -> None:
    assert visitor.begin(name).status == 400
    assert visitor.enter(name, "x").status == 400


def test_a_client_without_a_password_is_served_to_this_machine_only(site: Site) -> None:
    with site.visitor() as one:
        for headers in (
            {"Host": "evil.example"},  # a page of theirs whose name leads here
            {"X-Forwarded-For": "192.0.2.1"},
            {"Via": "1.1 proxy"},
        ):
            asked = one.post("/api/v1/login/begin", {"client": OPEN}, **headers)
            assert (asked.status, asked.error) == (403, "rights"), headers
        one.login(OPEN)
        assert one.get(SETS.format(OPEN)).status == 200
        assert one.get(SETS.format(OPEN), Host="evil.example").status == 401
