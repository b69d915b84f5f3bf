from pathlib import Path

import flask
import pytest

from tardis.model import NoSuchSetError
from tardis.store import Place
from tardis.web import WebOptions, make_app
from tardis.web.pages import views
from tests.store.crowd import crowded
from tests.store.workshop import Workshop


@pytest.fixture
def app(tmp_path: Path) -> flask.Flask:
    return make_app(WebOptions(Place(str(tmp_path)), "test"), lambda text, is_trouble=False: None)


def test_links_carry_any_bytes(app: flask.Flask) -> None:
    with app.test_request_context("/pages/"):
        assert views.link("clients") == "/pages/"
        assert views.link("browse", "my box", set=3, path=b"/a\xff b") == (
            "/pages/c/my%20box/browse?set=3&path=/a%FF%20b"
        )
        assert views.link("file", "box", path=b"", after64="") == "/pages/c/box/file"


def test_no_page_loads_anything_from_elsewhere(app: flask.Flask) -> None:
    answer = app.test_client().get("/pages/login")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == views.CSP and "unsafe" not in policy and "http" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for name, kind in (("pages.css", "text/css"), ("pages.js", "text/javascript")):
        part = app.test_client().get(f"/pages/static/{name}")
        assert part.status_code == 200 and part.mimetype == kind
        assert "http://" not in part.text and "https://" not in part.text


def test_only_requests_of_our_own_pages_change_anything(app: flask.Flask) -> None:
    for site, is_foreign in (("cross-site", True), ("same-site", True), ("same-origin", False),
                             ("none", False), ("", False)):  # fmt: skip
        with app.test_request_context("/", headers={"Sec-Fetch-Site": site}):
            assert views.comes_from_elsewhere() is is_foreign


def test_the_newest_complete_set_is_meant_when_none_is_named(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base", sets=4)
    shop.execute("UPDATE backup_sets SET is_complete = 0 WHERE number = 4")
    with shop.reader() as reader:
        assert [views.chosen_set(reader, number).number for number in (0, 2, 4)] == [3, 2, 4]
        with pytest.raises(NoSuchSetError):
            views.chosen_set(reader, 5)
    shop.execute("UPDATE backup_sets SET is_complete = 0")
    with shop.reader() as reader:
        assert views.chosen_set(reader, 0).number == 4
    with (
        Workshop(tmp_path / "empty").create().reader() as reader,
        pytest.raises(NoSuchSetError),
    ):
        views.chosen_set(reader, 0)
