"""A changed file costs its change, on the wire and on disk, and every version stays exact."""

import os
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.delta import signature_size
from tests.delta.shapes import edited, noise
from tests.facilities import counts
from tests.whole.world import Done, World

SIZE = 3_000_000
CHAINS = "SELECT max(chain) FROM contents"


@pytest.fixture
def tree(world: World) -> Path:
    made = world.place / "tree"
    made.mkdir()
    return made


def version(world: World, path: Path, number: int) -> bytes:
    return world.restore(path, number=number).read_bytes()


def run(world: World, *words: str | Path) -> tuple[int, Done]:
    done = world.backup("--stats", *words)
    return world.complete()[-1], done


def sent(done: Done) -> dict[str, int]:
    """Return how many files were sent in which way."""
    found = re.search(r"(\d+) in full, (\d+) as deltas, (\d+) known", done.out + done.err)
    assert found, str(done)
    return dict(zip(("full", "delta", "known"), map(int, found.groups()), strict=True))


def received(world: World) -> int:
    return int(world.last("received_bytes"))


@pytest.mark.guard(240)
def test_generations_of_a_database_restore_exactly(world: World, tree: Path) -> None:
    path, kept, dice = tree / "data.db", {}, random.Random(5)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, what BLOB)")
        rows = [(dice.randbytes(300),) for _ in range(3000)]
        db.executemany("INSERT INTO things (what) VALUES (?)", rows)
        db.commit()
        for _ in range(counts(13, 30)):
            for _ in range(20):
                what = dice.randbytes(dice.randrange(600))
                db.execute("UPDATE things SET what = ? WHERE id = ?", (what, dice.randrange(3000)))
            db.execute("DELETE FROM things WHERE id = ?", (dice.randrange(3000),))
            db.commit()
            number, _ = run(world, tree)
            kept[number] = path.read_bytes()
    for number, data in kept.items():
        assert version(world, path, number) == data, number
    assert world.rows(CHAINS) == [(5,)]
    whole = world.rows("SELECT count(*) FROM contents WHERE chain = 0")
    assert whole == [(-(-len(kept) // 6),)]


@pytest.mark.parametrize("size", [SIZE, 100_000], ids=["large", "small"])
def test_a_change_is_sent_and_stored_alone(world: World, tree: Path, size: int) -> None:
    old = noise(size)
    (tree / "file").write_bytes(old)
    first, _ = run(world, tree)
    (tree / "file").write_bytes(edited(old, [("overwrite", 0.3, 5000), ("insert", 0.7, 33)]))
    second, done = run(world, "--report", tree)
    assert sent(done) == {"full": 0, "delta": 1, "known": 0}
    assert re.search(rf"file +Delta +{size + 33}", done.err)
    assert "spared by deltas" in done.err
    assert received(world) < 40_000
    assert world.last("delta_files") == 1 and world.last("new_files") == 0
    assert world.last("stored_bytes") < 30_000
    assert version(world, tree / "file", first) == old
    assert version(world, tree / "file", second) == (tree / "file").read_bytes()


def test_a_file_that_was_moved_and_changed_is_a_delta_of_what_it_was(
    world: World, tree: Path
) -> None:
    (tree / "file").write_bytes(noise(SIZE))
    run(world, tree)
    with (tree / "file").open("r+b") as file:
        file.write(b"changed")
    (tree / "file").rename(tree / "another name")
    _, done = run(world, tree)
    assert sent(done)["delta"] == 1
    assert version(world, tree / "another name", 2) == (tree / "another name").read_bytes()


@pytest.mark.parametrize("there", ["a", "z"], ids=["before", "behind"])
def test_a_file_that_went_to_another_directory_and_changed_is_a_delta(
    world: World, tree: Path, there: str
) -> None:
    """Its old directory is looked at before the new one, or after it."""
    (tree / "m").mkdir()
    (tree / "m" / "file").write_bytes(noise(SIZE))
    run(world, tree)
    (tree / there).mkdir()
    (tree / "m" / "file").rename(tree / there / "file")
    with (tree / there / "file").open("r+b") as file:
        file.write(b"changed")
    _, done = run(world, tree)
    assert sent(done) == {"full": 0, "delta": 1, "known": 0}
    assert received(world) < 40_000
    world.check(tree, tree, 2)


def test_a_file_that_goes_back_is_known_and_both_are_right(world: World, tree: Path) -> None:
    old = noise(SIZE)
    new = old + b"more"
    for data in (old, new, old, new):
        (tree / "file").write_bytes(data)
        run(world, tree)
    assert [version(world, tree / "file", number) for number in (1, 2, 3, 4)] == [
        old, new, old, new
    ]  # fmt: skip
    assert world.rows("SELECT count(*) FROM contents") == [(2,)]


@pytest.mark.parametrize(
    ("change", "sent_as"),
    [(1.4, "delta"), (1.6, "full"), (0.6, "delta"), (0.4, "full")],
)
def test_a_size_that_changes_a_lot_is_sent_whole(
    world: World, tree: Path, change: float, sent_as: str
) -> None:
    old = noise(400_000)
    new = old[: int(len(old) * change)] + noise(max(0, int(len(old) * (change - 1))), 9)
    (tree / "file").write_bytes(old)
    run(world, tree)
    (tree / "file").write_bytes(new)
    number, done = run(world, tree)
    assert sent(done)[sent_as] == 1
    assert version(world, tree / "file", number) == new


def test_a_file_that_has_nothing_in_common_is_sent_whole_once(world: World, tree: Path) -> None:
    (tree / "file").write_bytes(noise(SIZE))
    run(world, tree)
    (tree / "file").write_bytes(noise(SIZE, 1))
    number, done = run(world, tree)
    assert sent(done) == {"full": 1, "delta": 0, "known": 0}
    assert received(world) < 1.1 * SIZE
    assert version(world, tree / "file", number) == noise(SIZE, 1)


def test_a_full_run_sends_no_deltas_and_leaves_no_chains(world: World, tree: Path) -> None:
    files = {}
    for place, name in enumerate(("changes", "stays", "small")):
        files[name] = noise(100_000 if name == "small" else SIZE, place)
        (tree / name).write_bytes(files[name])
    run(world, tree)
    for name, data in files.items():
        (tree / name).write_bytes(edited(data, [("overwrite", 0.5, 100)]))
    kept = world.keep(tree)
    run(world, tree)
    assert world.rows(CHAINS) == [(1,)]
    (tree / "changes").write_bytes(edited(files["changes"], [("overwrite", 0.9, 100)]))
    number, done = run(world, "--full", tree)
    assert sent(done) == {"full": 1, "delta": 0, "known": 0}
    used = "SELECT chain FROM contents JOIN entries ON content = id WHERE last_set > 1000"
    assert {chain for (chain,) in world.rows(used)} == {0}
    world.check(tree, kept, 2)
    world.check(tree, tree, number)


@pytest.mark.parametrize(
    ("option", "chains"), [(("--save-full",), 0), (("--max-delta-chain", "2"), 2)]
)
def test_the_administrator_decides_on_chains(
    world: World, tree: Path, option: tuple[str, ...], chains: int
) -> None:
    world.stop_daemon()
    world.start_daemon(*option)
    data, kept = noise(200_000), []
    for place in range(5):
        data = edited(data, [("overwrite", 0.1 * place, 50)])
        (tree / "file").write_bytes(data)
        _, done = run(world, tree)
        kept.append(data)
    assert sent(done)["delta"] == 1
    assert received(world) < 20_000
    assert world.rows(CHAINS) == [(chains,)]
    for number, wanted in enumerate(kept, 1):
        assert version(world, tree / "file", number) == wanted


def test_signatures_can_be_sent_with_what_is_sent(world: World, tree: Path) -> None:
    data, kept = noise(SIZE), []
    for place in range(3):
        (tree / "file").write_bytes(data)
        _, done = run(world, "--signature", tree)
        kept.append(data)
        data = edited(data, [("insert", 0.3 * place, 500)])
    assert sent(done)["delta"] == 1
    assert world.rows("SELECT content, stored FROM signatures") == [
        (3, signature_size(SIZE + 1000))
    ]
    for number, wanted in enumerate(kept, 1):
        assert version(world, tree / "file", number) == wanted


def test_digests_go_first_when_that_is_asked_for(world: World, tree: Path) -> None:
    (tree / "file").write_bytes(noise(SIZE))
    (tree / "short").write_bytes(b"short")
    run(world, tree)
    (tree / "file").write_bytes(noise(SIZE, 1))
    run(world, tree)
    (tree / "file").write_bytes(noise(SIZE) + b"!")
    run(world, tree)
    (tree / "file").write_bytes(noise(SIZE))
    number, done = run(world, "--cks-content", "--report", tree)
    assert sent(done) == {"full": 0, "delta": 0, "known": 1}
    assert received(world) < 5000
    (tree / "file").write_bytes(edited(noise(SIZE), [("insert", 0.5, 10)]))
    number, done = run(world, "--cks-content", "1000000", tree)
    assert sent(done) == {"full": 0, "delta": 1, "known": 0}
    assert version(world, tree / "file", number) == (tree / "file").read_bytes()


def test_what_stands_on_damage_is_sent_whole(world: World, tree: Path) -> None:
    old = noise(SIZE)
    (tree / "file").write_bytes(old)
    run(world, tree)
    [large] = [path for path in world.store_files() if len(path.parent.name) == 2]
    with large.open("r+b") as file:
        file.seek(SIZE // 2)
        file.write(b"damage")
    (tree / "file").write_bytes(edited(old, [("overwrite", 0.5, 50)]))
    number, done = run(world, tree)
    assert sent(done) == {"full": 1, "delta": 0, "known": 0}
    assert version(world, tree / "file", number) == (tree / "file").read_bytes()


def test_the_file_is_small_or_large_and_compressed(world: World, tree: Path) -> None:
    lines = [b"line %d of a log that compresses well\n" % number for number in range(60_000)]
    (tree / "log").write_bytes(b"".join(lines))
    run(world, "--compress-data", "zlib", tree)
    lines[30_000:30_000] = [b"a line between %d\n" % number for number in range(2000)]
    (tree / "log").write_bytes(b"".join(lines))
    number, done = run(world, "--compress-data", "zlib", tree)
    assert sent(done)["delta"] == 1
    assert world.last("stored_bytes") < 30_000
    assert version(world, tree / "log", number) == b"".join(lines)


def test_many_files_share_the_credit_for_signatures(world: World, tree: Path) -> None:
    files = {f"{number:04d}": noise(70_000, number) for number in range(60)}
    for name, data in files.items():
        (tree / name).write_bytes(data)
    run(world, tree)
    for name, data in files.items():
        (tree / name).write_bytes(data[:-5] + b"about")
    kept = world.keep(tree)
    number, done = run(world, tree)
    assert sent(done)["delta"] == 60
    world.check(tree, kept, number)


def test_a_file_of_zeros_that_shrinks_and_grows(world: World, tree: Path) -> None:
    for number, size in enumerate((1_000_000, 1_000_001, 999_999, 1_400_000), 1):
        (tree / "zeros").write_bytes(bytes(size))
        run(world, tree)
        assert version(world, tree / "zeros", number) == bytes(size)
    os.truncate(tree / "zeros", 0)
    number, _ = run(world, tree)
    assert version(world, tree / "zeros", number) == b""


def test_what_stands_on_a_set_that_went_is_still_there(world: World, tree: Path) -> None:
    data, kept = noise(SIZE), []
    for place in range(4):
        data = edited(data, [("overwrite", 0.2 * place, 500)])
        (tree / "file").write_bytes(data)
        run(world, tree)
        kept.append(data)
    store = ("--database", world.base, "--client", "machine")
    names = [one["name"] for one in world.sets() if one["number"] in (1, 3)]
    world.run("sonic", "delete", *store, "--noconfirm", *names)
    assert world.complete() == [2, 4]
    assert version(world, tree / "file", 2) == kept[1]
    assert version(world, tree / "file", 4) == kept[3]
