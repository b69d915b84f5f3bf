"""What a check found, for people and for programs."""

import json

import pytest

from tardis.render import checked_json, checked_lines, mended_line, plan_json, plan_lines
from tests.render.checked import CHECKED, LEFT, PLAN, WHOLE, Mended


def test_a_whole_store_is_one_line() -> None:
    assert list(checked_lines(WHOLE)) == [
        "looked at: 5 entries, 4 contents, 1 packs, 2 large files, 1.5 KB"
    ]


def test_findings_come_first_then_paths_then_figures() -> None:
    assert list(checked_lines(CHECKED)) == [
        "damage: pack 3 is gone",
        "note: a name with a \\x1b in it",
        "These cannot be restored as they were:",
        "  top/a\\x0ab  (one, 2)",
        "  top/c  (3 sets, one to three)",
        "These are known to be damaged:",
        "  d\\xff  (three)",
        "looked at: 5 entries, 4 contents, 1 packs, 2 large files, 1.5 KB",
        "read and compared: 1.0 KB, 2.0 KB by earlier runs",
    ]


def test_json_tells_the_same_exactly() -> None:
    told = json.loads(checked_json(CHECKED))
    assert told["status"] == "damaged"
    assert told["findings"][0] == {
        "kind": "pack-missing",
        "level": "damage",
        "text": "pack 3 is gone",
        "contents": 2,
        "pack": 3,
    }
    assert told["damaged"] == [
        {"path": "top/a\nb", "sets": [1, 2]},
        {"path": "top/c", "sets": [1, 2, 3]},
    ]
    assert told["known"] == [{"path": "d�", "path_base64": "ZP8=", "sets": [3]}]
    assert told["sets"] == {"1": "one", "3": "three"}
    assert (told["entries"], told["read_bytes"]) == (5, 1024)
    assert json.loads(checked_json(WHOLE))["status"] == "ok"


def test_a_plan_says_what_becomes_of_each_finding() -> None:
    assert list(plan_lines(PLAN)) == [
        "damage: pack 3 is gone",
        "note: a name with a \\x1b in it",
        "rebuild 2 contents from other copies in the store",
        "mark 3 contents as damaged: restoring will say so, and the next backup heals what has"
        " not changed since",
        "write anew: journal, manifests",
        "These cannot be restored now as they were:",
        "  top/a\\x0ab  (one, 2)",
        "  top/c  (3 sets, one to three)",
    ]


def test_what_is_left_alone_comes_first() -> None:
    assert list(plan_lines(LEFT)) == ["left alone: pack 3 is gone"]


def test_a_plan_as_json_tells_the_same() -> None:
    told = json.loads(plan_json(PLAN))
    assert (told["rebuilds"], told["marks"], told["left"]) == (2, 3, [])
    assert told["renews"] == ["journal", "manifests"]
    assert [one["kind"] for one in told["reasons"]] == ["pack-missing", "orphan"]
    assert told["damaged"][0]["sets"] == [1, 2]
    assert json.loads(plan_json(LEFT))["left"] == ["pack 3 is gone"]


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Mended(), "0 contents rebuilt, 0 marked as damaged"),
        (
            Mended(1, 2, 3, 4, ["journal"]),
            "1 content rebuilt, 2 marked as damaged, 3 found whole, 4 damaged files moved to the"
            " quarantine, written anew: journal",
        ),
    ],
)
def test_what_was_done_is_one_line(done: Mended, said: str) -> None:
    assert mended_line(done) == said
