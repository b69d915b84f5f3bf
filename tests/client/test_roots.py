import os
from pathlib import Path

import pytest

from tardis.client import JobOptions
from tardis.client.roots import Roots, find_sources
from tardis.client.run import Run
from tardis.model import NoSourceError, Report
from tardis.protocol import messages
from tardis.protocol.messages import AddRoot
from tardis.scan import Range
from tests.client.fakes import KEY
from tests.client.recorder import Recorder


def options(*roots: Path) -> JobOptions:
    return JobOptions("c", {os.fsencode(root): os.fsencode(root) for root in roots})


def told(wanted: JobOptions) -> tuple[list[AddRoot | Range], Report]:
    opened = messages.SetOpened(1, "s", True, bytes(16), "modern", KEY, ())
    report = Report()
    run = Run(Recorder(), wanted, opened, report)
    items = list(Roots(run, find_sources(wanted, report)))
    return [item for item in items if isinstance(item, AddRoot | Range)], report


def test_each_root_is_told_before_what_it_holds(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    items, _ = told(options(tmp_path / "b", tmp_path / "a", tmp_path / "a" / "file"))
    assert [type(item) for item in items] == [AddRoot, Range, AddRoot, Range]
    roots = [item.path for item in items if isinstance(item, AddRoot)]
    assert roots == [os.fsencode(tmp_path / "a"), os.fsencode(tmp_path / "b")]


def test_nothing_to_back_up_is_an_error_of_its_own(tmp_path: Path) -> None:
    report = Report()
    with pytest.raises(NoSourceError):
        find_sources(options(tmp_path / "missing"), report)
    assert len(report.problems) == 1


def test_a_root_that_goes_before_its_turn_is_reported(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    wanted, report = options(tmp_path / "a", tmp_path / "b"), Report()
    opened = messages.SetOpened(1, "s", True, bytes(16), "modern", KEY, ())
    roots = Roots(Run(Recorder(), wanted, opened, report), find_sources(wanted, report))
    (tmp_path / "b").rename(tmp_path / "c")
    assert len([item for item in roots if isinstance(item, AddRoot)]) == 1
    assert [problem.path for problem in report.problems] == [os.fsencode(tmp_path / "b")]
