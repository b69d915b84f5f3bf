from pathlib import Path

import pytest

from tardis.model import ALARMED, Right
from tardis.store import Grant, StoreReader, note_denial, write_grant
from tardis.web.pages.overview import STALE, Glance, glance_at
from tests.server.talker import Kit
from tests.store.crowd import crowded
from tests.store.workshop import BOX, Workshop
from tests.web.pages.story import DAY, FIRST, STORY

LAST = (FIRST + 8 * DAY + 8) * 10**9


def glance(shop: Workshop, now_ns: int = 0) -> Glance:
    with shop.reader() as reader:
        good = reader.paged().sets_before(1 << 60, 1)[0]
        return glance_at(reader, shop.place(), BOX, now_ns or (good.ended_ns or 0) + 10**9)


def test_a_client_that_is_well_is_told_at_a_glance(story: Kit, reader: StoreReader) -> None:
    found = glance_at(reader, story.place(), STORY, LAST + 7200 * 10**9)
    assert (found.health, found.age, found.sets, found.findings) == ("good", 7200, 8, ())
    assert found.good and found.good.name == "Day-8" and not found.is_sealed
    assert len(found.trend) == 8 and found.trend[0] > found.trend[1] == 1 and found.trend[2] == 0


def test_a_client_that_was_not_backed_up_for_days_is_stale(story: Kit, reader: StoreReader) -> None:
    found = glance_at(reader, story.place(), STORY, LAST + 5 * DAY * 10**9)
    assert found.health == "warn" and found.age > STALE
    assert found.findings == ("the newest good set is 5 days old",)


def test_a_client_without_a_good_set_needs_attention(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base")
    shop.execute("UPDATE backup_sets SET is_complete = 0")
    found = glance(shop)
    assert (found.health, found.good, found.findings) == ("bad", None, ("no set is complete",))


@pytest.mark.parametrize(
    "change, health, words",
    [
        ("UPDATE contents SET is_damaged = 1", "bad", "1 content is damaged"),
        (f"UPDATE backup_sets SET alarm = {ALARMED}", "bad", "looks like mass encryption"),
        ("UPDATE backup_sets SET problems = 2", "warn", "2 files have problems"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: str, health: str, words: str) -> None:
    shop = crowded(tmp_path / "base")
    shop.execute(change)
    found = glance(shop)
    assert found.health == health
    assert words in found.findings[0]


def test_quota_and_refusals_are_findings(tmp_path: Path) -> None:
    shop = crowded(tmp_path / "base")
    write_grant(shop.place(), BOX, Grant(quota_files=1))
    note_denial(shop.place(), BOX, Right.PURGE, "somebody")
    found = glance(shop)
    assert found.health == "warn"
    assert any("denied" in one for one in found.findings)
    assert any("quota of files" in one for one in found.findings)
