"""What requests share: marks, and who may look."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.model import RightsError
from tardis.store import change_keys, keys_of
from tardis.web.service import Service
from tardis.web.sessions import Access
from tests.crypto.slots import slot_of
from tests.web.site import ALICE, BOB, OPEN, SEALED, Site, make_site, small_stores


def test_marks_tell_values_apart_and_are_this_servers_own(site: Site, tmp_path: Path) -> None:
    one = Service(site.options, site.note)
    assert (
        one.mark(b"a", b"b")
        == one.mark(b"a", b"b")
        == Service(site.options, site.note).mark(b"a", b"b")
    )
    told = {
        one.mark(*words) for words in ((b"a", b"b"), (b"ab",), (b"ab", b""), (b"", b"ab"), (b"b",))
    }
    assert len(told) == 5
    other = Service(replace(site.options, place=replace(site.place, base=str(tmp_path))), site.note)
    assert other.mark(b"a", b"b") not in told


def test_sealed_names_need_keys_and_sealed_rows_do_not(site: Site) -> None:
    shared = Service(site.options, site.note)
    keys = keys_of(site.place, SEALED)
    assert keys is not None
    access = Access(SEALED, "main", keys.slots[0].verifier, is_sealed=True)
    with pytest.raises(RightsError, match="encrypted"), shared.reader(access):
        pass
    with shared.raw_reader(access) as reader:
        assert len(reader.sets()) == 2
    with shared.reader(Access(OPEN)) as reader:
        assert len(reader.roots(1)) == 1


def test_many_at_once_see_only_their_own(site: Site) -> None:
    """Sessions are looked at by all threads of the server at the same time."""
    wrong: list[object] = []

    def look(client: str, other: str) -> None:
        with site.at(client) as one:
            for _ in range(6):
                told = one.get("/api/v1/clients").json["clients"]
                names = {each["client"] for each in told}
                text = one.get(f"/api/v1/clients/{client}/sets/first/content?path=top/a").body
                refused = one.get(f"/api/v1/clients/{other}/sets/first/content?path=top/a")
                expected = f"alpha of {client}\n".encode()
                if (names, text, refused.status) != ({client}, expected, 401):
                    wrong.append((client, names, text, refused))

    pairs = [(ALICE, BOB), (BOB, ALICE), (OPEN, BOB), (BOB, OPEN), (ALICE, OPEN), (OPEN, ALICE)]
    threads = [threading.Thread(target=look, args=pair) for pair in pairs]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
        assert not one.is_alive()
    assert wrong == []


def test_a_client_that_is_gone_or_changes_ends_what_was_open(tmp_path: Path) -> None:
    with small_stores():
        site = make_site(tmp_path / "base")
    with site.serving(), site.at(OPEN) as one, site.at(ALICE) as two:
        assert one.get(f"/api/v1/clients/{OPEN}/sets").status == 200
        change_keys(site.place, OPEN, lambda keys: keys.with_slot(slot_of("from now on")))
        assert one.get(f"/api/v1/clients/{OPEN}/sets").status == 401
        assert one.get("/api/v1/session").json["clients"] == []
        (site.base / ALICE).rename(site.base / "elsewhere")
        answer = two.get(f"/api/v1/clients/{ALICE}/sets")
        assert (answer.status, answer.error) == (401, "authentication")
        assert two.get("/api/v1/clients").status == 401
