"""What a store or somebody else puts in the way leads nowhere, and the rest is restored."""

import os
from pathlib import Path

import pytest

from tardis.history import ExtractOptions, restore
from tardis.model import Observer
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import EVERYTHING, left_behind, out, reasons, run, store

__all__ = ["out", "store"]


@pytest.mark.parametrize(
    "name", [b"..", b".", b"", b"a/b", b"../x", b"/abs", b"a\0b", b"n" * 256, b"a/../../x"]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_name_no_file_can_have_is_refused_and_the_rest_goes_on(
    store: MemoryStore, out: Path, name: bytes, jobs: int
) -> None:
    store.file(1, name, b"evil")
    store.folder(1, name, 2)
    store.link(1, name, b"evil")
    store.file(2, b"inside", b"evil")
    store.file(1, b"good", b"good")
    done = run(store, out, jobs=jobs)
    assert len(done.problems) == 3
    assert os.listdir(out) == ["home"]
    assert os.listdir(out / "home") == ["good"]
    assert os.listdir(out.parent) == ["out"]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("overwrite", ["never", "always"])
def test_a_link_of_the_set_is_not_followed_into_a_directory_of_the_same_name(
    store: MemoryStore, out: Path, tmp_path: Path, overwrite: str, jobs: int
) -> None:
    outside = tmp_path / "etc"
    outside.mkdir()
    store.link(1, b"d", os.fsencode(outside))
    store.folder(1, b"d", 2)
    store.file(2, b"passwd", b"evil")
    done = run(store, out, overwrite=overwrite, jobs=jobs)
    assert len(done.problems) >= 1
    assert os.listdir(outside) == []
    assert left_behind(out) == []


def test_a_link_at_the_target_is_replaced_and_its_goal_untouched(
    store: MemoryStore, out: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "authorized_keys"
    keys.write_bytes(b"mine")
    (out / "home").mkdir()
    (out / "home" / "f").symlink_to(keys)
    store.file(1, b"f", b"new")
    done = run(store, out, overwrite="always")
    assert reasons(done) == []
    assert keys.read_bytes() == b"mine"
    assert not (out / "home" / "f").is_symlink()
    assert (out / "home" / "f").read_bytes() == b"new"
    assert left_behind(out) == []


def test_a_link_at_the_target_is_no_directory_to_restore_into(
    store: MemoryStore, out: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (out / "home").symlink_to(outside)
    store.file(1, b"f", b"new")
    done = run(store, out)
    assert os.listdir(outside) == []
    assert sum(done.notes.values()) == 1
    done = run(store, out, overwrite="always")
    assert reasons(done) == []
    assert os.listdir(outside) == []
    assert (out / "home" / "f").read_bytes() == b"new"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fifo_at_the_target_is_replaced_without_being_opened(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    (out / "home").mkdir()
    os.mkfifo(out / "home" / "f")
    store.file(1, b"f", b"new")
    run(store, out, overwrite="always", jobs=jobs)
    assert (out / "home" / "f").read_bytes() == b"new"


def test_a_directory_shown_in_two_places_does_not_go_on_for_ever(
    store: MemoryStore, out: Path
) -> None:
    store.folder(1, b"again", 1)
    store.folder(1, b"twice", 2)
    store.folder(1, b"too", 2)
    store.file(2, b"f", b"once")
    done = run(store, out)
    words = "the store shows the same directory in two places"
    assert reasons(done) == [(b"home/again", words), (b"home/twice", words)]
    assert (out / "home" / "too" / "f").read_bytes() == b"once"


def test_a_tree_deeper_than_the_descriptors_held_comes_back(store: MemoryStore, out: Path) -> None:
    for number in range(1, 301):
        store.folder(number, b"d", number + 1)
    store.file(301, b"bottom", b"deep")
    store.file(150, b"middle", b"half")
    done = run(store, out, jobs=2)
    assert reasons(done) == []
    assert (done.files, done.directories) == (2, 301)
    assert len(list(out.rglob("bottom"))) == 1


class Racer(Observer):
    """Swaps a directory for a link, at the worst time."""

    def __init__(self, place: Path, outside: Path) -> None:
        self.place = place
        self.outside = outside

    def working_on(self, path: bytes) -> None:
        if path == b"home/z":
            self.place.rename(self.place.with_name("moved"))
            self.place.symlink_to(self.outside)


def test_a_directory_swapped_for_a_link_is_noticed(
    store: MemoryStore, out: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    store.folder(1, b"a", 2)
    store.file(2, b"f", b"secret")
    store.folder(1, b"z", None)
    observer = Racer(out / "home" / "a", outside)
    options = ExtractOptions(os.fsencode(out), jobs=1)
    done = restore(store.reader, EVERYTHING, options, observer)
    assert [problem.path for problem in done.problems] == [b"home/a", b"home/a/f"]
    assert os.listdir(outside) == []
    assert outside.stat().st_mtime_ns != 1_500_000_000_123_456_789


@pytest.mark.parametrize("kind", [0, 0o110000, 0o150000])
def test_a_kind_that_there_is_not_is_a_problem(store: MemoryStore, out: Path, kind: int) -> None:
    store.node(1, b"odd", kind | 0o600)
    done = run(store, out)
    assert reasons(done) == [(b"home/odd", "the store says that it is of a kind that there is not")]
    assert os.listdir(out / "home") == []


def test_a_link_that_points_nowhere_is_a_problem(store: MemoryStore, out: Path) -> None:
    store.link(1, b"l", None)
    store.link(1, b"m", b"")
    store.link(1, b"n", b"a\0b")
    assert len(run(store, out).problems) == 3
