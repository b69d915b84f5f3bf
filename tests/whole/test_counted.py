"""What must cost nothing, or no more than in proportion, is counted and not timed."""

import random
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.trees import age, edit, files_of, grow
from tests.whole.world import World, messages_sent

OPENED = re.compile(
    rb"^.*?\b(?:openat2?|open)(?:\(| resumed>)(.*)\)\s+= \d+<(.*?)>(?:\(deleted\))?$"
)
"""A call that gave a descriptor, also one that another thread's call came in between."""

Rows = Counter[tuple[object, ...]]


def opened_by(world: World, *words: str | Path) -> list[Path]:
    """Back up under strace and return every path that the client opened."""
    trace = world.place / "trace"
    before = ["strace", "-f", "-y", "-qq", "-e", "trace=open,openat,openat2", "-o", str(trace)]
    done = world.finish(world.start_backup(*words, before=before), words)
    assert done.status == 0, str(done)
    lines = trace.read_bytes().splitlines()
    found = [match[2] for match in map(OPENED.match, lines) if match]
    assert found, "strace has seen nothing"
    return [Path(path.decode(errors="surrogateescape")) for path in found]


def entry_rows(world: World) -> Rows:
    return Counter(world.rows("SELECT * FROM entries"))


@pytest.mark.strace
@pytest.mark.guard(120)
def test_over_an_unchanged_settled_tree_no_file_is_opened_and_no_row_written(world: World) -> None:
    tree = grow(world.place / "tree", counts(800, 5000))
    assert any(tree in path.parents and path.is_file() for path in opened_by(world, tree))
    rows = entry_rows(world)
    tables = {
        table: world.rows(f"SELECT * FROM {table}")
        for table in ("directories", "contents", "packs", "fingerprints", "unsettled")
    }
    files = {path: path.stat().st_size for path in world.store_files() if "packs" in path.parts}
    opened = [path for path in opened_by(world, tree) if tree in path.parents]
    assert [path for path in opened if not path.is_dir()] == []
    assert entry_rows(world) == rows
    for table, before in tables.items():
        assert world.rows(f"SELECT * FROM {table}") == before or table == "packs", table
    grown = sum(path.stat().st_size for path in world.store_files() if "packs" in path.parts)
    assert grown - sum(files.values()) < 20_000
    world.check(tree, tree)


@pytest.mark.strace
@pytest.mark.guard(120)
def test_only_the_files_that_changed_are_opened(world: World) -> None:
    tree = grow(world.place / "tree", 500)
    world.backup(tree)
    changed = set(edit(tree, 7))
    opened = {path for path in opened_by(world, tree) if tree in path.parents}
    files = {path for path in opened if path.is_file()}
    linked = {path for path in files_of(tree) if path.stat().st_nlink > 1}
    assert changed <= files | linked
    assert files <= changed | linked


@pytest.mark.guard(180)
def test_messages_grow_with_thousands_of_directories(world: World) -> None:
    sent = []
    for number, folders in enumerate((200, 2000)):
        tree = world.place / f"tree{number}"
        for folder in range(folders):
            (tree / f"part{folder // 100}" / f"dir{folder}").mkdir(parents=True)
            (tree / f"part{folder // 100}" / f"dir{folder}" / "file").write_bytes(b"the same")
        client = f"client{number}"
        world.backup(tree, client=client)
        done = world.backup("--stats", tree, client=client)
        sent.append(messages_sent(done))
        assert world.last("received_bytes", client=client) < 150 * folders * 1.1 + 10_000
    assert sent[1] - sent[0] <= 4
    assert sent[1] < 25


@pytest.mark.guard(180)
def test_renaming_a_directory_writes_the_same_few_rows_whatever_its_size(world: World) -> None:
    written = []
    for number, files in enumerate((10, counts(2000, 20_000))):
        tree = world.place / f"tree{number}"
        rng = random.Random(number)
        for name in range(files):
            folder = tree / "before" / f"dir{name % 7}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"file{name}").write_bytes(b"%d" % name)
        age(tree, rng)
        client = f"client{number}"
        world.backup(tree, client=client)
        query = "SELECT * FROM entries"
        rows = Counter(world.rows(query, client=client))
        (tree / "before").rename(tree / "after")
        world.backup(tree, client=client)
        assert world.last("new_bytes", client=client) == 0
        after = Counter(world.rows(query, client=client))
        written.append(((after - rows).total(), (rows - after).total()))
        world.check(tree, tree, client=client)
    assert written[0] == written[1]
    assert sum(written[0]) <= 4


@pytest.mark.guard(180)
def test_a_first_run_makes_store_files_in_proportion_to_bytes(world: World) -> None:
    tree = grow(world.place / "tree", counts(3000, 30_000))
    large = [path for path in files_of(tree) if path.stat().st_size > 128 << 10]
    world.backup(tree)
    size = sum(path.stat().st_size for path in files_of(tree))
    made = [path for path in world.store_files() if not path.name.startswith(("tardis.", "."))]
    assert len(made) <= len(large) + 2 + size // (32 << 20)


@pytest.mark.guard(120)
def test_a_set_of_an_unchanged_tree_adds_almost_nothing_to_the_store(world: World) -> None:
    tree = grow(world.place / "tree", 2000)
    world.backup(tree)
    world.stop_daemon()

    def size() -> int:
        names = ("tardis.db", "tardis.journal")
        known = [path for path in world.store_files() if path.name in names]
        return sum(path.stat().st_size for path in known)

    before = size()
    world.start_daemon()
    for _ in range(5):
        world.backup(tree)
    world.stop_daemon()
    assert size() - before < 5 * 20_000


@pytest.mark.guard(120)
def test_restoring_leaves_the_store_as_it_is(world: World) -> None:
    tree = grow(world.place / "tree", 100)
    world.backup(tree)
    world.stop_daemon()
    before = world.keep(world.base)
    world.check(tree, tree)
    words = ["diff", "-r", "--no-dereference", str(before), str(world.base)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


CALLED = re.compile(rb"^\d+ +(\w+)\(.*?\bcounted-\d+")
"""A call that names one of the files, by its name or by the descriptor it was opened as."""

STATS = ("newfstatat", "fstat", "lstat", "fstatat64")


def calls_by(world: World, tree: Path) -> dict[str, int]:
    """Back up and return how often each system call was made for a file, stats as one."""
    trace = world.place / "calls"
    before = ["strace", "-f", "-y", "-qq", "-o", str(trace)]
    done = world.finish(world.start_backup(tree, before=before))
    assert done.status == 0, str(done)
    found = Counter(
        match[1].decode() for match in map(CALLED.match, trace.read_bytes().splitlines()) if match
    )
    stats = sum(found.pop(name, 0) for name in STATS)
    return {"stat": stats, **found}


@pytest.mark.strace
@pytest.mark.guard(120)
def test_a_file_costs_no_more_system_calls_than_it_must(world: World) -> None:
    tree = world.place / "tree"
    tree.mkdir()
    count = 50
    for number in range(count):
        (tree / f"counted-{number}").write_bytes(b"%d" % number * 100)
    first = calls_by(world, tree)
    flags = {name: first[name] for name in ("statx",) if name in first}  # where there are any
    each = {"stat": 3, "llistxattr": 1, "openat": 1, "read": 1, "close": 1} | dict.fromkeys(
        flags, 1
    )
    assert first == {name: times * count for name, times in each.items()}
    assert calls_by(world, tree) == {"stat": count}
    (tree / "counted-7").write_bytes(b"other")
    beside = {"stat": count + 2, "llistxattr": count, **flags}
    assert calls_by(world, tree) == beside | {"openat": 1, "read": 1, "close": 1}


RAW = re.compile(
    rb'(?:openat2?|open)\((?:AT_FDCWD, )?"([^"]*/tardis\.db(?:-journal)?)", ([A-Z_|]+)'
)


@pytest.mark.strace
@pytest.mark.guard(120)
def test_nobody_but_sqlite_opens_the_catalog(bare: World) -> None:
    """A descriptor of somebody else's would drop SQLite's locks when it is closed."""
    tree = grow(bare.place / "tree", 60)
    bare.start_daemon()
    bare.backup(tree)  # it is made by plain calls, before anybody has it open
    bare.stop_daemon()
    trace = bare.place / "trace"
    calls = ["-e", "trace=open,openat,openat2", "-o", str(trace)]
    bare.start_daemon(before=["strace", "-f", "-D", "-I", "1", "-s", "4096", "-qq", *calls])
    for _ in range(2):
        bare.backup(tree)
        edit(tree, 5)
    bare.stop_daemon()
    opened = [found.groups() for found in map(RAW.search, trace.read_bytes().splitlines()) if found]
    assert len(opened) > 3
    assert [
        one for one in opened if b"O_NOFOLLOW" not in one[1]
    ] == []  # which only SQLite asks for
