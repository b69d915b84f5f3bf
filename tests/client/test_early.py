"""The walk that is ahead of its key finds what one behind it finds, and tells nothing before."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tardis.client import JobOptions
from tardis.client import early as module
from tardis.client.early import Early
from tardis.client.roots import Item, Roots, find_sources
from tardis.client.run import Run
from tardis.crypto import Seals
from tardis.model import Report
from tardis.protocol.messages import AddFilesystems, AddRoot, SetOpened
from tardis.scan import Exclusions, Filesystems, Range
from tests.client.fakes import KEY
from tests.client.recorder import Recorder
from tests.crypto.slots import ring

OPENED = SetOpened(1, "s", False, bytes(16), "modern", KEY, ())
SEALS = Seals(ring())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    for name in ("a", "b", "c/d"):
        (top / name).mkdir(parents=True)
        (top / name / "file").write_bytes(name.encode())
        (top / name / "link").symlink_to(name)
    return top


class Both:
    """A walk ahead, and one that began when all was known."""

    def __init__(self, *roots: Path, **more: object) -> None:
        paths = {os.fsencode(root): os.fsencode(root) for root in roots}
        self.options = JobOptions("c", paths, **more)  # type: ignore[arg-type]
        self.report, self.line = Report(), Recorder()
        self.sources = find_sources(self.options, self.report)
        self.early = Early(self.line, self.options, self.report, self.sources)

    def go_ahead(self, most: int = 1000) -> int:
        """Look ahead; return how often that was possible."""
        steps = 1
        while steps < most and self.early.step():
            steps += 1
        assert self.line.said == []
        return steps

    def settle(self, opened: SetOpened = OPENED, seals: Seals | None = None) -> list[object]:
        """Let it be known what the server has; return what the walk comes upon."""
        run, roots, walk = self.early.settle(opened, seals)
        found = [seen(item) for item in walk]
        assert run.seals is seals and run.report is self.report and roots.walker.owners
        return found

    def behind(self, opened: SetOpened = OPENED, seals: Seals | None = None) -> list[object]:
        run = Run(Recorder(), self.options, opened, Report(), seals)
        return [seen(item) for item in Roots(run, self.sources)]


def seen(item: Item) -> object:
    """Return *item* without the times of the directories above, which others write to."""
    return (item.path, item.directory, item.name) if isinstance(item, AddRoot) else item


def known(place: Path, number: int) -> SetOpened:
    """Return what a server says that knows the file system of *place*."""
    told: list[tuple[int, str, bytes, bool, bool]] = []
    Filesystems((), told.append).id_of(place.stat().st_dev, bytes(place))
    [(_, kind, key, *_)] = told
    return replace(OPENED, filesystems=((number, kind, key),))


@pytest.mark.parametrize("steps", [1, 2, 3, 1000])
def test_it_finds_the_same(tree: Path, steps: int) -> None:
    both = Both(tree)
    both.go_ahead(steps)
    assert both.settle() == both.behind()
    [told] = both.line.said
    assert isinstance(told, AddFilesystems)


def test_nothing_is_looked_at_unless_there_is_time(tree: Path) -> None:
    both = Both(tree)
    assert both.settle() == both.behind()


def test_what_the_server_knows_is_not_told_again(tree: Path) -> None:
    both = Both(tree)
    both.go_ahead()
    assert both.settle(known(tree, 1)) == both.behind(known(tree, 1))
    assert both.line.said == []


def test_where_the_server_counts_otherwise_it_begins_anew(tree: Path) -> None:
    both, opened = Both(tree / "a", tree / "b"), known(tree, 7)
    (tree / "b").rename(tree / "x")
    both.go_ahead()
    assert len(both.report.problems) == 1
    found = both.settle(opened)
    assert found == both.behind(opened)
    assert {one.directory[0] for one in found if isinstance(one, Range)} == {7}
    assert len(both.report.problems) == 1  # and not two


@pytest.mark.parametrize("seals", [None, SEALS])
@pytest.mark.parametrize("count", [1000, 1001, 3000])
def test_it_goes_past_large_directories_and_cuts_them_later(
    tree: Path, count: int, seals: Seals | None
) -> None:
    for number in range(count - 2):
        (tree / "b" / f"{number}").touch()
    both = Both(tree)
    assert both.go_ahead() == 7  # all there is: the root, five directories, the end
    found = both.settle(seals=seals)
    assert found == both.behind(seals=seals)
    inside = [one for one in found if isinstance(one, Range) and one.path.endswith(b"/b")]
    assert (len(inside) > 1) == (count > 1000)


def test_it_waits_where_a_directory_is_read_in_parts(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tardis.scan.walker.LARGE", 50)
    for number in range(60):
        (tree / "b" / f"{number}").touch()
    both = Both(tree)
    both.go_ahead()
    assert both.settle(seals=SEALS) == both.behind(seals=SEALS)


def test_a_root_that_is_a_file_waits_for_the_key(tree: Path) -> None:
    both = Both(tree / "a" / "file")
    assert both.go_ahead() == 2
    assert both.settle(seals=SEALS) == both.behind(seals=SEALS)


def test_it_keeps_no_more_than_fits(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 4)
    both = Both(tree)
    assert both.go_ahead() == 2
    assert both.settle() == both.behind()


@pytest.mark.parametrize("is_first", [False, True])
@pytest.mark.parametrize("number", [1, 7])
def test_a_first_run_knows_how_much_it_will_send(tree: Path, is_first: bool, number: int) -> None:
    (tree / "a" / "large").write_bytes(bytes(5000))
    both = Both(tree)
    both.go_ahead()
    opened = replace(known(tree, number), is_first=is_first)
    run, _, _ = both.early.settle(opened, None)
    holds = is_first and number == 1  # else some is known, or the walk begins anew
    assert run.expected_bytes == (5000 + len("a" + "b" + "c/d") if holds else 0)


@pytest.mark.parametrize("number", [1, 7])
def test_what_is_passed_over_is_told_once(tree: Path, number: int) -> None:
    heard: list[tuple[bytes, str]] = []
    (tree / "a" / ".nobackup").touch()

    def hear(path: bytes, reason: str) -> None:
        heard.append((path, reason))

    both = Both(tree, exclusions=Exclusions(skip=b".nobackup"), remark=hear)
    both.go_ahead()
    before: Sequence[object] = list(heard)
    both.settle(known(tree, number))
    assert before == [] and [path for path, _ in heard] == [bytes(tree / "a")]
