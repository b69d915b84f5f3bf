"""What is forgotten is nowhere in the store any more, and everything else is as it was."""

import gzip
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import IntegrityError, NoSuchPathError
from tardis.store import DeltaKeeper, Forgotten, Rebuild, copy_catalog, forget_paths
from tests.facilities import counts
from tests.store.fuse import CALLS, ends_at
from tests.store.replay import scan
from tests.store.workshop import BOX, Workshop, fill, put, put_large, root, row, shown

NAME, BYTES = b"quite-a-secret", b"SECRET BYTES " * 700
LARGE = b"LARGE SECRET BYTES " * 20_000
FILES = {b"a": b"alpha" * 50, b"b": b"beta"}


def forget(shop: Workshop, *paths: bytes) -> Forgotten:
    with closing(shop.writer()) as writer:
        done = forget_paths(writer, paths, lambda plan: True)
    assert done is not None
    return done


def texts(shop: Workshop) -> Iterator[tuple[str, bytes]]:
    """Yield (where, bytes) of all that lies in the store, expanded where it is compressed."""
    for path in shop.home.rglob("*"):
        yield str(path), os.fsencode(path.name)
        if path.is_file():
            data = path.read_bytes()
            yield str(path), data
            if path.suffix == ".gz":
                yield str(path), gzip.decompress(data)
    for pack, place, value in scan(Path(shop.layout.packs)):
        yield f"{pack}+{place}", repr(value).encode()


def found(shop: Workshop, *needles: bytes) -> list[str]:
    return [place for place, data in texts(shop) if any(one in data for one in needles)]


def everything(shop: Workshop) -> dict[int, dict[bytes, bytes]]:
    with shop.reader() as reader:
        return {one.number: shown(reader, one.number) for one in reader.sets()}


def check(shop: Workshop) -> None:
    assert shop.rows("PRAGMA integrity_check") == [("ok",)]
    assert shop.rows("PRAGMA foreign_key_check") == []


def tell(shop: Workshop) -> None:
    """Make sets that hold the secret, in every way that leaves traces."""
    shop.run(FILES, name="one")
    shop.run(FILES | {NAME: BYTES}, name="two", command_line=b"tardis top --x " + NAME)
    with closing(shop.writer()) as writer:
        copy_catalog(writer.layout, 9)
    (copy,) = shop.home.glob("tardis.db.2*.gz")
    copy.rename(shop.home / "tardis.db.20260101-000000.gz")
    shutil.copy(shop.home / "tardis.db", shop.home / "tardis.db.before-20260101-000000")
    with shop.running(name="three") as writer:
        fill(writer, FILES | {NAME: BYTES + b"more"})
        content = put_large(writer, LARGE)
        writer.group.opened.append(row(NAME + b"-large", content, 1, 3, len(LARGE)))
        shop.complete(writer)
    shop.run(FILES, name="four")
    with shop.running(name="cut") as writer:  # a dead tail of a pack
        put(writer, b"never committed " + BYTES)
        writer.push()


NEEDLES = (NAME, BYTES[:100], b"LARGE SECRET")


@pytest.fixture
def told(shop: Workshop) -> Workshop:
    tell(shop)
    return shop


def test_neither_name_nor_content_is_found_in_any_byte(told: Workshop) -> None:
    assert len(found(told, *NEEDLES)) > 6
    done = forget(told, b"top/" + NAME, b"top/" + NAME + b"-large")
    assert (done.rows, done.contents, done.shared, done.lost) == (3, 3, 0, 0)
    assert found(told, *NEEDLES) == []
    kept = everything(told)
    assert {number: kept[number] for number in (1, 2, 3, 4)} == dict.fromkeys((1, 2, 3, 4), FILES)
    check(told)
    assert len(list(told.home.glob("tardis.db.2*.gz"))) == 1
    assert told.run(FILES, name="next").number == 5
    assert found(told, *NEEDLES) == []


def test_it_does_not_come_back_by_recovering(told: Workshop) -> None:
    forget(told, b"top/" + NAME, b"top/" + NAME + b"-large")
    with closing(told.writer()) as writer:
        assert writer.ask.epoch() == 1
    for copies in (True, False):
        (told.home / "tardis.db").unlink()
        if not copies:
            for path in told.home.glob("tardis.db.2*.gz"):
                path.unlink()
        with closing(Rebuild(told.place(), BOX)) as work:
            done = work.put(work.build())
        assert done.missing == 0 and done.sets == (1, 2, 3, 4)
        assert found(told, *NEEDLES) == []


@pytest.mark.root
def test_files_belong_to_whom_they_belonged(told: Workshop) -> None:
    journal = told.home / "tardis.journal"
    os.chown(journal, 1234, 1235)
    journal.chmod(0o640)
    forget(told, b"top/" + NAME)
    found = journal.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 1235, 0o640)


def test_the_plan_changes_nothing(told: Workshop) -> None:
    before = everything(told)
    plans: list[Forgotten] = []

    def no(plan: Forgotten) -> bool:
        plans.append(plan)
        return False

    with closing(told.writer()) as writer:
        assert forget_paths(writer, [b"top/" + NAME], no) is None
    assert plans[0].rows == 2 and plans[0].contents == 2
    assert everything(told) == before
    assert told.rows("SELECT 1 FROM settings WHERE key = 'forgetting'") == []


def test_what_was_never_there_is_an_error(told: Workshop) -> None:
    for paths in ([b"top/nothing"], [b"elsewhere"], [b"top/a/below"], []):
        with pytest.raises(NoSuchPathError):
            forget(told, *paths)
    assert everything(told)[1] == FILES


def test_contents_that_others_have_stay(shop: Workshop) -> None:
    shop.run({b"a": b"the same", NAME: b"the same"})
    done = forget(shop, b"top/" + NAME)
    assert (done.rows, done.contents, done.shared) == (1, 0, 1)
    assert everything(shop) == {1: {b"a": b"the same"}}
    assert found(shop, NAME) == []


def test_what_stands_on_it_is_kept_whole(shop: Workshop) -> None:
    """A later version of another file is a delta on what is forgotten."""
    old = bytes(range(256)) * 1200
    new = old[:100_000] + b"changed" + old[100_000:]
    shop.run(FILES, name="one")
    with shop.running(name="two") as writer, closing(DeltaKeeper(writer)) as keeper:
        fill(writer, FILES)
        basis_id = put_large(writer, old)
        writer.group.opened.append(row(NAME, basis_id, 1, 2, len(old)))
        writer.drain()
        basis = writer.ask.content(basis_id)
        assert basis is not None
        upload = keeper.begin_delta(basis)
        copy = b"\x47" + (0).to_bytes(1, "big") + (100_000).to_bytes(4, "big")
        rest = b"\x4f" + (100_000).to_bytes(4, "big") + (len(old) - 100_000).to_bytes(4, "big")
        delta = b"rs\x026" + copy + b"\x07changed" + rest + b"\0"
        upload.add(0, len(delta), delta)
        content = keeper.keep_delta(upload, digest(writer.key, new), len(new), basis)
        writer.group.opened.append(row(b"kept", content, 1, 2, len(new)))
        shop.complete(writer)
    figures = shop.rows("SELECT new_files, new_bytes, stored_bytes FROM backup_sets")
    assert forget(shop, b"top/" + NAME).contents == 1
    assert everything(shop)[2] == FILES | {b"kept": new}
    assert shop.rows("SELECT count(*) FROM contents WHERE basis IS NOT NULL") == [(0,)]
    assert shop.rows("SELECT new_files, new_bytes, stored_bytes FROM backup_sets") == figures
    name = digest(shop.reader().repository().digest_key, old)
    assert found(shop, NAME, name.hex().encode()) == []
    check(shop)


def test_what_cannot_be_read_is_given_up_and_told(shop: Workshop) -> None:
    shop.run({b"a": b"alpha" * 500, b"b": b"beta" * 500, NAME: BYTES})
    (pack, place) = shop.rows("SELECT pack, place FROM contents WHERE size = 2500")[0]
    path = Path(shop.layout.pack(pack))
    data = bytearray(path.read_bytes())
    data[place + 40] ^= 1  # its header: it cannot be moved
    path.write_bytes(data)
    assert forget(shop, b"top/" + NAME).lost == 1
    assert found(shop, NAME, BYTES[:50]) == []
    with shop.reader() as reader, pytest.raises(IntegrityError):
        shown(reader, 1)
    assert shop.rows("SELECT is_damaged FROM contents ORDER BY is_damaged") == [(0,), (1,)]
    check(shop)


def make_tree(shop: Workshop, places: Sequence[tuple[bytes, bytes]]) -> tuple[int, list[int]]:
    """Make a set with directories; return the root and each (name of it, file in it)."""
    with shop.running(name="tree") as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        top = writer.new_directory()
        writer.group.new_directories.append((top, 1, 2, 0))
        made = []
        for number, (name, data) in enumerate(places):
            folder = writer.new_directory()
            writer.group.new_directories.append((folder, 1, 10 + number, 0))
            head = row(name, None, top, 1)
            writer.group.opened.append((*head[:2], 0o40755, *head[3:14], folder, *head[15:]))
            writer.group.opened.append(row(b"in " + name, put(writer, data), folder, 1, len(data)))
            made.append(folder)
        root(writer, top)
        shop.complete(writer)
    return top, made


def test_a_directory_goes_with_all_that_is_in_it(shop: Workshop) -> None:
    make_tree(shop, [(NAME, BYTES), (b"other", b"stays")])
    done = forget(shop, b"top/" + NAME)
    assert (done.rows, done.contents) == (2, 1)
    assert found(shop, NAME, BYTES[:50]) == []
    assert shop.rows("SELECT name FROM entries ORDER BY name") == [(b"in other",), (b"other",)]
    check(shop)


def test_a_directory_that_was_moved_keeps_what_it_held_elsewhere(shop: Workshop) -> None:
    top, (folder,) = make_tree(shop, [(NAME, b"old and kept")])
    with shop.running(name="moved") as writer:
        head = row(b"public", None, top, 2)
        writer.group.closed.append((1, top, NAME))
        writer.group.opened.append((*head[:2], 0o40755, *head[3:14], folder, *head[15:]))
        writer.group.opened.append(row(b"later", put(writer, b"later"), folder, 2, 5))
        root(writer, top)
        shop.complete(writer)
    forget(shop, b"top/" + NAME)
    rows = shop.rows("SELECT name, first_set, last_set FROM entries ORDER BY name")
    open_end = (1 << 63) - 1
    assert rows == [
        (b"in " + NAME, 2, open_end), (b"later", 2, open_end), (b"public", 2, open_end),
    ]  # fmt: skip
    with shop.reader() as reader:
        assert [one.name for one in reader.children(top, 1)] == []
    forget(shop, b"top/public/in " + NAME)
    assert found(shop, NAME, b"old and kept") == []
    check(shop)


def test_a_row_is_cut_where_the_path_was_elsewhere_before_and_after(shop: Workshop) -> None:
    """The directory was *public*, then the secret name, then *public* again."""
    top, (folder,) = make_tree(shop, [(b"public", b"content")])
    names = {2: (b"public", NAME), 3: (NAME, b"public")}
    for number, (old, new) in names.items():
        with shop.running(name=f"move {number}") as writer:
            head = row(new, None, top, number)
            writer.group.closed.append((number - 1, top, old))
            writer.group.opened.append((*head[:2], 0o40755, *head[3:14], folder, *head[15:]))
            root(writer, top)
            shop.complete(writer)
    forget(shop, b"top/" + NAME)
    assert found(shop, NAME) == []
    query = "SELECT first_set, last_set FROM entries WHERE name = x'696e207075626c6963'"
    assert shop.rows(f"{query} ORDER BY 1") == [(1, 1), (3, (1 << 63) - 1)]
    check(shop)


def test_a_root_itself_may_be_forgotten(shop: Workshop) -> None:
    shop.run(FILES, name="one", lineage=b"roots:other", label="other")
    with shop.running(name="two", lineage=b"roots:" + NAME, label=NAME.decode()) as writer:
        other = writer.new_directory()
        writer.group.new_directories.append((other, 1, 77, 0))
        writer.group.opened.append(row(b"x", put(writer, BYTES), other, 2, len(BYTES)))
        root(writer, other, NAME + b"/below")
        shop.complete(writer)
    assert forget(shop, NAME).rows == 1
    assert found(shop, NAME, BYTES[:50]) == []
    assert shop.rows("SELECT backup_set, path FROM roots") == [(1, b"top")]
    with shop.reader() as reader:
        assert reader.roots(2) == [] and shown(reader, 1) == FILES
    check(shop)


def test_a_root_that_is_a_single_file_may_be_forgotten(shop: Workshop) -> None:
    shop.run(FILES, name="one")
    with shop.running(name="two") as writer:
        folder = writer.new_directory()
        writer.group.new_directories.append((folder, 1, 78, 0))
        writer.group.opened.append(row(NAME, put(writer, BYTES), folder, 2, len(BYTES)))
        writer.group.roots.append((2, b"etc/" + NAME, NAME, folder, b"\x90"))
        shop.complete(writer)
    assert forget(shop, b"etc/" + NAME).rows == 1
    assert found(shop, NAME, BYTES[:50]) == []


def test_it_is_forgotten_from_a_classic_store(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "classic", scheme="classic").create()
    tell(shop)
    assert len(found(shop, *NEEDLES)) > 5
    before = everything(shop)
    done = forget(shop, b"top/" + NAME, b"top/" + NAME + b"-large")
    assert done.contents == 3 and not done.lost
    assert found(shop, *NEEDLES) == []
    assert everything(shop) == {number: FILES for number in before}
    assert "SECRET" not in (shop.home / "tardis.journal").read_text()
    names = {path.name for path in shop.home.glob("??/??/*")}
    assert len(names) == 4 and {name.partition(".")[2] for name in names} == {"", "meta"}
    check(shop)
    (shop.home / "tardis.db").unlink()
    for copy in shop.home.glob("tardis.db.*.gz"):
        copy.unlink()
    with closing(Rebuild(shop.place(), BOX)) as work:
        work.put(work.build())
    assert everything(shop) == {number: FILES for number in before}


@pytest.mark.guard(240)
def test_it_may_end_at_any_step(told: Workshop, tmp_path: Path) -> None:
    """The next call finishes what was begun; no set ever shows anything else."""
    wanted = {number: FILES for number in (1, 2, 3, 4)}
    paths = (b"top/" + NAME, b"top/" + NAME + b"-large")
    before = everything(told)
    (told.home / ".reserve").unlink()
    reached, stride = 0, counts(10, 1)
    while True:
        base = tmp_path / "now"
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(told.base, base)
        now = Workshop(base)
        if not ends_at(lambda now=now: forget(now, *paths), 1 + reached * stride, CALLS):  # type: ignore[misc]
            break
        is_begun = bool(now.rows("SELECT 1 FROM settings WHERE key = 'forgetting'"))
        seen = everything(now)
        assert seen == before or {one: seen[one] for one in wanted} == wanted
        if is_begun:
            forget(now)
        elif seen == before:
            forget(now, *paths)
        assert found(now, *NEEDLES) == []
        seen = everything(now)
        assert {one: seen[one] for one in wanted} == wanted
        check(now)
        reached += 1
    assert reached * stride > 40
