"""The guard of plain Flask views: session, right and token."""

from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from tardis.model import Right
from tardis.store import Grant, denials, write_grant
from tardis.web import make_app
from tardis.web.guard import for_client
from tardis.web.sessions import Access
from tests.web import site as sites
from tests.web.site import ALICE, BOB, Site, make_site, small_stores

blueprint = flask.Blueprint("things", __name__, url_prefix="/clients")


@blueprint.route("/<client>/things/<int:number>", methods=["GET", "POST"])
@for_client(Right.RESTORE, "see things")
def things(access: Access, number: int) -> str:
    return f"{number} of {access.client}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("guard")
    usual = make_app

    def with_things(*words: object) -> flask.Flask:
        app = usual(*words)  # type: ignore[arg-type]
        app.register_blueprint(blueprint)
        return app

    with small_stores(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sites, "make_app", with_things)
        made = make_site(folder / "base")
        with made.serving():
            yield made


def test_only_a_session_of_the_client_gets_in(site: Site) -> None:
    with site.at(ALICE) as one:
        assert one.get(f"/clients/{ALICE}/things/7").body == b"7 of alice"
        assert one.get(f"/clients/{BOB}/things/7").status == 401
        assert one.get(f"/clients/{ALICE}/things/x").status == 404


def test_changes_need_the_token_in_a_header_or_a_form(site: Site) -> None:
    with site.at(ALICE) as one:
        url = f"/clients/{ALICE}/things/7"
        assert one.post(url).status == 200
        token, one.token = one.token, ""
        assert one.post(url).error == "rights"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert one.ask("POST", url, b"token=wrong", form).status == 403
        assert one.ask("POST", url, f"token={token}".encode(), form).status == 200


def test_a_right_that_is_missing_is_told_logged_and_noted(site: Site) -> None:
    write_grant(site.place, BOB, Grant(rights=(Right.LIST,)))
    with site.at(BOB) as one:
        answer = one.get(f"/clients/{BOB}/things/7")
    assert (answer.status, answer.error) == (403, "rights")
    assert "may not see things" in answer.json["message"]
    assert [one.right for one in denials(site.place, BOB)] == ["restore"]
    assert any("denied" in line for line in site.log)
