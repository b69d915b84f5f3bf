"""How clients are, for people and for monitoring."""

import json

from tardis.admin import ClientState
from tardis.render import human_age, status_json, status_lines
from tests.policy.test_retention import SET

GOOD = SET._replace(
    name="Daily", size_bytes=2048, changed_files=3, gone_files=1, new_bytes=512, ended_ns=9
)
STATES = [
    ClientState("laptop", GOOD, 7200, 4, 4096, ()),
    ClientState("new", None, 0, 0, 0, ("no set is complete", "1 request was denied: purge")),
]


def test_a_line_for_each_client_and_each_finding() -> None:
    assert list(status_lines(STATES, None)) == [
        "Client  Last good set  Age    Size  Stored  Changed    New  Health",
        "laptop  Daily           2h  2.0 KB  4.0 KB        4  512 B  good",
        "new     none                           0 B                  no set is complete",
        "                                                            1 request was denied: purge",
    ]


def test_what_is_stale_says_so() -> None:
    assert list(status_lines(STATES[:1], 3600))[1].endswith("older than asked for")
    told = json.loads(status_json(STATES, 3600))
    assert [one["is_stale"] for one in told] == [True, True]


def test_json_has_every_figure() -> None:
    one, other = json.loads(status_json(STATES, None))
    assert one["last_good"]["age_seconds"] == 7200 and one["last_good"]["changed_files"] == 3
    assert (one["stored_bytes"], one["sets"], one["findings"]) == (4096, 4, [])
    assert other["last_good"] is None and len(other["findings"]) == 2


def test_ages_take_their_largest_unit() -> None:
    assert [human_age(one) for one in (0, 59, 60, 3599, 3600, 86_399, 86_400, 10**7, -1)] == [
        "0s", "59s", "1m", "59m", "1h", "23h", "1d", "115d", "in the future",
    ]  # fmt: skip
