"""How a client is, read off its store."""

import time
from pathlib import Path

from tardis.admin import acknowledge, change_quota, state_of
from tardis.model import ACKNOWLEDGED, ALARMED, Right
from tardis.store import denials, note_denial
from tests.store.workshop import BOX, Workshop

DAY_NS = 86_400 * 10**9


def test_a_client_in_order(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    assert state_of(shop.place(), BOX, time.time_ns()).findings == ("no set is complete",)
    done = shop.run({b"a": b"x" * 1000})
    state = state_of(shop.place(), BOX, (done.ended_ns or 0) + 2 * DAY_NS)
    assert state.good == done and state.age == 2 * 86_400 and state.sets == 1
    assert state.findings == () and 1000 < state.stored_bytes < 1200
    assert not state.is_stale(None) and not state.is_stale(2 * 86_400)
    assert state.is_stale(2 * 86_400 - 1)


def test_what_is_found_is_told_until_it_is_acknowledged(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"a": b"x" * 1000})
    shop.execute("UPDATE backup_sets SET alarm = ?", ALARMED)
    shop.execute("UPDATE contents SET is_damaged = 1")
    note_denial(shop.place(), BOX, Right.PURGE, "here")
    change_quota(shop.place(), BOX, 1000, None)
    assert state_of(shop.place(), BOX, 0).findings == (
        "set 1 looks like mass encryption, purging is paused",
        "1 request was denied: purge",
        "1 content is damaged",
        "109 % of its quota of bytes are used",
    )
    alarming, denied = acknowledge(shop.place(), BOX)
    assert [one.number for one in alarming] == [1] and [one.right for one in denied] == ["purge"]
    assert shop.rows("SELECT alarm FROM backup_sets") == [(ACKNOWLEDGED,)]
    assert denials(shop.place(), BOX) == []
    assert acknowledge(shop.place(), BOX) == ([], [])


def test_a_store_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    Path(shop.layout.database).write_bytes(b"rubbish" * 1000)
    state = state_of(shop.place(), BOX, 0)
    assert state.good is None and len(state.findings) == 1 and state.is_stale(10**9)


def test_quotas_are_changed_one_by_one(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    change_quota(shop.place(), BOX, 5, None)
    grant = change_quota(shop.place(), BOX, None, 7)
    assert (grant.quota_bytes, grant.quota_files) == (5, 7)
    assert change_quota(shop.place(), BOX, 0, None).quota_bytes == 0
