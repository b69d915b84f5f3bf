"""Searching all sets."""

import pytest

from tardis.web import find_routes
from tests.web.site import ALICE, SEALED, Site, password_of
from tests.web.visitor import Visitor

URL = f"/api/v1/clients/{ALICE}/find"


def found(one: Visitor, query: str, url: str = URL) -> list[tuple[str, str, str]]:
    """Return (path, first and last set) of all pages."""
    told, more = [], ""
    while True:
        page = one.get(f"{url}?{query}{more}").json
        told += [
            (each["entry"]["path"], each["first_set"], each["last_set"]) for each in page["found"]
        ]
        if "next" not in page:
            return told
        more = f"&after={page['next']}"


def test_names_are_found_in_all_sets(site: Site) -> None:
    with site.at(ALICE) as one:
        assert found(one, "name=a") == [
            ("top/a", "first", "first"),
            ("top/a", "second", "second"),
        ]
        assert found(one, "name=n*") == [("top/new", "second", "second")]
        assert found(one, "name=*/d/*") == [
            ("top/d/big", "first", "second"),
            ("top/d/l", "first", "second"),
        ]
        assert found(one, "name=nothing") == []


def test_size_and_time_limit_what_is_found(site: Site) -> None:
    with site.at(ALICE) as one:
        assert [path for path, _, _ in found(one, "larger=1000")] == ["top/d/big"]
        assert "top/d/big" not in {path for path, _, _ in found(one, "smaller=999")}
        assert found(one, "newer=999999999999") == found(one, "older=-5") == []


@pytest.mark.parametrize("bound", [1, 3])
def test_no_page_looks_at_more_than_a_bound(
    site: Site, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    with site.at(ALICE) as one:
        whole = found(one, "name=*")
        monkeypatch.setattr(find_routes, "_SOME", bound)
        monkeypatch.setattr(find_routes, "_LOOKED_AT", 1)
        assert found(one, "name=*") == found(one, "name=*&limit=1") == whole
        assert len(one.get(f"{URL}?name=*").json["found"]) <= bound
        assert found(one, "name=new") == [("top/new", "second", "second")]


@pytest.mark.parametrize(
    "query", ["larger=x", "after=%21%21", "larger=1e3", f"name={'x' * 2000}", "newer=" + "9" * 30]
)
def test_odd_questions_are_refused(site: Site, query: str) -> None:
    with site.at(ALICE) as one:
        assert one.get(f"{URL}?{query}").error == "usage"


def test_a_key_that_was_made_up_finds_nothing_or_something(site: Site) -> None:
    with site.at(ALICE) as one:
        for key in ("AAAA", "_" * 40, "__________________________8A"):
            assert one.get(f"{URL}?after={key}").status in (200, 400)


def test_names_of_an_encrypted_backup_are_found_with_its_password(site: Site) -> None:
    url = f"/api/v1/clients/{SEALED}/find"
    with site.visitor() as one:
        one.enter(SEALED, password_of(SEALED))
        assert len(found(one, "name=secret-*", url)) == 2
    with site.at(SEALED) as one:
        assert one.get(f"{url}?name=*").status == 403
