"""Names, dates, modes, sizes and depths that file systems allow and programs trip over."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.independent.checker import compare
from tests.whole.world import CLIENT, World

NAMES = (
    b"\xff\xfe not UTF-8 \x80",
    b"line\nbreak",
    b"-rf",
    b"--help",
    b"@file",
    b" leading and trailing ",
    b"tab\tbell\x07escape\x1b[31mred",
    b"quote\"'`$HOME`;&|",
    b"back\\slash",
    b"*?[a-z]{}",
    b"%s%n%%",
    b"...",
    b"..x",
    b".hidden",
    b"~",
    b"#comment",
    "e\u0301 \u00e9 \U0001f600 \u202e".encode(),
    b"CON",
    b"\x01",
    b"x" * 255,
    ("\u00fc" * 127).encode(),
)


def settle(world: World, tree: Path) -> None:
    """Back up twice, restore both sets, and compare."""
    kept = world.keep(tree)
    world.backup(tree)
    world.backup(tree)
    first, second = world.complete()
    world.check(tree, kept, first)
    world.check(tree, tree, second)


@pytest.fixture
def tree(world: World) -> Path:
    folder = world.place / "tree"
    folder.mkdir()
    return folder


def test_names_of_any_bytes_come_back(any_world: World) -> None:
    tree = any_world.place / "tree"
    tree.mkdir()
    for name in NAMES:
        place = os.fsencode(tree) + b"/" + name
        os.mkdir(place)
        for inner in NAMES:
            with open(place + b"/" + inner, "wb") as file:
                file.write(inner)
        os.symlink(name + b"/" + name, os.fsencode(tree) + b"/link " + name[:200])
    settle(any_world, tree)


def test_a_single_odd_name_is_restored_by_naming_it(world: World, tree: Path) -> None:
    for name in NAMES:
        (tree / os.fsdecode(name)).write_bytes(name)
    world.backup(tree)
    for name in NAMES:
        path = tree / os.fsdecode(name)
        assert world.restore(path).read_bytes() == name


def test_what_is_shown_of_an_odd_name_cannot_harm_a_terminal(world: World, tree: Path) -> None:
    bad = tree / os.fsdecode(b"bad\x1b[2J\nname\x07")
    bad.write_bytes(b"x")
    for words in (["--report", "-v", "-v"], ["--stats", "--progress"]):
        done = world.backup(*words, tree)
        assert not set(done.out + done.err) & {"\x1b", "\x07"}
    done = world.run(
        "regenerate", "-D", world.base, "-C", CLIENT, "-o", world.place / "o",
        tree / os.fsdecode(b"no\x1b[2Jsuch\x07"), status=14,
    )  # fmt: skip
    assert not set(done.out + done.err) & {"\x1b", "\x07"}


@pytest.mark.parametrize(
    "moment",
    [
        -2_000_000_000,
        -1,
        0,
        1,
        2**31 - 1,
        2**31,
        2**32 + 5,
        14_000_000_000,
    ],
)
def test_dates_of_any_time_come_back(world: World, tree: Path, moment: int) -> None:
    file = tree / "old"
    file.write_bytes(b"x")
    for nanoseconds in (0, 1, 999_999_999):
        when = moment * 10**9 + nanoseconds
        made = tree / f"at {nanoseconds}"
        made.mkdir()
        (made / "link").symlink_to("x")
        for path in (made / "link", made):
            os.utime(path, ns=(when, when), follow_symlinks=False)
    os.utime(file, ns=(moment * 10**9, moment * 10**9))
    settle(world, tree)


def test_every_mode_comes_back(world: World, tree: Path) -> None:
    for mode in (0o000, 0o001, 0o400, 0o777, 0o1777, 0o2755, 0o4755, 0o6711, 0o7777):
        folder = tree / f"dir{mode:o}"
        folder.mkdir()
        (folder / "inner").write_bytes(b"inner")
        file = tree / f"file{mode:o}"
        file.write_bytes(b"x")
        file.chmod(mode)
        folder.chmod(mode)
    settle(world, tree)


@pytest.mark.root
def test_every_owner_comes_back(world: World, tree: Path) -> None:
    for number in (0, 1, 65534, 4_000_000_000):
        file = tree / f"of {number}"
        file.write_bytes(b"x")
        folder = tree / f"dir of {number}"
        folder.mkdir()
        link = tree / f"link of {number}"
        link.symlink_to("x")
        for path in (file, folder, link):
            os.chown(path, number, number, follow_symlinks=False)
        file.chmod(0o6755)
    settle(world, tree)


def test_sizes_around_every_border_come_back(world: World, tree: Path) -> None:
    sizes = {0, 1, 2, 4095, 4096, 4097}
    for border in (64 << 10, 128 << 10, 1 << 20, 2 << 20, 4 << 20):
        sizes |= {border - 1, border, border + 1}
    for size in sizes:
        (tree / f"noise{size}").write_bytes(os.urandom(size))
        (tree / f"zeros{size}").write_bytes(bytes(size))
    settle(world, tree)


@pytest.mark.guard(180)
@pytest.mark.parametrize("method", ["none", "zlib", "bzip", "lzma", "zstd"])
def test_every_way_to_compress_gives_the_same_bytes(world: World, tree: Path, method: str) -> None:
    for size in (0, 100, 4096, 4097, 131_072, 131_073, 1_048_577, 3_000_000):
        (tree / f"noise{size}").write_bytes(os.urandom(size))
        (tree / f"words{size}").write_bytes((b"again and again " * (size // 16 + 1))[:size])
    world.backup("--compress-data", method, tree)
    world.check(tree, tree)
    if method != "none":
        assert world.last("stored_bytes") < world.last("new_bytes") * 0.6


@pytest.mark.guard(180)
@pytest.mark.parametrize("method", ["zlib", "zlib-stream", "snappy", "zstd"])
def test_every_way_to_compress_messages_carries_the_same_bytes(
    world: World, tree: Path, method: str
) -> None:
    for size in (10, 5000, 131_073, 3_000_000):
        (tree / f"noise{size}").write_bytes(os.urandom(size))
        (tree / f"words{size}").write_bytes((b"again and again " * (size // 16 + 1))[:size])
    world.backup("--compress-msgs", method, tree)
    world.check(tree, tree)


def test_holes_are_read_as_zeros(world: World, tree: Path) -> None:
    with (tree / "holes").open("wb") as file:
        file.truncate(20 << 20)
        file.seek(5 << 20)
        file.write(b"an island")
        file.truncate((20 << 20) + 17)
    settle(world, tree)


def test_links_of_all_sorts_come_back(world: World, tree: Path) -> None:
    (tree / "file").write_bytes(b"x")
    (tree / "folder").mkdir()
    for number, target in enumerate(
        ("file", "folder", "nowhere", ".", "..", "/", "/etc/passwd", "self", "a" * 4000, "\n\x7f")
    ):
        (tree / f"link{number}").symlink_to(target)
    (tree / "self").symlink_to("self")
    (tree / "folder" / "up").symlink_to("..")
    settle(world, tree)


def test_hard_links_across_directories_and_to_links_come_back(world: World, tree: Path) -> None:
    for name in ("one", "two", "three"):
        (tree / name).mkdir()
    (tree / "one" / "file").write_bytes(b"shared")
    (tree / "two" / "lonely").write_bytes(b"shared")
    (tree / "one" / "link").symlink_to("file")
    for name in ("two", "three"):
        os.link(tree / "one" / "file", tree / name / "also")
        os.link(tree / "one" / "link", tree / name / "link", follow_symlinks=False)
    settle(world, tree)
    (tree / "two" / "also").unlink()
    world.backup(tree)
    world.check(tree, tree)


@pytest.mark.guard(180)
@pytest.mark.parametrize("levels", [200, 1000])
def test_any_depth_comes_back(world: World, tree: Path, levels: int) -> None:
    here = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    for level in range(levels):
        os.mkdir(b"level", dir_fd=here)
        file = os.open(b"file", os.O_WRONLY | os.O_CREAT, dir_fd=here)
        os.write(file, b"%d" % level)
        os.close(file)
        inner = os.open(b"level", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    world.backup(tree)
    world.backup(tree)
    assert world.last("new_files") == 0
    restored = world.restore(tree)
    assert compare(tree, restored) == []
    subprocess.run(["rm", "-rf", restored, tree], check=True)


@pytest.mark.guard(180)
def test_a_directory_of_very_many_entries_comes_back(world: World, tree: Path) -> None:
    count = counts(3_000, 120_000)
    for number in range(count):
        (tree / f"{number * 7919 % count:06}").write_bytes(b"%d" % (number % 100))
    settle(world, tree)
    (tree / "002555").write_bytes(b"changed")
    (tree / "000000").unlink()
    (tree / "zzz").write_bytes(b"")
    world.backup(tree)
    world.check(tree, tree)
