"""What clients are granted, and what they asked for in vain."""

import json
import os
import stat
from pathlib import Path

import pytest

from tardis.model import Right, StoreError
from tardis.store import (
    Denial,
    Grant,
    Place,
    client_names,
    denials,
    forget_denials,
    note_denial,
    read_grant,
    write_grant,
)
from tests.store.workshop import BOX, Workshop


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path))


def test_nobody_is_granted_more_than_the_usual(place: Place) -> None:
    assert read_grant(place, BOX) == Grant(None, 0, 0)
    assert os.listdir(place.base) == []


def test_a_grant_is_read_back_and_replaced_whole(place: Place) -> None:
    for grant in (Grant((Right.ADD, Right.PURGE), 5, 6), Grant(()), Grant(None, 1 << 60)):
        write_grant(place, BOX, grant)
        assert read_grant(place, BOX) == grant
        assert read_grant(place, "other") == Grant()


def test_nobody_else_looks_into_it_and_it_is_no_client(shop: Workshop) -> None:
    write_grant(shop.place(), BOX, Grant(()))
    note_denial(shop.place(), "stranger" * 30, Right.PURGE, "here")
    server = Path(shop.base, ".server")
    assert stat.S_IMODE(server.stat().st_mode) == 0o700
    assert client_names(shop.place()) == [BOX]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 2, "rights": null, "quota_bytes": 0, "quota_files": 0}',
     '{"format": 1, "rights": ["all"], "quota_bytes": 0, "quota_files": 0}',
     '{"format": 1, "rights": null, "quota_bytes": "much", "quota_files": 0}'],
)  # fmt: skip
def test_what_cannot_be_read_grants_nothing(place: Place, text: str) -> None:
    write_grant(place, BOX, Grant())
    Path(place.base, ".server/clients", BOX, "grant.json").write_text(text)
    with pytest.raises(StoreError, match="does not say what the client may do"):
        read_grant(place, BOX)


@pytest.mark.parametrize("client", ["..", ".server", "a/b", ""])
def test_a_name_that_leads_elsewhere_is_refused(place: Place, client: str) -> None:
    with pytest.raises(StoreError):
        write_grant(place, client, Grant())
    with pytest.raises(StoreError):
        note_denial(place, client, Right.PURGE, "here")


def test_denials_are_kept_until_somebody_has_seen_them(place: Place) -> None:
    note_denial(place, BOX, Right.PURGE, "10.0.0.1:99")
    note_denial(place, BOX, Right.NAME, "a\tb\nc")
    found = denials(place, BOX)
    assert [one[1:] for one in found] == [("purge", "10.0.0.1:99"), ("name", "abc")]
    assert 0 < found[0].when_ns <= found[1].when_ns
    forget_denials(place, BOX)
    forget_denials(place, BOX)
    assert denials(place, BOX) == []


def test_of_many_denials_the_last_are_kept(place: Place) -> None:
    for number in range(600):
        note_denial(place, BOX, Right.PURGE, f"{number} {'x' * 190}")
    found = denials(place, BOX)
    assert 200 <= len(found) < 600 and found[-1].peer.startswith("599 ")
    path = Path(place.base, ".server/clients", BOX, "denied")
    assert path.stat().st_size < 100_000
    path.write_text(path.read_text() + "12")  # a crash
    assert denials(place, BOX)[-1] == Denial(12, "", "")


def test_a_file_system_that_takes_nothing_does_not_stop_a_refusal(tmp_path: Path) -> None:
    (tmp_path / ".server").write_text("in the way")
    place = Place(str(tmp_path))
    note_denial(place, BOX, Right.PURGE, "here")
    assert denials(place, BOX) == []
    assert read_grant(place, BOX) == Grant()
    with pytest.raises(StoreError):
        write_grant(place, BOX, Grant())


def test_a_grant_is_plain_text(place: Place) -> None:
    write_grant(place, BOX, Grant((Right.ADD,), 7))
    text = Path(place.base, ".server/clients", BOX, "grant.json").read_text()
    assert json.loads(text) == {
        "format": 1, "rights": ["add"], "quota_bytes": 7, "quota_files": 0,
    }  # fmt: skip
