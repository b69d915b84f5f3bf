"""The bytes of files, whole and in part."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote_from_bytes

import pytest

from tardis.model import IntegrityError
from tardis.web.content_routes import _held_back, disposition
from tests.web.site import ALICE, BOB, SEALED, Site, password_of
from tests.web.visitor import Answer, Visitor

HOME = f"/api/v1/clients/{ALICE}"
BIG = bytes(range(256)) * 3000


def content(one: Visitor, path: bytes, home: str = HOME, **headers: str) -> Answer:
    return one.get(f"{home}/sets/second/content?path={quote_from_bytes(path)}", **headers)


def test_a_file_comes_whole_and_is_never_shown_by_a_browser(site: Site) -> None:
    with site.at(ALICE) as one:
        answer = content(one, b"top/d/big")
    assert (answer.status, answer.body) == (200, BIG)
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == 'attachment; filename="big"'
    assert (
        headers["X-Content-Type-Options"] == "nosniff"
        and "sandbox" in headers["Content-Security-Policy"]
    )
    assert headers["Accept-Ranges"] == "bytes" and headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", BIG[:1]),
        ("bytes=10-19", BIG[10:20]),
        ("bytes=-5", BIG[-5:]),
        (f"bytes={len(BIG) - 2}-", BIG[-2:]),
        (f"bytes=5-{10**40}", BIG[5:]),
        (f"bytes=-{10**40}", BIG),
        ("bytes=100000-700000", BIG[100_000:700_001]),
    ],
)
def test_a_part_of_a_file(site: Site, wanted: str, part: bytes) -> None:
    with site.at(ALICE) as one:
        answer = content(one, b"top/d/big", Range=wanted)
    assert (answer.status, answer.body) == (206, part)
    first, last = map(int, answer.headers["Content-Range"][6:].split("/")[0].split("-"))
    assert BIG[first : last + 1] == part
    assert answer.headers["Content-Range"].endswith(f"/{len(BIG)}")


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "bytes=" + ",".join(["0-"] * 1000), "bytes=5-1", "lines=1-2", "bytes=-", "x"],
)
def test_ranges_that_do_not_count(site: Site, wanted: str) -> None:
    with site.at(ALICE) as one:
        answer = content(one, b"top/d/big", Range=wanted)
    assert (answer.status, len(answer.body)) == (200, len(BIG))


@pytest.mark.parametrize("wanted", [f"bytes={len(BIG)}-", f"bytes={10**30}-{10**31}", "bytes=-0"])
def test_what_lies_behind_the_end(site: Site, wanted: str) -> None:
    with site.at(ALICE) as one:
        answer = content(one, b"top/d/big", Range=wanted)
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(BIG)}")


def test_a_download_goes_on_where_it_was_cut_only_if_it_is_the_same(site: Site) -> None:
    with site.at(ALICE) as one:
        mark = content(one, b"top/d/big").headers["ETag"]
        same = content(one, b"top/d/big", Range="bytes=9-", If_Range=mark)
        assert (same.status, same.body) == (206, BIG[9:])
        for other in ('"other"', "Sat, 21 Nov 2026 10:00:00 GMT"):
            assert content(one, b"top/d/big", Range="bytes=9-", If_Range=other).status == 200
        assert content(one, b"top/d/big", If_None_Match=mark).status == 304
        assert content(one, b"top/a").headers["ETag"] != mark


def test_marks_of_equal_files_of_two_clients_differ(site: Site) -> None:
    with site.at(ALICE) as alice, site.at(BOB) as bob:
        mine = content(alice, b"top/b").headers["ETag"]
        theirs = content(bob, b"top/b", f"/api/v1/clients/{BOB}")
        assert theirs.body == b"beta\n" and theirs.headers["ETag"] != mine


def test_a_head_tells_the_size_and_reads_nothing(site: Site) -> None:
    with site.at(ALICE) as one:
        answer = one.ask("HEAD", f"{HOME}/sets/second/content?path=top/d/big")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["Content-Length"] == str(len(BIG))
        assert content(one, b"top/a").status == 200  # the line is as it was


def test_by_checksum(site: Site) -> None:
    with site.at(ALICE) as one, site.at(BOB) as bob:
        entry = one.get(f"{HOME}/sets/first/entry?path=top/a").json["entry"]
        url = f"{HOME}/contents/{entry['checksum']}"
        assert one.get(url).body == b"alpha of alice\n"
        assert bob.get(f"/api/v1/clients/{BOB}/contents/{entry['checksum']}").status == 404
        for odd, status in (("zz", 400), ("abc", 400), ("00", 404), ("00" * 1000, 404)):
            assert one.get(f"{HOME}/contents/{odd}").status == status


def test_what_has_no_bytes(site: Site) -> None:
    with site.at(ALICE) as one:
        for path, status in ((b"top/d", 400), (b"top/d/l", 400), (b"top/none", 404), (b"", 400)):
            assert content(one, path).status == status, path


def test_damage_is_never_sent_as_if_it_were_whole(site: Site) -> None:
    with site.at(BOB) as one:
        home = f"/api/v1/clients/{BOB}"
        [large] = [each for each in (site.base / BOB).glob("??/*") if each.stat().st_size > 10_000]
        good = large.read_bytes()
        large.write_bytes(good[:5000] + b"X" * 10 + good[5010:])
        try:
            answer = content(one, b"top/d/big", home)
        finally:
            large.write_bytes(good)
        assert (answer.status, answer.error) == (500, "integrity")
        assert content(one, b"top/d/big", home).body == BIG


def test_sealed_bytes_are_read_with_the_password_alone(site: Site) -> None:
    home = f"/api/v1/clients/{SEALED}"
    path = quote_from_bytes(bytes(site.base.parent / "source" / "secret-name"))
    with site.visitor() as one:
        one.enter(SEALED, password_of(SEALED))
        answer = one.get(f"{home}/sets/Current/content?path={path}")
        assert answer.body == b"another secret of the vault\n"
    with site.at(SEALED) as one:
        assert one.get(f"{home}/sets/Current/content?path={path}").error == "rights"


def test_twenty_downloads_at_once(site: Site) -> None:
    with site.at(ALICE) as one:
        lines = []
        for _ in range(20):
            other = Visitor(site.port)
            other.cookie = one.cookie
            other._line.request(
                "GET",
                f"{HOME}/sets/second/content?path=top/d/big",
                headers={"Cookie": f"tardis={one.cookie}"},
            )
            lines.append(other)
        for other in lines:
            with closing(other):
                answer = other._line.getresponse()
                body = answer.read()
                assert (answer.status, body == BIG) == (200, True), (body[:300], site.log)


@pytest.mark.parametrize(
    "name", [b'a"\r\nX: y', b"\xff", "ä".encode(), b"..", b"a\\b", b"%0d%0a", b"x" * 255, b"a\x7f"]
)
def test_no_name_gets_out_of_its_header(name: bytes) -> None:
    told = disposition(name)
    assert told.isascii() and told.isprintable() and told.startswith("attachment; filename=")
    assert told.count('"') == 2


def test_the_last_piece_waits_until_all_are_proved() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"one"
        yield b"two"
        raise IntegrityError("stored bytes do not match their digest")

    got: list[bytes] = []
    with pytest.raises(IntegrityError):
        got.extend(_held_back(chunks(), 6))
    assert got == [b"one"]
    assert b"".join(_held_back(iter([b"one", b"two"]), 6)) == b"onetwo"
    assert b"".join(_held_back(iter(()), 0)) == b""
