"""What was read is noted in the store, and lost notes do no harm."""

import json
from pathlib import Path

import pytest

from tardis.store.scrub_state import FILE, ScrubState


def test_notes_are_found_again(tmp_path: Path) -> None:
    first = ScrubState(str(tmp_path))
    assert first.parts == {} and not first.round_began
    first.round_began = 5.5
    first.note("pack 1", 100)
    first.note("pack 2", 200)
    first.write()
    again = ScrubState(str(tmp_path))
    assert again.round_began == 5.5 and again.parts == first.parts
    assert again.parts["pack 1"][0] == 100 and again.parts["pack 2"][1] > 1e9
    again.keep_only({"pack 2", "pack 3"})
    assert list(again.parts) == ["pack 2"]
    assert [one.name for one in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"noise",
        b"\xff\xff",
        b"[]",
        b"{}",
        json.dumps({"format": 2, "round": 1, "parts": {}}).encode(),
        json.dumps({"format": 1, "round": 1, "parts": {"pack 1": 5}}).encode(),
        json.dumps({"format": 1, "round": "never", "parts": {"pack 1": [1, 2]}}).encode(),
    ],
)
def test_what_cannot_be_read_counts_for_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / FILE).write_bytes(text)
    state = ScrubState(str(tmp_path))
    assert state.parts == {} and not state.round_began
    state.note("pack 1", 1)
    state.write()
    assert state.is_kept and ScrubState(str(tmp_path)).parts.keys() == {"pack 1"}


def test_a_place_that_takes_nothing_is_told(tmp_path: Path) -> None:
    state = ScrubState(str(tmp_path / "gone"))
    state.write()
    assert not state.is_kept
