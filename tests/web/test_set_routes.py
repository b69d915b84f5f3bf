"""Listing the sets of a client."""

from tests.web.site import ALICE, SEALED, Site

URL = f"/api/v1/clients/{ALICE}/sets"


def test_all_sets_are_told_by_number(site: Site) -> None:
    with site.at(ALICE) as one:
        first, second = one.get(URL).json["sets"]
    assert [first["name"], second["name"]] == ["first", "second"]
    assert first["number"] < second["number"] and first["is_complete"]
    assert (first["entries"], first["tags"], first["alarm"]) == (6, [], 0)


def test_sets_are_told_page_by_page(site: Site) -> None:
    with site.at(ALICE) as one:
        page = one.get(f"{URL}?limit=1").json
        assert [each["name"] for each in page["sets"]] == ["first"]
        rest = one.get(f"{URL}?limit=1&after={page['next']}").json
        assert [each["name"] for each in rest["sets"]] == ["second"] and "next" not in rest
        assert one.get(f"{URL}?after={10**18 - 1}").json == {"sets": []}


def test_sets_of_an_encrypted_backup_need_no_key(site: Site) -> None:
    with site.at(SEALED) as one:
        assert len(one.get(f"/api/v1/clients/{SEALED}/sets").json["sets"]) == 2


def test_odd_parameters_are_refused(site: Site) -> None:
    with site.at(ALICE) as one:
        for query in (
            "limit=0",
            "limit=-1",
            "limit=x",
            "limit=99999",
            "limit=",
            "other=1",
            "limit=1&limit=2",
            "after=1.5",
            "after=" + "9" * 40,
            "a&" * 60,
        ):
            answer = one.get(f"{URL}?{query}")
            assert (answer.status, answer.error) == (400, "usage"), query
