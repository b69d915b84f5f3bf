import os
from pathlib import Path

from tardis.client import JobOptions
from tardis.client.links import read_links
from tardis.client.run import Run
from tardis.model import Report
from tardis.protocol import listing, messages
from tardis.scan import HEADER, Range, Walker, WalkRules
from tests.client.fakes import KEY
from tests.client.recorder import Recorder


def listed(place: Path) -> tuple[Run, Range]:
    opened = messages.SetOpened(1, "s", True, bytes(16), "modern", KEY, ())
    run = Run(Recorder(), JobOptions("c", {}), opened, Report())
    walker = Walker(WalkRules(), run.filesystems)
    found = next(walker.walk(walker.place_of(os.fsencode(place), place.stat())))
    assert isinstance(found, Range)
    run.report.entries = len(found.rows)
    return run, found


def test_targets_stand_at_their_positions_and_young_links_are_racy(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("to b")
    (tmp_path / "d").symlink_to(b"\xff")
    run, found = listed(tmp_path)
    told = read_links(run, found)
    assert told.items == ((1, b"to b"), (2, b"\xff"))
    assert told.racy == (1, 2)
    assert told.is_whole
    run.clock = lambda: 0.0
    assert read_links(run, found).racy == ()


def test_a_link_that_is_gone_is_taken_out_and_the_others_move_up(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).symlink_to(name)
    run, found = listed(tmp_path)
    (tmp_path / "a").unlink()
    (tmp_path / "b").unlink()
    (tmp_path / "b").touch()
    told = read_links(run, found)
    assert [row[HEADER:] for row in told.found.rows] == [b"c"]
    assert told.items == ((0, b"c"),)
    assert told.racy == (0,)
    assert not told.is_whole
    assert (run.report.entries, run.report.vanished) == (1, 2)


def test_links_of_a_directory_that_is_gone_are_all_gone(tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    (place / "a").symlink_to("x")
    (place / "b").touch()
    run, found = listed(place)
    place.rename(tmp_path / "e")
    told = read_links(run, found)
    assert [row[HEADER:] for row in told.found.rows] == [b"b"]
    assert len(list(listing.iter_listing(b"".join(told.found.rows)))) == 1
    assert not told.is_whole
