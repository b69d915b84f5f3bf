"""Restoring whole trees, with and without workers."""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tardis.history import ExtractOptions, Request, Restored, extract_walk, restore
from tardis.history.workers import Alone
from tardis.model import Entry, Observer, StoredContent, StoreError, UsageError
from tests.history.memory_reader import KEY, MemoryReader, MemoryStore

EVERYTHING = [Request(1, b"/home", b"home", True)]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.root(b"/home")
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    place = tmp_path / "out"
    place.mkdir()
    return place


def run(store: MemoryStore, out: Path, **more: Any) -> Restored:
    more.setdefault("jobs", 1)
    requests = more.pop("requests", EVERYTHING)
    options = ExtractOptions(os.fsencode(out), **more)
    return restore(store.reader, requests, options, more.pop("observer", Observer()))


def reasons(done: Restored) -> list[tuple[bytes, str]]:
    return [(problem.path, problem.reason) for problem in done.problems]


def left_behind(place: Path) -> list[str]:
    return [str(path) for path in place.rglob(".tardis-*")]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_tree_comes_back_with_content_modes_and_times(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    store.file(1, b"a", b"hello", 0o640, mtime=1_600_000_000, mtime_ns=987_654_321)
    store.file(1, b"empty", b"")
    store.file(
        1, b"large", content=store.add_content(b"x" * 3_000_000, is_large=True), size=3000000
    )
    store.link(1, b"link", b"nowhere/\xff", mtime=1_400_000_000, mtime_ns=5)
    store.folder(1, b"sub", 2, 0o711, mtime=1_300_000_000, mtime_ns=7)
    store.folder(1, b"not-entered", None)
    store.folder(2, b"deep", 3)
    store.file(3, b"b\xff\n", b"bytes", 0o444)
    done = run(store, out, jobs=jobs)
    home = out / "home"
    assert reasons(done) == []
    assert (done.files, done.directories, done.size_bytes) == (5, 4, 3_000_010)
    assert (home / "a").read_bytes() == b"hello"
    found = (home / "a").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime_ns) == (0o640, 1_600_000_000_987_654_321)
    assert (home / "empty").read_bytes() == b""
    assert (home / "large").read_bytes() == b"x" * 3_000_000
    assert os.readlink(os.fsencode(home / "link")) == b"nowhere/\xff"
    assert (home / "link").lstat().st_mtime_ns == 1_400_000_000_000_000_005
    assert (home / "sub").stat().st_mtime_ns == 1_300_000_000_000_000_007
    assert stat.S_IMODE((home / "sub").stat().st_mode) == 0o711
    assert (home / "not-entered").is_dir()
    with open(os.fsencode(home / "sub" / "deep") + b"/b\xff\n", "rb") as file:
        assert file.read() == b"bytes"
    assert home.stat().st_mtime_ns == 1_000_000_000_000_001
    assert left_behind(out) == []


def test_one_file_gets_the_name_that_is_asked_for(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    done = run(store, out, requests=[Request(1, b"/home/a", b"other", False)])
    assert done.files == 1
    assert (out / "other").read_bytes() == b"hello"
    assert os.listdir(out) == ["other"]


def test_the_top_of_everything_goes_straight_into_the_target(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    run(store, out, requests=[Request(1, b"/", b"", True)])
    assert (out / "home" / "a").read_bytes() == b"hello"


def test_without_recursion_a_directory_is_empty(store: MemoryStore, out: Path) -> None:
    store.file(1, b"a", b"hello")
    run(store, out, recurse=False)
    assert os.listdir(out / "home") == []


def test_a_root_below_a_directory_that_was_not_entered_appears(
    store: MemoryStore, out: Path
) -> None:
    store.folder(1, b"mnt", None, 0o750)
    store.root(b"/home/mnt/disk", 9)
    store.file(9, b"far", b"away")
    store.root(b"/elsewhere/single", 11, name=b"single")
    store.file(11, b"single", b"file root")
    store.file(11, b"other", b"not a root")
    run(store, out, requests=[Request(1, b"/", b"", True)])
    assert (out / "home" / "mnt" / "disk" / "far").read_bytes() == b"away"
    assert stat.S_IMODE((out / "home" / "mnt").stat().st_mode) == 0o750
    assert os.listdir(out / "elsewhere") == ["single"]
    assert (out / "elsewhere" / "single").read_bytes() == b"file root"


def test_a_path_that_is_gone_is_a_problem(store: MemoryStore, out: Path) -> None:
    done = run(store, out, requests=[Request(1, b"/home/no", b"no", False)])
    assert reasons(done) == [(b"/home/no", "the backup set does not hold /home/no")]


def test_a_target_that_is_no_directory_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot restore into"):
        run(store, tmp_path / "missing")


# Hostile stores.


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


# Modes, owners, order.


def test_a_directory_nobody_may_enter_is_filled_first(store: MemoryStore, out: Path) -> None:
    store.folder(1, b"closed", 2, 0o000)
    store.folder(2, b"inner", 3, 0o000)
    store.file(3, b"f", b"inside")
    done = run(store, out, jobs=2)
    assert reasons(done) == []
    assert stat.S_IMODE((out / "home" / "closed").stat().st_mode) == 0
    (out / "home" / "closed").chmod(0o700)
    (out / "home" / "closed" / "inner").chmod(0o700)
    assert (out / "home" / "closed" / "inner" / "f").read_bytes() == b"inside"


@pytest.mark.root
def test_owners_come_before_modes_and_times_last(store: MemoryStore, out: Path) -> None:
    store.file(1, b"f", b"x", 0o6755, uid=12345, gid=54321)
    store.link(1, b"l", b"f", uid=12345, gid=54321)
    store.folder(1, b"d", None, 0o2770, uid=12345, gid=54321)
    done = run(store, out)
    assert reasons(done) == []
    for name, mode in (("f", 0o6755), ("d", 0o2770)):
        found = (out / "home" / name).stat()
        assert (found.st_uid, found.st_gid) == (12345, 54321)
        assert stat.S_IMODE(found.st_mode) == mode
        assert found.st_mtime_ns == 1_500_000_000_123_456_789
    assert (out / "home" / "l").lstat().st_uid == 12345


@pytest.mark.root
def test_owners_go_by_name_where_this_machine_knows_it(store: MemoryStore, out: Path) -> None:
    store.owners = {(False, 4242): b"nobody", (True, 4242): b"root", (False, 77): b"\xffno\0one"}
    store.file(1, b"f", b"x", uid=4242, gid=4242)
    store.file(1, b"g", b"x", uid=77, gid=77)
    run(store, out)
    found = (out / "home" / "f").stat()
    assert (found.st_uid, found.st_gid) == (65534, 0)
    assert (out / "home" / "g").stat().st_uid == 77


def as_nobody(action: Any) -> int:
    """Return the exit status of *action*, run by another process as an ordinary user."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.root
def test_an_ordinary_user_gets_no_foreign_owner_and_no_set_id_bits(
    store: MemoryStore, out: Path
) -> None:
    for place in (out, *list(out.parents)[:-2]):
        place.chmod(0o777)
    store.file(1, b"f", b"x", 0o6755)
    store.folder(1, b"closed", 2, 0o000, uid=65534, gid=65534)
    store.file(2, b"in", b"side", uid=65534, gid=65534)

    def action() -> None:
        done = run(store, out)
        assert reasons(done) == []
        assert sorted(done.notes.values()) == [1, 2]

    assert as_nobody(action) == 0
    found = (out / "home" / "f").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (65534, 0o755)
    assert (out / "home" / "closed" / "in").read_bytes() == b"side"


def test_times_far_away_come_back(store: MemoryStore, out: Path) -> None:
    store.file(1, b"old", b"", mtime=-2_000_000_000, mtime_ns=1)
    store.file(1, b"late", b"", mtime=10_000_000_000, mtime_ns=999_999_999)
    store.file(1, b"impossible", b"", mtime=1 << 62)
    done = run(store, out)
    assert (out / "home" / "old").stat().st_mtime_ns == -2_000_000_000 * 10**9 + 1
    assert (out / "home" / "late").stat().st_mtime == pytest.approx(10_000_000_001)
    assert [problem.path for problem in done.problems] in ([], [b"home/impossible"])
    assert left_behind(out) == []


# Damage.


def corrupt(store: MemoryStore, size: int, *, is_large: bool = False) -> StoredContent:
    number = store.add_content(b"a" * size, is_large=is_large)
    store.file(1, b"f", content=number, size=size)
    store.damage(number, b"b" * size)
    return store.contents[number]


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("damaged", ["keep", "rename", "delete"])
def test_a_damaged_file_is_kept_renamed_or_left_out(
    store: MemoryStore, out: Path, damaged: str, is_large: bool
) -> None:
    content = corrupt(store, 100, is_large=is_large)
    done = run(store, out, damaged=damaged)
    assert [problem.path for problem in done.problems] == [b"home/f"]
    name = {"keep": "f", "rename": f"f-CORRUPT-{content.digest.hex()}"}.get(damaged)
    assert os.listdir(out / "home") == ([name] if name else [])
    assert done.files == 0


def test_a_long_name_still_has_room_for_the_mark(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"a" * 10)
    store.file(1, b"n" * 255, content=number, size=10)
    store.damage(number, b"b" * 10)
    run(store, out)
    (name,) = os.listdir(out / "home")
    assert len(name) == 255
    assert name.startswith("nnn") and "-CORRUPT-" in name


def test_nothing_is_kept_of_what_cannot_be_read_at_all(store: MemoryStore, out: Path) -> None:
    for name, content in ((b"gone", 77), (b"never", None)):
        store.file(1, name, None, content=content, size=5)
    number = store.add_content(b"there")
    store.file(1, b"lost", content=number, size=5)
    del store.data[number]
    done = run(store, out)
    assert [problem.path for problem in done.problems] == [
        b"home/gone",
        b"home/lost",
        b"home/never",
    ]
    assert "could never be read" in done.problems[2].reason
    assert os.listdir(out / "home") == []


def test_a_content_longer_than_declared_stops_there(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"x" * 5_000_000, is_large=True)
    store.resize(number, 10)
    store.file(1, b"bomb", content=number, size=10)
    done = run(store, out, damaged="keep")
    assert "longer than the store says" in done.problems[0].reason
    assert os.listdir(out / "home") == []


def test_a_content_shorter_than_declared_is_damaged(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"x" * 10, is_large=True)
    store.resize(number, 20)
    store.file(1, b"short", content=number, size=20)
    done = run(store, out)
    assert "shorter than the store says" in done.problems[0].reason


# Hard links.


def linked(store: MemoryStore, name: bytes, content: int, **more: Any) -> Entry:
    return store.file(1, name, content=content, size=4, **({"inode": 5, "nlink": 2} | more))


@pytest.mark.parametrize("jobs", [1, 2])
def test_names_of_one_file_are_one_file_again(store: MemoryStore, out: Path, jobs: int) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    store.folder(1, b"sub", 2)
    store.file(2, b"b", content=number, size=4, inode=5, nlink=2)
    store.link(1, b"l1", b"a", inode=9, nlink=2)
    store.link(1, b"l2", b"a", inode=9, nlink=2)
    linked(store, b"alone", number, inode=77, nlink=3)
    done = run(store, out, jobs=jobs)
    home = out / "home"
    assert reasons(done) == []
    assert done.files == 5
    assert (home / "a").samefile(home / "sub" / "b")
    assert (home / "l1").lstat().st_ino == (home / "l2").lstat().st_ino
    assert (home / "alone").stat().st_nlink == 1
    assert (home / "a").stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert left_behind(out) == []


@pytest.mark.parametrize(
    "other",
    [{"mode": 0o600}, {"uid": 3}, {"mtime": 3}, {"inode": 6}, {"filesystem": 2}, {"nlink": 1}],
)
def test_names_that_differ_in_anything_stay_apart(
    store: MemoryStore, out: Path, other: dict[str, int]
) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number, **other)
    run(store, out)
    assert not (out / "home" / "a").samefile(out / "home" / "b")


def test_other_content_under_the_same_inode_stays_apart(store: MemoryStore, out: Path) -> None:
    linked(store, b"a", store.add_content(b"same"))
    linked(store, b"b", store.add_content(b"else"))
    run(store, out)
    assert (out / "home" / "b").read_bytes() == b"else"


def test_links_can_be_copies_on_request(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    run(store, out, hard_links=False)
    assert not (out / "home" / "a").samefile(out / "home" / "b")


def test_a_refused_first_name_does_not_keep_the_others_back(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    for name in (b"..", b"exists", b"b", b"c", b"../../x"):
        linked(store, name, number, nlink=5)
    (out / "home").mkdir()
    (out / "home" / "exists").write_bytes(b"old")
    done = run(store, out)
    home = out / "home"
    assert len(done.problems) == 2
    assert (home / "exists").read_bytes() == b"old"
    assert (home / "b").samefile(home / "c")
    assert (home / "b").stat().st_nlink == 2


def test_a_damaged_file_with_two_names_is_told_twice(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    store.damage(number, b"emas")
    assert len(run(store, out).problems) == 2


def test_restoring_links_over_themselves_leaves_nothing_behind(
    store: MemoryStore, out: Path
) -> None:
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    run(store, out)
    done = run(store, out, overwrite="always")
    assert reasons(done) == []
    assert (out / "home" / "a").samefile(out / "home" / "b")
    assert left_behind(out) == []


def test_what_replaced_the_first_name_is_not_linked_to(
    store: MemoryStore, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    number = store.add_content(b"same")
    linked(store, b"a", number)
    linked(store, b"b", number)
    real = os.link

    def link(source: Any, target: Any, **more: Any) -> None:
        os.unlink(out / "home" / "a")
        real(secret, out / "home" / "a")
        real(source, target, **more)

    monkeypatch.setattr(os, "link", link)
    run(store, out)
    assert (out / "home" / "b").read_bytes() == b"same"
    assert left_behind(out) == []


# What is there already.


@pytest.mark.parametrize(
    ("overwrite", "existing", "is_replaced"),
    [
        ("never", 1, False),
        ("always", 1, True),
        ("always", 2_000_000_000, True),
        ("newer", 1, True),
        ("newer", 2_000_000_000, False),
        ("older", 1, False),
        ("older", 2_000_000_000, True),
    ],
)
def test_existing_files_are_replaced_as_asked(
    store: MemoryStore, out: Path, overwrite: str, existing: int, is_replaced: bool
) -> None:
    (out / "home").mkdir(mode=0o700)
    for name in ("f", "l"):
        (out / "home" / name).write_bytes(b"old")
        os.utime(out / "home" / name, (existing, existing))
    store.file(1, b"f", b"new")
    store.link(1, b"l", b"f")
    store.file(1, b"more", b"more")
    done = run(store, out, overwrite=overwrite)
    assert reasons(done) == []
    assert (out / "home" / "f").read_bytes() == (b"new" if is_replaced else b"old")
    assert (out / "home" / "l").is_symlink() == is_replaced
    assert (out / "home" / "more").read_bytes() == b"more"
    assert sum(done.notes.values()) == (0 if is_replaced else 2)
    if overwrite == "never":
        assert stat.S_IMODE((out / "home").stat().st_mode) == 0o700
    if overwrite == "always":
        assert stat.S_IMODE((out / "home").stat().st_mode) == 0o755


def test_a_directory_is_never_replaced_by_a_file(store: MemoryStore, out: Path) -> None:
    (out / "home" / "f").mkdir(parents=True)
    (out / "home" / "f" / "mine").write_bytes(b"mine")
    store.file(1, b"f", b"new")
    done = run(store, out, overwrite="always")
    assert "a directory has its name" in done.problems[0].reason
    assert (out / "home" / "f" / "mine").read_bytes() == b"mine"
    assert left_behind(out) == []


def test_a_second_run_restores_only_what_is_missing(store: MemoryStore, out: Path) -> None:
    for number in range(50):
        store.file(1, b"f%d" % number, b"data")
    run(store, out)
    (out / "home" / "f7").unlink()
    before = (out / "home" / "f8").stat().st_ino
    done = run(store, out)
    assert done.files == 1
    assert (out / "home" / "f8").stat().st_ino == before


# Trouble at the target, ends, workers.


@pytest.mark.tmpfs
def test_a_full_disk_leaves_no_half_file_under_its_name(store: MemoryStore, out: Path) -> None:
    with mounted(out, "size=200k"):
        store.file(1, b"big", b"x" * 1_000_000)
        store.file(1, b"huge", content=store.add_content(b"x" * 6_000_000, is_large=True))
        store.file(1, b"small", b"y" * 100)
        done = run(store, out)
        assert [problem.path for problem in done.problems] == [b"home/big", b"home/huge"]
        assert "No space left" in done.problems[0].reason
        assert os.listdir(out / "home") == ["small"]


@contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


class Dying(MemoryReader):
    """Ends its process while it reads."""

    def read_small(self, content: StoredContent) -> bytes:
        os._exit(7)


class Failing(MemoryReader):
    """Has the store fail as a whole, or a bug."""

    error: Exception = StoreError("the store is gone", hint="look for it")

    def read_small(self, content: StoredContent) -> bytes:
        raise self.error


class Interrupting(MemoryReader):
    """Is interrupted while a file is written."""

    def read_small(self, content: StoredContent) -> bytes:
        raise KeyboardInterrupt


def with_reader(store: MemoryStore, out: Path, kind: type[MemoryReader], jobs: int) -> Restored:
    for number in range(500):
        store.file(1, b"f%d" % number, b"data")
    options = ExtractOptions(os.fsencode(out), jobs=jobs)
    return restore(lambda: kind(store), EVERYTHING, options, Observer())


def test_a_worker_that_dies_is_an_error(store: MemoryStore, out: Path) -> None:
    with pytest.raises(StoreError, match="ended too early, with status 7"):
        with_reader(store, out, Dying, 2)
    no_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_trouble_with_the_whole_store_is_raised_as_it_was(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    with pytest.raises(StoreError, match="the store is gone") as caught:
        with_reader(store, out, Failing, jobs)
    assert caught.value.hint == "look for it"
    no_children()


def test_a_bug_in_a_worker_keeps_its_call_chain(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "error", ZeroDivisionError("our bug"))
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*our bug"):
        with_reader(store, out, Failing, 2)
    no_children()


class Impatient(Observer):
    """Presses Ctrl-C when some files are made."""

    def advanced(self, files: int, size_bytes: int) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_interrupted_run_leaves_no_process_and_nothing_half_made(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    for number in range(3000):
        store.file(1, b"f%d" % number, b"data" * 1000)
    options = ExtractOptions(os.fsencode(out), jobs=jobs)
    with pytest.raises(KeyboardInterrupt):
        restore(store.reader, EVERYTHING, options, Impatient())
    assert left_behind(out) == []
    no_children()


def no_children() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


class Watcher(Observer):
    """Adds up what it hears."""

    def __init__(self) -> None:
        self.files = self.bytes = 0
        self.paths: list[bytes] = []

    def working_on(self, path: bytes) -> None:
        self.paths.append(path)

    def advanced(self, files: int, size_bytes: int) -> None:
        self.files += files
        self.bytes += size_bytes


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_observer_hears_of_every_file_and_byte(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    for number in range(1000):
        store.file(1, b"f%d" % number, b"data")
    store.folder(1, b"sub", None)
    watcher = Watcher()
    restore(store.reader, EVERYTHING, ExtractOptions(os.fsencode(out), jobs=jobs), watcher)
    assert (watcher.files, watcher.bytes) == (1000, 4000)
    assert watcher.paths == [b"home", b"home/sub"]


# Counted, not timed.


def test_what_waits_in_memory_is_bounded(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch holds 200 files or 4 MiB, whatever lies in a directory."""
    given: list[tuple[int, int]] = []
    real = Alone.give

    def give(self: Alone, kind: str, batch: list[Any]) -> None:
        pieces = [piece for _, some in batch for piece in some]
        given.append((len(pieces), sum(piece[4] for piece in pieces)))
        real(self, kind, batch)

    monkeypatch.setattr(Alone, "give", give)
    monkeypatch.setattr(extract_walk, "_AHEAD", 10)
    content = store.add_content(b"x" * 30_000)
    for number in range(1000):
        store.file(1, b"f%d" % number, content=content, size=30_000)
    for number in range(100):
        store.folder(1, b"d%d" % number, 100 + number)
        store.file(100 + number, b"f", b"")
    done = run(store, out)
    assert (done.files, done.directories) == (1100, 101)
    assert max(count for count, _ in given) <= extract_walk.BATCH_FILES + 50
    assert max(size for _, size in given) <= extract_walk.BATCH_BYTES + 30_000 * 50


def test_contents_are_looked_up_by_the_batch(store: MemoryStore, out: Path) -> None:
    for number in range(400):
        store.file(1, b"f%d" % number, b"%d" % number)
    run(store, out)
    assert store.calls.count("contents") == 2
    assert store.calls.count("children") == 1
    assert bytes(32) == KEY
