"""What a check found, for people and for programs."""

import json

from tardis.render import checked_json, checked_lines
from tests.render.checked import CHECKED, WHOLE


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
