"""Cookies and logins of the 0.33 interface, where they are made to lie."""

import base64
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlencode

import pytest

from tests.web.site import ALICE, BOB, OPEN, Site, password_of
from tests.web.test_old_routes import Old
from tests.web.visitor import Visitor


@pytest.fixture
def old(site: Site) -> Iterator[Old]:
    with closing(Visitor(site.port)) as one:
        yield Old(one)


def packed(client: str) -> str:
    return base64.urlsafe_b64encode(client.encode()).decode()


@pytest.mark.parametrize("client", ["", "..", "a/b", ".server", "x" * 300, "a\0"])
def test_names_that_no_client_has(old: Old, client: str) -> None:
    assert old.ask("POST", "/login", host=client).status == 400


def test_a_login_needs_its_steps_in_order(old: Old) -> None:
    assert old.ask("POST", "/authenticate2", srpValueM="AAAA").status == 401
    assert old.ask("POST", "/authenticate1", srpValueA="AAAA").status == 400
    old.ask("POST", "/login", host=ALICE)
    assert old.ask("POST", "/authenticate1", srpValueA="no base64!").status == 400
    assert old.ask("POST", "/authenticate2", srpValueM="AAAA").status == 401
    for public in (b"", b"\0" * 512, b"\1" * 600):
        told = old.ask("POST", "/authenticate1", srpValueA=base64.b64encode(public).decode())
        assert set(told.json) == {"srpValueS", "srpValueB", "kdf", "kdfSalt"}
        assert old.ask("POST", "/authenticate2", srpValueM="AAAA").status == 401
        break  # the next ones would have to wait
    assert old.get("/needsAuthentication") is True


def test_a_client_without_a_password_has_nothing_to_prove(old: Old) -> None:
    old.ask("POST", "/login", host=OPEN)
    asked = old.ask("POST", "/authenticate1", srpUname=OPEN, srpValueA="AAAA")
    assert (asked.status, asked.error) == (400, "usage")


def test_cookies_are_kept_from_scripts_and_say_nothing_secret(old: Old) -> None:
    old.login(BOB, password_of(BOB))
    for name in ("tardis", "tardis-host", "tardis-login"):
        flags = str(old.jar[name])
        assert "HttpOnly" in flags and "SameSite=Strict" in flags, name
    assert old.jar["tardis-host"].value == packed(BOB)


def test_one_session_may_look_at_several_clients_in_turn(old: Old) -> None:
    old.login(BOB, password_of(BOB))
    old.login(ALICE, password_of(ALICE))
    for client in (BOB, ALICE):
        old.jar["tardis-host"] = packed(client)
        assert len(old.get("/listBackupSets")) == 2
    old.ask("POST", "/close")
    for client in (BOB, ALICE):
        old.jar["tardis-host"] = packed(client)
        assert old.ask("GET", "/listBackupSets").status == 401


def test_a_form_of_another_site_logs_nobody_out(site: Site, old: Old) -> None:
    old.login(BOB, password_of(BOB))
    old.token = ""
    assert old.ask("POST", "/close").status == 403
    assert old.ask("POST", "/close", token="wrong").status == 403
    assert len(old.get("/listBackupSets")) == 2
    with closing(Visitor(site.port)) as stranger:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"host": BOB}).encode()
        assert stranger.ask("POST", "/close", body, form).status == 200  # there is nothing to end
    assert len(old.get("/listBackupSets")) == 2


def test_wrong_passwords_make_the_old_login_wait_too(site: Site, old: Old) -> None:
    said = [old.login("nobody-there", "wrong") for _ in range(3)]
    assert {one.status for one in said} == {401}
    asked = old.ask("POST", "/authenticate1", srpUname="x", srpValueA="AAAA")
    assert asked.status == 401 and "Try again in" in asked.json["hint"]
