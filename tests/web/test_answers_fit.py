"""What every route answers is what its shape says, with real values in all fields."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tardis.admin import tag
from tardis.model import Right
from tardis.store import Grant, write_grant
from tardis.web import APIS
from tardis.web.api import BYTES, Route
from tardis.web.schemas import fits
from tests.web.site import ALICE, OPEN, SEALED, Site, make_site, password_of, small_stores
from tests.web.visitor import Answer, Visitor

HOME = f"/api/v1/clients/{ALICE}"

GETS = (
    ("/api/v1/session", "session"),
    ("/api/v1/clients", "clients"),
    (HOME, "client"),
    (f"{HOME}/sets", "sets"),
    (f"{HOME}/sets?limit=1", "sets"),
    (f"{HOME}/sets?after=2", "sets"),
    (f"{HOME}/sets/first/entries?path=", "entries"),
    (f"{HOME}/sets/first/entries?path=top", "entries"),
    (f"{HOME}/sets/first/entries?path=top&limit=1", "entries"),
    (f"{HOME}/sets/tagged/entries?path=top/d", "entries"),
    (f"{HOME}/sets/first/entry?path=top", "entry"),
    (f"{HOME}/sets/first/entry?path=top/d/l", "entry"),
    (f"{HOME}/sets/first/entry?path=top/odd%20%FF%0A%22name", "entry"),
    (f"{HOME}/versions?path=top/a", "versions"),
    (f"{HOME}/versions?path=top", "versions"),
    (f"{HOME}/find?name=*", "find"),
    (f"{HOME}/find?name=*&limit=1", "find"),
    (f"{HOME}/find?larger=1000&older=9999999999", "find"),
)

POSTS: tuple[tuple[str, Any, str], ...] = (
    ("tags", {"tags": ["one", "two"]}, "change_tags"),
    ("priority", {"priority": 9}, "change_priority"),
    ("lock", {}, "lock_set"),
    ("unlock", {}, "unlock_set"),
    ("name", {"name": "oldest"}, "change_name"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base: Path = tmp_path_factory.mktemp("fit") / "base"
    with small_stores():
        made = make_site(base)
        write_grant(made.place, ALICE, Grant(tuple(Right)))
        tag(made.place, ALICE, 1, ["tagged"], moves=False)
        with made.serving():
            yield made


def route(view: str) -> Route:
    [found] = [one for api in APIS for one in api.routes if one.view.__name__ == view]
    return found


def assert_fits(answer: Answer, view: str) -> None:
    assert answer.status == 200, answer
    assert fits(answer.json, route(view).answers), (view, json.dumps(answer.json)[:2000])


@pytest.mark.parametrize(("url", "view"), GETS)
def test_what_is_looked_at(site: Site, url: str, view: str) -> None:
    with site.at(ALICE) as one:
        assert_fits(one.get(url), view)


def test_what_is_changed(site: Site) -> None:
    with site.at(ALICE) as one:
        for what, body, view in POSTS:
            assert_fits(one.post(f"{HOME}/sets/1/{what}", body), view)
        assert one.get(f"{HOME}/sets").json["sets"][0]["name"] == "oldest"
        plan = one.post(f"{HOME}/purge/plan", {"numbers": []})
        assert_fits(plan, "plan_purge")
        order = {"wish": {"numbers": []}, "plan": plan.json["plan"]}
        assert_fits(one.post(f"{HOME}/purge", order), "purge")
        assert_fits(one.post(f"{HOME}/sets/1/delete"), "delete")


def test_the_steps_of_logins(site: Site) -> None:
    with site.visitor() as one:
        question = one.begin(SEALED)
        assert_fits(question, "begin")
        done, _ = one.prove(question.json, password_of(SEALED))
        assert_fits(done, "prove")
        assert done.json["is_sealed"] and done.json["wrapped"]
        one.token = done.json["session"]["token"]
        assert_fits(one.enter(SEALED, password_of(SEALED)), "by_password")
        assert_fits(one.begin(OPEN), "begin")
        assert_fits(one.post("/api/v1/logout"), "logout")


def test_no_json_route_was_forgotten() -> None:
    tried = {view for _, view in GETS} | {view for _, _, view in POSTS}
    tried |= {"delete", "plan_purge", "purge", "begin", "prove", "by_password", "logout"}
    assert tried == {
        one.view.__name__ for api in APIS for one in api.routes if one.answers is not BYTES
    }


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 4000, "a; tardis=b", '"quoted"', "\xff\xfe", "=", "tardis=tardis=", "\t", "{}"],
)
def test_a_cookie_of_any_kind_is_no_session(site: Site, cookie: str) -> None:
    with site.visitor() as one:
        headers = {"Cookie": f"tardis={cookie}"}
        assert one.ask("GET", f"{HOME}/sets", headers=headers).status == 401
        assert one.ask("GET", "/api/v1/session", headers=headers).json["clients"] == []


def test_a_second_cookie_of_the_name_does_not_help(site: Site) -> None:
    with site.at(ALICE) as one, site.visitor() as other:
        good = f"tardis={one.cookie}"
        for headers in ({"Cookie": f"tardis=x; {good}"}, {"Cookie": f"{good}; tardis=x"}):
            answer = other.ask("GET", f"/api/v1/clients/{OPEN}/sets", headers=headers)
            assert answer.status == 401


def logged_in(one: Visitor) -> bool:
    return bool(one.get("/api/v1/session").json["clients"])


def test_sessions_of_one_person_are_apart(site: Site) -> None:
    """Logging out here leaves the phone logged in."""
    with site.at(ALICE) as desk, site.at(ALICE) as phone:
        assert desk.cookie != phone.cookie and desk.token != phone.token
        token, desk.token = desk.token, phone.token
        assert desk.post("/api/v1/logout").status == 403
        desk.token = token
        assert desk.post("/api/v1/logout").status == 200
        assert not logged_in(desk) and logged_in(phone)
