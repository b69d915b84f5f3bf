"""Batches of small files: dealt with at once where all is plain, one by one where it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.client.settling import Settling
from tardis.model import Observer
from tardis.protocol.messages import Contents
from tests.client.test_settling import listed
from tests.client.test_upload import Desk, place

__all__ = ["place"]


def test_several_entries_of_a_listing_are_done_at_once() -> None:
    settling = Settling()
    settling.open(0, listed(), 5)
    settling.done(0, 3)
    assert 0 in settling
    settling.done(0, 2)
    assert 0 not in settling


class Watcher(Observer):
    """Writes down how far it is told to be."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []
        self.files: list[tuple[bytes, str, int]] = []

    def advanced(self, files: int, size_bytes: int) -> None:
        self.told.append((files, size_bytes))


class FileWatcher(Watcher):
    """Wants to hear of each file, too."""

    def file_done(self, path: bytes, kind: str, size_bytes: int) -> None:
        self.files.append((path.rpartition(b"/")[2], kind, size_bytes))


@pytest.mark.parametrize("kind", [Watcher, FileWatcher])
def test_who_watches_hears_the_same_either_way(place: Path, kind: Callable[[], Watcher]) -> None:
    desk, watcher = Desk(place), kind()
    desk.run.watch(watcher)
    desk.want(contents=(0, 1, 2))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert [item[1] for item in sent.items] == [0, 1, 2]
    assert sum(files for files, _ in watcher.told) == 3
    assert sum(size for _, size in watcher.told) == 300
    assert (desk.report.files_new, desk.report.bytes_backed) == (3, 300)
    assert desk.uploader.is_idle and desk.uploader.outstanding == 0
    if isinstance(watcher, FileWatcher):
        assert watcher.files == [(name, "Full", 100) for name in (b"a", b"b", b"c")]


def test_a_file_that_grew_among_others_is_told_as_it_is_now(place: Path) -> None:
    desk = Desk(place)
    (place / "b").write_bytes(b"grown" * 100)
    desk.want(contents=(0, 1, 2))
    (sent,) = desk.work()
    assert isinstance(sent, Contents)
    assert [bool(item[3]) for item in sent.items] == [False, True, False]
    assert [item[5] for item in sent.items] == [100, 500, 100]
    assert desk.report.size_bytes == 700
