"""How clients are: looked at again when something has changed, and only then."""

import pytest

from tardis.admin import state_of
from tardis.model import Right
from tardis.store import Grant, note_denial, write_grant
from tardis.web import states
from tardis.web.states import States
from tests.web.site import ALICE, Site


def test_a_store_that_did_not_change_is_not_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    usual = state_of

    def counted(place: object, client: str, now_ns: int) -> object:
        read.append(client)
        return usual(place, client, now_ns)  # type: ignore[arg-type]

    monkeypatch.setattr(states, "state_of", counted)
    known = States(site.place)
    first = known.of(ALICE)
    assert known.of(ALICE) is first and read == [ALICE]
    note_denial(site.place, ALICE, Right.PURGE, "here")
    assert known.of(ALICE).findings and len(read) == 2
    write_grant(site.place, ALICE, Grant((Right.LIST,)))
    known.of(ALICE)
    assert len(read) == 3
    (site.base / ALICE / "tardis.db").touch()
    known.of(ALICE)
    assert len(read) == 4


def test_a_store_that_cannot_be_read_is_a_finding(site: Site) -> None:
    catalog = site.base / ALICE / "tardis.db"
    catalog.rename(catalog.with_name("away"))
    try:
        assert "no backup store" in States(site.place).of(ALICE).findings[0]
    finally:
        catalog.with_name("away").rename(catalog)
