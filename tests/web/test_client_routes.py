"""How clients are, as a session is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.model import Right
from tardis.store import Grant, note_denial, write_grant
from tardis.web.client_routes import ClientHealth, ClientList
from tardis.web.schemas import fits
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, make_site, password_of, small_stores


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base: Path = tmp_path_factory.mktemp("health") / "base"
    with small_stores():
        made = make_site(base)
        with made.serving():
            yield made


def test_a_session_is_told_of_its_clients_by_name(site: Site) -> None:
    with site.at(SEALED) as one:
        one.login(BOB, password_of(BOB)).login(ALICE, password_of(ALICE)).login(OPEN)
        told = one.get("/api/v1/clients").json
        assert fits(told, ClientList)
        assert [each["client"] for each in told["clients"]] == [ALICE, BOB, OPEN, SEALED]
        sealed = told["clients"][-1]
        assert (sealed["is_sealed"], sealed["is_readable"]) == (True, False)
        for each in told["clients"]:
            alone = one.get(f"/api/v1/clients/{each['client']}").json
            for state in (alone, each):  # which grows while we look
                assert state["last_good"].pop("age_seconds") >= 0
            assert alone == each


def test_what_should_be_looked_at_is_told_in_words(site: Site) -> None:
    with site.at(BOB) as one:
        url = f"/api/v1/clients/{BOB}"
        before = one.get(url).json
        assert fits(before, ClientHealth) and before["findings"] == []
        note_denial(site.place, BOB, Right.PURGE, "192.0.2.7")
        write_grant(site.place, BOB, Grant((Right.LIST, Right.PURGE), quota_bytes=1))
        after = one.get(url).json
        assert after["rights"] == ["list", "purge"]
        assert "1 request was denied: purge" in after["findings"]
        assert any("quota of bytes" in each for each in after["findings"])


def test_without_the_right_to_list_nothing_is_told_of_a_client(site: Site) -> None:
    write_grant(site.place, ALICE, Grant((Right.ADD,)))
    with site.at(ALICE) as one:
        for what in (
            "",
            "/sets",
            "/sets/first/entries?path=top",
            "/versions?path=top",
            "/find?name=a",
        ):
            assert one.get(f"/api/v1/clients/{ALICE}{what}").error == "rights", what
    write_grant(site.place, ALICE, Grant((Right.LIST,)))
    with site.at(ALICE) as one:
        assert one.get(f"/api/v1/clients/{ALICE}/sets").status == 200
        path = "sets/first/content?path=top/a"
        assert one.get(f"/api/v1/clients/{ALICE}/{path}").error == "rights"


def test_a_client_whose_store_is_damaged_is_told_as_that(site: Site) -> None:
    with site.at(OPEN) as one:
        catalog = site.base / OPEN / "tardis.db"
        good = catalog.read_bytes()
        catalog.write_bytes(b"this is no catalog" * 100)
        try:
            [told] = one.get("/api/v1/clients").json["clients"]
            assert fits(told, ClientHealth) and told["last_good"] is None and told["findings"]
            assert one.get(f"/api/v1/clients/{OPEN}/sets").status == 503
        finally:
            catalog.write_bytes(good)
        assert one.get(f"/api/v1/clients/{OPEN}/sets").status == 200
