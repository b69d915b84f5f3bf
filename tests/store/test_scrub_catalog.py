"""Rows that contradict each other are told, each by its own words."""

import pytest

from tardis.admin import check
from tardis.store import Checked
from tests.store.workshop import BOX, Workshop

OPEN = 9223372036854775807


@pytest.fixture
def shop(empty: Workshop) -> Workshop:
    empty.create()
    for number in range(1, 4):
        empty.run({b"same": b"always", b"other": b"%d" % number * 100})
    return empty


def look(shop: Workshop) -> Checked:
    return check(shop.place(), BOX)


FAULTS = {
    "UPDATE entries SET first_set = 7 WHERE name = CAST('same' AS BLOB) AND last_set > 100": (
        "row",
        "1 entry row beginning with a set that never was",
    ),
    "UPDATE entries SET mode = 16877 WHERE last_set > 100 AND name = CAST('other' AS BLOB)": (
        "row",
        "1 entry row holding what such a thing cannot have",
    ),
    "UPDATE entries SET target = x'61' WHERE last_set > 100 AND name = CAST('other' AS BLOB)": (
        "row",
        "1 entry row holding what such a thing cannot have",
    ),
    "UPDATE entries SET last_set = 100 WHERE first_set = 1 AND name = CAST('other' AS BLOB)": (
        "row",
        "1 entry row beginning before the one before has ended",
    ),
    "UPDATE backup_sets SET is_complete = 0 WHERE number = 2": (
        "row",
        "1 incomplete set older than others",
    ),
    "DELETE FROM directories WHERE id = 1": ("reference", "rows of entries without what they name"),
    "DROP TABLE tags": ("schema", "another form of: tags"),
    "ALTER TABLE owners RENAME COLUMN name TO title": ("schema", "another form of: owners"),
    "UPDATE contents SET is_damaged = 1 WHERE id = 1": ("unmarked", "1 file of today"),
    "INSERT INTO unsettled VALUES (1, x'676f6e65', 'racy', 1)": ("stale-mark", "1 mark left"),
    "INSERT INTO doomed VALUES (1, x'00', NULL, 0, 5)": ("doomed", "1 content left to be removed"),
    "INSERT INTO unlinked VALUES (1)": ("unlinked", "1 directory left to be closed"),
    "DELETE FROM manifests WHERE backup_set = 3": ("manifest", "do not tell all of set 3"),
}


@pytest.mark.parametrize("statement", FAULTS)
def test_each_contradiction_is_told(shop: Workshop, statement: str) -> None:
    kind, words = FAULTS[statement]
    assert look(shop).findings == []
    shop.execute(statement)
    found = [one for one in look(shop).findings if one.kind == kind]
    assert found and words in found[0].text


def test_young_unread_and_changing_files_are_notes(shop: Workshop) -> None:
    for name, why in ((b"same", "racy"), (b"other", "unread")):
        shop.execute("INSERT INTO unsettled VALUES (1, ?, ?, 1)", name, why)
    done = look(shop)
    assert {one.kind for one in done.findings} == {"unsettled-racy", "unsettled-unread"}
    assert done.is_whole


def test_directories_that_wait_for_an_incomplete_set_are_none(shop: Workshop) -> None:
    with shop.running():
        pass
    shop.execute("INSERT INTO unlinked VALUES (1)")
    assert look(shop).findings == []


def test_two_records_in_one_place_overlap(shop: Workshop) -> None:
    ((place,),) = shop.rows("SELECT place FROM contents WHERE id = 1")
    digest = shop.rows("SELECT digest FROM contents WHERE id = 1")[0][0]
    shop.execute("UPDATE contents SET digest = x'00' WHERE id = 1")
    shop.execute("UPDATE contents SET digest = ?, place = ?, size = 6, stored = 6 WHERE id = 2",
                 digest, place)  # fmt: skip
    texts = [one.text for one in look(shop).findings]
    assert any("another record lies there" in text for text in texts)


def test_a_set_that_purging_took_away_is_not_missed(shop: Workshop) -> None:
    shop.execute("DELETE FROM backup_sets WHERE number = 3")
    assert "row" not in {one.kind for one in look(shop).findings}
    assert shop.rows("SELECT count(*) FROM entries WHERE last_set = ?", OPEN) == [(2,)]
