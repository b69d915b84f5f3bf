import os
import shutil
import stat
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.protocol import listing
from tardis.scan import Range, Unlisted, WalkRules
from tardis.scan import walker as module
from tests.scan.trees import by_path, entries, names, walk, walker, without

NAME = st.binary(min_size=1, max_size=60).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)


def test_parents_come_first_and_children_by_name(tmp_path: Path) -> None:
    for path in ("b/x", "a/z/q", "a/y", "c"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"1234")
    found = list(walk(tmp_path))
    cut = len(os.fsencode(tmp_path))
    assert [one.path[cut:] for one in found] == [
        b"", b"/a", b"/a/y", b"/a/z", b"/a/z/q", b"/b", b"/b/x", b"/c",
    ]  # fmt: skip
    assert names(found[0]) == [b"a", b"b", b"c", b"file"]


def test_an_entry_is_packed_as_lstat_has_it(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"1234")
    link.symlink_to("nowhere")
    (tmp_path / "sub").mkdir()
    os.utime(file, ns=(0, -1_500_000_001))
    (found, *_) = walk(tmp_path)
    assert isinstance(found, Range)
    first, second, third = entries(found)
    status = file.lstat()
    assert (first.mode, first.size, first.inode) == (status.st_mode, 4, status.st_ino)
    assert (first.mtime, first.mtime_ns) == (-2, 499_999_999)
    assert (first.ctime, first.ctime_ns) == divmod(status.st_ctime_ns, 10**9)
    assert (first.uid, first.gid, first.nlink) == (status.st_uid, status.st_gid, 1)
    assert second.size == len("nowhere")
    assert (third.size, third.nlink, third.claim) == (0, 0, 0)
    assert (found.files, found.size_bytes, found.links, found.linked) == (1, 4, (1,), 0)
    assert found.directory[1] == tmp_path.stat().st_ino


@given(st.sets(NAME, max_size=20))
def test_any_bytes_are_a_name(tmp_path_factory: pytest.TempPathFactory, some: set[bytes]) -> None:
    place = tmp_path_factory.mktemp("names")
    try:
        for name in some:
            os.close(os.open(os.path.join(os.fsencode(place), name), os.O_CREAT | os.O_WRONLY))
        (found,) = walk(place)
        assert names(found) == sorted(some)
    finally:
        shutil.rmtree(os.fsencode(place))


def test_hard_links_are_counted_by_range(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.link(tmp_path / "a", tmp_path / "b")
    (found,) = walk(tmp_path)
    assert isinstance(found, Range)
    assert found.linked == 2


def test_a_fifo_and_a_socket_are_listed_and_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o640)
    os.mknod(tmp_path / "socket", stat.S_IFSOCK | 0o600)
    (tmp_path / "file").touch()
    (found,) = walk(tmp_path)
    assert isinstance(found, Range)
    assert (found.files, found.links) == (1, ())
    kinds = {entry.name: (stat.S_IFMT(entry.mode), entry.rdev) for entry in entries(found)}
    assert kinds == {
        b"fifo": (stat.S_IFIFO, 0),
        b"file": (stat.S_IFREG, 0),
        b"socket": (stat.S_IFSOCK, 0),
    }


@pytest.mark.root
def test_a_device_is_listed_with_its_number_also_as_a_root(tmp_path: Path) -> None:
    number = os.makedev(260, 70_000)
    os.mknod(tmp_path / "block", stat.S_IFBLK | 0o600, number)
    os.mknod(tmp_path / "char", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    (found,) = walk(tmp_path)
    assert isinstance(found, Range)
    assert [entry.rdev for entry in entries(found)] == [number, os.makedev(1, 3)]
    one = walker()
    top = one.place_of(os.fsencode(tmp_path), tmp_path.stat())
    alone = one.file_range(top, b"char", (tmp_path / "char").lstat())
    assert [entry.rdev for entry in entries(alone)] == [os.makedev(1, 3)]


def test_excluded_names_are_not_even_looked_at(tmp_path: Path) -> None:
    for name in ("keep", "drop.o", "build"):
        (tmp_path / name).mkdir()
    rules = without("*.o", "build")
    assert by_path(tmp_path, rules) == {b"": [b"keep"], b"/keep": []}


def test_directories_below_the_last_level_are_recorded_and_not_entered(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    found = list(walk(tmp_path, WalkRules(max_depth=2)))
    assert [names(one) for one in found] == [[b"a"], [b"b"]]
    claims = [entries(one)[0].claim for one in found if isinstance(one, Range)]
    assert claims == [0, listing.NOT_ENTERED]


def test_a_large_directory_comes_in_ranges_that_join(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number:05}").touch()
    (tmp_path / "00007x").mkdir()
    found = [one for one in walk(tmp_path) if isinstance(one, Range)]
    (*ranges, child) = found
    assert child.path.endswith(b"/00007x")
    assert len(ranges) > 1
    assert ranges[0].start == b""
    assert ranges[-1].end is None
    for one, after in pairwise(ranges):
        assert one.end == after.start == names(after)[0]
    assert sum(one.files for one in ranges) == 1500
    assert [name for one in ranges for name in names(one)] == sorted(
        os.listdir(os.fsencode(tmp_path))
    )


def test_a_directory_whose_names_are_read_first_gives_the_same_ranges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1200):
        (tmp_path / f"{number:05}").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to("x")
    usual = list(walk(tmp_path))
    monkeypatch.setattr(module, "LARGE", 1100)
    assert list(walk(tmp_path)) == usual


def test_excluded_names_start_no_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3000):
        (tmp_path / f"{number:05}").touch()
    rules = without("*[147]")
    usual = list(walk(tmp_path, rules))
    monkeypatch.setattr(module, "LARGE", 100)
    assert list(walk(tmp_path, rules)) == usual


def test_a_directory_that_was_replaced_is_told_as_gone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    found = walk(tmp_path)
    assert names(next(found)) == [b"a"]
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "a").mkdir()
    after = next(found)
    assert isinstance(after, Unlisted)
    assert after.is_gone


def test_a_directory_that_vanished_or_became_a_link_is_gone(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    found = walk(tmp_path)
    next(found)
    (tmp_path / "a").rmdir()
    (tmp_path / "b").rmdir()
    (tmp_path / "b").symlink_to(tmp_path)
    assert [one.is_gone for one in found if isinstance(one, Unlisted)] == [True, True]


def test_an_entry_that_vanishes_between_name_and_look_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1200):
        (tmp_path / f"{number:05}").touch()
    monkeypatch.setattr(module, "LARGE", 100)
    found = walk(tmp_path)
    before = names(next(found))
    (tmp_path / "01199").unlink()
    assert b"01199" not in before + [name for one in found for name in names(one)]


def test_a_thousand_levels_are_walked_without_recursion(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("directory", dir_fd=folder)
        deeper = os.open("directory", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = deeper
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    try:
        found = list(walk(tmp_path))
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "directory"], check=True)
    assert len(found) == 1001
    assert names(found[-1]) == [b"leaf"]


@pytest.mark.tmpfs
def test_another_file_system_is_recorded_as_an_empty_directory(tmp_path: Path) -> None:
    (tmp_path / "mount").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tmp_path / "mount"], check=True)
    try:
        (tmp_path / "mount/inside").touch()
        (found,) = walk(tmp_path)
        assert isinstance(found, Range)
        (entry,) = entries(found)
        assert (entry.name, entry.claim) == (b"mount", listing.NOT_ENTERED)
        assert entry.filesystem != found.directory[0]
        crossing = by_path(tmp_path, WalkRules(crosses_devices=True))
        assert crossing == {b"": [b"mount"], b"/mount": [b"inside"]}
    finally:
        subprocess.run(["umount", tmp_path / "mount"], check=True)


@pytest.mark.tmpfs
def test_a_directory_within_itself_is_a_loop_and_one_seen_twice_is_claimed_twice(
    tmp_path: Path,
) -> None:
    (tmp_path / "a/loop").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    mounts = [(tmp_path / "a", tmp_path / "b"), (tmp_path, tmp_path / "a/loop")]
    for source, point in mounts:
        subprocess.run(["mount", "--bind", source, point], check=True)
    try:
        problems: list[bytes] = []
        rules = WalkRules(problem=lambda path, why: problems.append(path))
        found = [one for one in walk(tmp_path, rules) if isinstance(one, Range)]
        claims = {entry.name: entry.claim for entry in entries(found[0])}
        assert claims == {b"a": 0, b"b": 1}
        assert os.fsencode(tmp_path / "a/loop") in problems
    finally:
        for _, point in reversed(mounts):
            subprocess.run(["umount", point], check=True)


@pytest.mark.root
def test_a_directory_that_may_not_be_listed_or_searched_is_told() -> None:
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        top.chmod(0o755)
        for name, mode in (("closed", 0), ("unsearchable", 0o444)):
            (top / name).mkdir()
            (top / name / "file").touch()
            (top / name).chmod(mode)
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            told = [type(one) for one in walk(top)]
            os._exit(told != [Range, Unlisted, Unlisted])
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_root_that_is_a_file_is_a_range_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"123")
    one = walker()
    parent = one.place_of(os.fsencode(tmp_path), tmp_path.stat())
    found = one.file_range(parent, b"file", file.lstat())
    assert found.is_alone
    assert (found.start, found.end) == (b"file", b"file\0")
    assert (names(found), found.files, found.size_bytes) == ([b"file"], 1, 3)
    assert one.owners == {(file.stat().st_uid, file.stat().st_gid)}
