"""Directories, entries and versions."""

from urllib.parse import quote_from_bytes

import pytest

from tests.web.site import ALICE, OPEN, SEALED, Site, password_of
from tests.web.visitor import Answer, Visitor

HOME = f"/api/v1/clients/{ALICE}"
ODD = b'top/odd \xff\n"name'


def ask(one: Visitor, what: str, path: bytes, more: str = "", home: str = HOME) -> Answer:
    return one.get(f"{home}/{what}?path={quote_from_bytes(path)}{more}")


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [one["path"] for one in answer.json["entries"]]


def test_a_directory_is_listed_as_the_set_has_it(site: Site) -> None:
    with site.at(ALICE) as one:
        first = names(ask(one, "sets/first/entries", b"top"))
        assert first == ["top/a", "top/b", "top/d", 'top/odd \ufffd\n"name']
        answer = ask(one, "sets/Current/entries", b"top")
        assert "top/new" in names(answer) and answer.json["set"] == "second"
        assert names(ask(one, "sets/2/entries", b"top/d/")) == ["top/d/big", "top/d/l"]
        by_path = {each["path"]: each for each in answer.json["entries"]}
    assert by_path["top/d"]["type"] == "directory"
    file = by_path["top/a"]
    assert (file["type"], file["size"], file["chain"]) == (
        "file",
        len("alpha of alice, again\n"),
        0,
    )
    assert len(file["checksum"]) == 64 and not file["is_damaged"]


def test_what_lies_above_the_roots_can_be_walked(site: Site) -> None:
    with site.at(ALICE) as one:
        above = ask(one, "sets/first/entries", b"").json["entries"]
        assert [(each["path"], each["type"]) for each in above] == [("top", "directory")]
        assert above[0]["mode"] == 0o755
        assert ask(one, "sets/first/entries", b"/").status == 404


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_directory_is_told_page_by_page(site: Site, limit: int) -> None:
    with site.at(ALICE) as one:
        whole = names(ask(one, "sets/second/entries", b"top"))
        found: list[str] = []
        more = ""
        while True:
            page = ask(one, "sets/second/entries", b"top", f"&limit={limit}{more}")
            assert len(names(page)) <= limit
            found += names(page)
            if "next" not in page.json:
                break
            more = f"&after={page.json['next']}"
    assert found == whole and len(found) == 5


def test_any_name_can_be_asked_for(site: Site) -> None:
    with site.at(ALICE) as one:
        entry = ask(one, "sets/first/entry", ODD).json["entry"]
        assert entry["path"] == ODD.decode(errors="replace") and "path_base64" in entry
        assert ask(one, "versions", ODD).status == 200
        link = ask(one, "sets/first/entry", b"top/d/l").json["entry"]
        assert (link["type"], link["target"]) == ("link", "../a")


def test_the_versions_of_a_path(site: Site) -> None:
    with site.at(ALICE) as one:
        found = ask(one, "versions", b"top/a").json["versions"]
        assert [(each["set"], each["change"]) for each in found] == [
            ("first", "new"),
            ("second", "changed"),
        ]
        assert len({each["entry"]["checksum"] for each in found}) == 2
        assert [each["set"] for each in ask(one, "versions", b"top/new").json["versions"]] == [
            "second"
        ]


@pytest.mark.parametrize(
    ("what", "path", "status"),
    [
        ("sets/first/entries", b"top/none", 404),
        ("sets/first/entries", b"top/../top", 404),
        ("sets/first/entries", b"top/a", 400),
        ("sets/first/entry", b"../../../etc/passwd", 404),
        ("sets/first/entry", b"top/a\0", 400),
        ("sets/first/entry", b"x" * 70_000, 414),
        ("sets/none/entry", b"top", 404),
        ("sets/99/entries", b"top", 404),
        ("versions", b"none", 404),
        ("sets/..%2fbob/entries", b"top", 404),
        ("sets/%00/entries", b"top", 404),
    ],
)
def test_what_is_not_there(site: Site, what: str, path: bytes, status: int) -> None:
    with site.at(ALICE) as one:
        answer = ask(one, what, path)
        assert answer.status == status or (status, answer.status) == (414, 400), answer


def test_an_encrypted_backup_is_shown_to_who_gave_the_password(site: Site) -> None:
    home = f"/api/v1/clients/{SEALED}"
    with site.at(SEALED) as one:
        answer = ask(one, "sets/Current/entries", b"/", home=home)
        assert (answer.status, answer.error) == (403, "rights")
        assert one.get("/api/v1/clients").json["clients"][0]["is_readable"] is False
    with site.visitor() as one:
        one.enter(SEALED, password_of(SEALED))
        source = bytes(site.base.parent / "source")
        assert names(ask(one, "sets/Current/entries", source, home=home)) == [
            f"{source.decode()}/secret-name"
        ]
        assert one.get("/api/v1/clients").json["clients"][0]["is_readable"] is True
        first = names(ask(one, "sets/Current/entries", source, "&limit=1", home=home))
        assert len(first) == 1


def test_answers_that_still_hold_are_not_sent_again(site: Site) -> None:
    url = f"{HOME}/sets/first/entries?path=top"
    with site.at(ALICE) as one, site.at(OPEN) as other:
        plain, packed = one.get(url), one.get(url, Accept_Encoding="gzip")
        assert plain.headers["Cache-Control"] == "private, no-cache"
        for mark in (plain.headers["ETag"], packed.headers["ETag"]):
            again = one.get(url, If_None_Match=mark)
            assert (again.status, again.body) == (304, b"")
        assert one.get(url, If_None_Match='"x"').status == 200
        same = f"/api/v1/clients/{OPEN}/sets/first/entries?path=top/none"
        assert other.get(same, If_None_Match=plain.headers["ETag"]).status == 404
        assert one.get(f"{HOME}/sets").headers["ETag"] != plain.headers["ETag"]
    with site.visitor() as nobody:
        assert nobody.get(url, If_None_Match=plain.headers["ETag"]).status == 401


def test_the_clients_of_a_session(site: Site) -> None:
    with site.at(ALICE) as one:
        [found] = one.get("/api/v1/clients").json["clients"]
        assert (found["client"], found["sets"], found["is_sealed"]) == (ALICE, 2, False)
        assert found["last_good"]["name"] == "second" and found["findings"] == []
        assert found["rights"] == ["add", "list", "restore"]
    with site.visitor() as nobody:
        assert nobody.get("/api/v1/clients").status == 401
