"""Test-case 75: what strangers, other users and other people's pages try.

Each is tried over a real connection, most as raw bytes: a library would tidy them up.
"""

import re
from urllib.parse import quote

import pytest

from tests.web.site import ALICE, BOB, OPEN, SEALED, Site
from tests.web.test_server import raw

HOME = f"/api/v1/clients/{ALICE}"
LEAVING = ["..%2f", "%2e%2e/", "../", "..%5c", "%252e%252e%252f", "....//", "%c0%ae%c0%ae/"]


def status(said: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", said)
    assert found, said[:80]
    return int(found[1])


def asked(site: Site, line: str, cookie: str = "", *more: str) -> bytes:
    lines = [line, "Host: localhost", "Connection: close", *more]
    lines += [f"Cookie: tardis={cookie}"] if cookie else []
    return raw(site.port, "\r\n".join([*lines, "", ""]).encode("latin-1"))


@pytest.mark.parametrize("way", LEAVING)
def test_no_way_leads_out_of_a_backup_or_a_client(site: Site, way: str) -> None:
    with site.at(ALICE) as one:
        for url in (
            f"/api/v1/clients/{way}{BOB}/sets",
            f"/api/v1/clients/{ALICE}/{way}{BOB}/sets",
            f"{HOME}/sets/{way}{BOB}/entries?path=top",
            f"{HOME}/sets/first/entry?path=top/{way}{way}{way}etc/passwd",
            f"{HOME}/sets/first/content?path={way}{way}{way}{way}etc/passwd",
            f"{HOME}/contents/{way}{way}tardis.db",
            f"/{way}{way}etc/passwd",
        ):
            said = asked(site, f"GET {url} HTTP/1.1", one.cookie)
            assert 400 <= status(said) < 500, url
            assert b"root:" not in said and b"SQLite" not in said


@pytest.mark.parametrize(
    "odd", ["%00", "a%00b", "%0d%0aX-Evil:%20y", "%ff%fe", "%", "%zz", "%u0000"]
)
def test_odd_bytes_in_urls_are_refused_or_not_there(site: Site, odd: str) -> None:
    with site.at(ALICE) as one:
        for url in (
            f"{HOME}/sets/first/entry?path={odd}",
            f"{HOME}/sets/{odd}/entries?path=top",
            f"/api/v1/clients/{odd}/sets",
            f"/{odd}",
            f"{HOME}/sets?{odd}=1",
        ):
            said = asked(site, f"GET {url} HTTP/1.1", one.cookie)
            assert 400 <= status(said) < 500, url
            assert b"\r\nX-Evil" not in said


def test_a_huge_range_and_a_thousand_of_them_read_no_more_than_the_file(site: Site) -> None:
    url = f"{HOME}/sets/first/content?path=top/d/big"
    with site.at(ALICE) as one:
        for wanted, least in (
            (f"bytes=0-{'9' * 300}", 206),
            ("bytes=" + ",".join(f"{at}-{at}" for at in range(1000)), 200),
            ("bytes=" + "0-," * 5000, 200),
            (f"bytes={'9' * 300}-", 416),
        ):
            answer = one.get(url, Range=wanted)
            assert answer.status == least and len(answer.body) <= 256 * 3000


def test_head_tells_nothing_that_get_would_not(site: Site) -> None:
    with site.at(ALICE) as one:
        for url in (f"{HOME}/sets", f"{HOME}/sets/first/content?path=top/a", "/healthz"):
            said = asked(site, f"HEAD {url} HTTP/1.1", one.cookie)
            assert status(said) == 200 and said.endswith(b"\r\n\r\n")
        for url in (f"{HOME}/sets", f"/api/v1/clients/{BOB}/sets"):
            assert status(asked(site, f"HEAD {url} HTTP/1.1")) == 401


def test_other_methods_are_refused(site: Site) -> None:
    with site.at(ALICE) as one:
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "X"):
            said = asked(site, f"{method} {HOME}/sets HTTP/1.1", one.cookie)
            assert 400 <= status(said) < 500 or status(said) == 501, method
            assert one.cookie.encode() not in said
        said = asked(site, f"GET {HOME}/sets/first/delete HTTP/1.1", one.cookie)
        assert status(said) == 405 and b"Allow: " in said
        assert len(one.get(f"{HOME}/sets").json["sets"]) == 2


def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(site: Site) -> None:
    for line in ("/api/v1/login/begin", "/healthz", "/nowhere"):
        said = asked(site, f"POST {line} HTTP/1.1", "", "Content-Length: 1000000000")
        assert status(said) == 413
    twice = ("Content-Length: 5", "Content-Length: 50")
    assert status(asked(site, "POST /api/v1/logout HTTP/1.1", "", *twice)) >= 400


def test_names_of_files_stay_within_their_header(site: Site) -> None:
    name = quote(b'top/odd \xff\n"name')
    with site.at(ALICE) as one:
        said = asked(site, f"GET {HOME}/sets/first/content?path={name} HTTP/1.1", one.cookie)
    head = said.partition(b"\r\n\r\n")[0]
    [line] = [each for each in head.split(b"\r\n") if each.startswith(b"Content-Disposition")]
    assert line.startswith(b"Content-Disposition: attachment; ") and b"\n" not in line
    assert status(said) == 200 and said.endswith(b"odd\n")


def test_a_page_of_somebody_else_can_change_nothing(site: Site) -> None:
    """It can send the cookie at best, and a form; it knows no token, and sends no JSON."""
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    with site.at(ALICE) as one:
        one.token = ""
        for kind in kinds:
            for what in ("delete", "lock", "name"):
                headers = {"Content-Type": kind, "Origin": "https://evil.example"}
                assert one.ask("POST", f"{HOME}/sets/first/{what}", b"{}", headers).status == 403
        assert one.ask("POST", "/api/v1/logout", b"{}").status == 403
        assert len(one.get(f"{HOME}/sets").json["sets"]) == 2
        told = one.get(f"{HOME}/sets", Origin="https://evil.example").headers
        assert not [each for each in told if each.lower().startswith("access-control")]


def test_cookies_are_kept_from_scripts_and_from_other_sites(site: Site) -> None:
    with site.at(ALICE) as one:
        flags = str(one.jar["tardis"])
        assert "HttpOnly" in flags and "SameSite=Strict" in flags and "Path=/" in flags
        assert len(one.cookie) >= 40 and ALICE not in one.cookie


@pytest.mark.parametrize("other", [BOB, OPEN, SEALED, "nobody", "ALICE", "alice%20", ""])
def test_another_client_is_never_answered_for(site: Site, other: str) -> None:
    with site.at(ALICE) as one:
        digest = one.get(f"{HOME}/sets/first/entry?path=top/b").json["entry"]["checksum"]
        for what in (
            "",
            "/sets",
            "/sets/first/entries?path=top",
            "/versions?path=top/a",
            "/find?name=*",
            "/sets/first/content?path=top/b",
            f"/contents/{digest}",
        ):
            answer = one.get(f"/api/v1/clients/{other}{what}")
            assert answer.status in (401, 404), (what, answer)
            assert b"beta" not in answer.body


def test_what_is_private_is_kept_by_nobody_else(site: Site) -> None:
    with site.at(ALICE) as one:
        for url in (f"{HOME}/sets", f"{HOME}/sets/first/content?path=top/a", "/api/v1/session"):
            headers = one.get(url).headers
            assert headers["Cache-Control"] in ("no-store", "private, no-cache"), url
            assert "Cookie" in headers["Vary"]


def test_metrics_are_not_for_strangers(site: Site) -> None:
    for line in ("X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7", "Via: 1.1 x"):
        assert status(asked(site, "GET /metrics HTTP/1.1", "", line)) == 403
    said = raw(
        site.port, b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    assert status(said) == 403 and ALICE.encode() not in said


def test_a_mark_of_one_user_tells_another_nothing(site: Site) -> None:
    path = "sets/first/content?path=top/b"
    with site.at(ALICE) as one, site.at(BOB) as other:
        mark = one.get(f"{HOME}/{path}").headers["ETag"]
        theirs = other.get(f"/api/v1/clients/{BOB}/{path}", If_None_Match=mark)
        assert theirs.status == 200 and theirs.headers["ETag"] != mark
        part = other.get(f"/api/v1/clients/{BOB}/{path}", Range="bytes=1-", If_Range=mark)
        assert part.status == 200
