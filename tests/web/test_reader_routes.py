"""The questions of readers, asked by hand: who may, what is said, what is refused."""

import base64
from contextlib import closing

import pytest

from tardis.model import Right
from tardis.protocol import lookups
from tardis.store import Grant, open_raw, write_grant
from tests.web.site import ALICE, OPEN, SEALED, Site
from tests.web.visitor import Visitor

BASE = f"{lookups.BASE}/{ALICE}"
FILE = "directory=1&first=1&last=1&limit=0"


def test_nothing_is_told_to_strangers_or_to_others(site: Site, visitor: Visitor) -> None:
    for path in (*lookups.ANSWERS, "records", "batch", f"file/{bytes(32).hex()}/0"):
        answer = visitor.get(f"{BASE}/{path}")
        assert answer.status in (401, 405), path
    with site.at(OPEN) as other:
        assert other.get(f"{BASE}/sets").status == 401
        assert other.get(f"{lookups.BASE}/{OPEN}/sets").status == 200


def test_a_session_of_its_own_is_told_everything(site: Site) -> None:
    with site.at(ALICE) as alice:
        answer = alice.get(f"{BASE}/sets")
        assert answer.headers["Content-Type"] == lookups.MEDIA
        rows = lookups.read_answer("sets", answer.body)
        assert [lookups.read_set(row).name for row in rows] == ["first", "second"]
        again = alice.get(f"{BASE}/sets", If_None_Match=answer.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        assert "private" in answer.headers["Cache-Control"]


def test_what_changes_nothing_needs_the_token_all_the_same_when_it_is_no_get(site: Site) -> None:
    with site.at(ALICE) as alice:
        body, sort = lookups.tell((1,)), {"Content-Type": lookups.MEDIA}
        assert alice.ask("POST", f"{BASE}/contents", body, sort).status == 200
        alice.token = "another"
        assert alice.ask("POST", f"{BASE}/contents", body, sort).status == 403


@pytest.mark.parametrize(
    "question",
    [
        "roots",
        "roots?number=1.5",
        "roots?number=99999999999999999999",
        f"roots?number={1 << 63}",
        "roots?number=%C2%B2",
        "child?directory=1&number=1&name=%FF",
        "child?directory=1&number=1&name=a===",
        f"tree?{FILE}&after=x",
        f"tree?{FILE}&also=1,,2",
        "file/abc/0",
        f"file/{bytes(32).hex()}/{1 << 70}",
    ],
)
def test_questions_that_make_no_sense_are_refused(site: Site, question: str) -> None:
    with site.at(ALICE) as alice:
        assert alice.get(f"{BASE}/{question}").status == 400


@pytest.mark.parametrize("body", [b"", b"\xc1", lookups.tell(5), lookups.tell(("a",)), b"\xdd\xff"])
@pytest.mark.parametrize(
    "question", ["contents", "records", "batch", "only_needed", "freed_by", "roots_of"]
)
def test_bodies_that_make_no_sense_are_refused(site: Site, question: str, body: bytes) -> None:
    with site.at(ALICE) as alice:
        assert alice.ask("POST", f"{BASE}/{question}", body, {}).status == 400


def test_records_that_are_not_there_are_told_as_gone(site: Site) -> None:
    wanted = ((1, -1, 5), (99, 0, 5), (1, 0, 1 << 40), (0, 0, 0), (1, 1 << 62, 5))
    with site.at(ALICE) as alice:
        answer = alice.ask("POST", f"{BASE}/records", lookups.tell(wanted), {})
        assert list(lookups.runs_of(answer.body, 0)) == [None] * 5


def test_records_that_follow_each_other_are_told_as_they_lie(site: Site) -> None:
    with site.at(ALICE) as alice, closing(open_raw(site.place, ALICE)) as store:
        rows = store.contents(range(1, 50))
        packed, _ = lookups.batch_of(rows.values())
        for wanted in (packed, packed[::-1], packed[:1] * 3):
            answer = alice.ask("POST", f"{BASE}/records", lookups.tell(tuple(wanted)), {})
            found: list[object] = list(lookups.runs_of(answer.body, 0))
            assert found == [store.record(*place) for place in wanted]


def test_a_batch_tells_where_contents_lie_and_what_lies_there(site: Site) -> None:
    with site.at(ALICE) as alice, closing(open_raw(site.place, ALICE)) as store:
        rows = store.contents(range(1, 50))
        answer = alice.ask("POST", f"{BASE}/batch", lookups.tell(tuple(range(1, 50))), {})
        behind = 4 + int.from_bytes(answer.body[:4], "big")
        told = lookups.read_answer("batch", answer.body[4:behind])
        assert {row[0]: row for row in told} == rows
        packed, files = lookups.batch_of(rows.values())
        pieces: list[object] = list(lookups.runs_of(answer.body, behind))
        assert len(pieces) == len(packed) + len(files)
        assert pieces[: len(packed)] == [store.record(*place) for place in packed]
        none = alice.ask("POST", f"{BASE}/batch", lookups.tell(()), {})
        assert none.status == 200 and lookups.read_answer("batch", none.body[4:]) == ()


def test_a_file_comes_whole_or_in_part(site: Site) -> None:
    with site.at(ALICE) as alice:
        store = open_raw(site.place, ALICE)
        [large] = [one for one in store.contents(range(1, 50)).values() if one.pack is None]
        file = store.file(large.digest, large.place)
        data = file.read_at(file.length(), 0)
        file.close()
        store.close()
        path = f"{BASE}/file/{large.digest.hex()}/{large.place}"
        whole = alice.get(path)
        assert (whole.status, whole.body) == (200, data) and "immutable" in whole.headers[
            "Cache-Control"
        ]
        for wish, wanted in (
            ("bytes=0-9", data[:10]),
            ("bytes=100-", data[100:]),
            ("bytes=-7", data[-7:]),
            (f"bytes=5-{len(data) + 9}", data[5:]),
        ):
            part = alice.get(path, Range=wish)
            assert (part.status, part.body) == (206, wanted)
            assert part.headers["Content-Range"].endswith(f"/{len(data)}")
        assert alice.get(path, Range=f"bytes={len(data)}-").status == 416
        assert alice.get(path, Range="bytes=0-1,5-6").body == data
        assert alice.get(path, Range="bytes=0-9", If_Range='"old"').body == data
        assert alice.get(path, If_None_Match=whole.headers["ETag"]).status == 304
        head = alice.ask("HEAD", path)
        assert head.headers["Content-Length"] == str(len(data)) and not head.body
        assert alice.get(f"{BASE}/file/{bytes(32).hex()}/0").status == 404


def test_rights_bind_readers(site: Site) -> None:
    write_grant(site.place, ALICE, Grant((Right.LIST,)))
    try:
        with site.at(ALICE) as alice:
            assert alice.get(f"{BASE}/sets").status == 200
            for question in ("records", "batch"):
                asked = alice.ask("POST", f"{BASE}/{question}", lookups.tell(()), {})
                assert asked.status == 403
            assert alice.get(f"{BASE}/file/{bytes(32).hex()}/0").status == 403
        write_grant(site.place, ALICE, Grant((Right.ADD,)))
        with site.at(ALICE) as alice:
            assert alice.get(f"{BASE}/sets").status == 403
    finally:
        write_grant(site.place, ALICE, Grant())


def test_the_server_needs_no_key_to_tell_of_an_encrypted_store(site: Site) -> None:
    with site.at(SEALED) as sealed:
        answer = sealed.get(f"{lookups.BASE}/{SEALED}/roots?number=1")
        [row] = lookups.read_answer("roots", answer.body)
        found = sealed.get(
            f"{lookups.BASE}/{SEALED}/tree?directory={row[2]}&first=1&last=1&limit=9"
        )
        assert b"secret" not in answer.body + found.body
        [(_, _, packed), *_] = lookups.read_answer("tree", found.body)
        name = base64.urlsafe_b64encode(lookups.read_block(packed)[0].name).decode()
        asked = f"child?directory={row[2]}&number=1&name={name}"
        assert len(sealed.get(f"{lookups.BASE}/{SEALED}/{asked}").body) > 10
