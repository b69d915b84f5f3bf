"""What is found about a client, for each thing that can be."""

from tardis.model import ACKNOWLEDGED, ALARMED
from tardis.policy import Records, age_seconds, findings, last_good
from tests.policy.test_retention import NOW, SET, backup

GOOD = backup(2, 1)


def test_all_is_well() -> None:
    assert findings(Records([GOOD])) == []
    assert findings(Records([GOOD], quota=(100, 100), used=(89, 50))) == []


def test_each_finding_has_its_words() -> None:
    sets = [SET._replace(name="bad", alarm=ALARMED), GOOD._replace(name="last", problems=2)]
    records = Records(sets, ["purge", "name", "purge"], 1, (95, 7), (100, 7))
    assert findings(records) == [
        "2 files have problems in last",
        "bad looks like mass encryption, purging is paused",
        "3 requests were denied: name, purge",
        "1 content is damaged",
        "95 % of its quota of bytes are used",
        "100 % of its quota of files are used",
    ]
    assert findings(Records([SET._replace(alarm=ACKNOWLEDGED)])) == []


def test_an_incomplete_set_is_not_a_good_one() -> None:
    cut_off = GOOD._replace(number=3, is_complete=False, ended_ns=None)
    assert findings(Records([cut_off])) == ["no set is complete"]
    assert last_good([GOOD, cut_off]) is GOOD
    assert last_good([]) is None


def test_ages_count_from_the_end_by_one_clock() -> None:
    assert age_seconds(backup(1, 2), NOW) == 2 * 86_400
    assert age_seconds(backup(1, -1), NOW) == -86_400
    assert age_seconds(GOOD._replace(ended_ns=None, started_ns=NOW - 5 * 10**9), NOW) == 5
