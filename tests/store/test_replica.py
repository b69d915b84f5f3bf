"""A copy of a store is a whole store, proved, whatever happens while it is made."""

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import IntegrityError, StoreBusyError, StoreError
from tardis.store import (
    Claim,
    DeltaKeeper,
    Place,
    Rebuild,
    Replicated,
    prune,
    replica,
    replicate_store,
)
from tardis.store.catalog import replicating
from tardis.store.catalog.connection import connect_plain
from tests.facilities import counts
from tests.store.fuse import CALLS, ends_at
from tests.store.workshop import BOX, Workshop, fill, put_large, row, shown

Files = dict[bytes, bytes]


@pytest.fixture
def copy(tmp_path: Path) -> Workshop:
    """Where the copy is to be."""
    return Workshop(tmp_path / "copy")


def replicate(shop: Workshop, copy: Workshop) -> Replicated:
    return replicate_store(shop.place(), copy.place(), BOX)


def add_large(shop: Workshop, data: bytes, name: str) -> None:
    with shop.running(name=name) as writer:
        fill(writer, {b"small": data[:9]})
        content = put_large(writer, data)
        writer.group.opened.append(row(b"large", content, 1, writer.number, len(data)))
        shop.complete(writer, name=name)


def everything(shop: Workshop) -> dict[int, Files]:
    with shop.reader() as reader:
        return {one.number: shown(reader, one.number) for one in reader.sets()}


def test_a_copy_is_a_whole_store(shop: Workshop, copy: Workshop) -> None:
    shop.run({b"a": b"alpha", b"b": b"beta"})
    add_large(shop, b"large" * 60_000, "large")
    done = replicate(shop, copy)
    assert (done.sets, done.last_set, done.files, done.damaged) == (2, 2, 1, 0)
    assert done.packs == 2 and done.proved == 4
    assert everything(copy) == everything(shop)
    assert copy.rows("PRAGMA integrity_check") == [("ok",)]
    assert (copy.home / "tardis.journal").read_bytes() == (
        shop.home / "tardis.journal"
    ).read_bytes()
    assert not list(copy.home.glob("*replicating*")) and not list(
        (copy.home / "packs" / "incoming").iterdir()
    )
    (copy.home / "tardis.db").unlink()
    with closing(Rebuild(copy.place(), BOX)) as work:
        work.put(work.build())
    assert everything(copy) == everything(shop)


def test_deltas_are_proved_once_all_they_stand_on_is_there(shop: Workshop, copy: Workshop) -> None:
    old = b"large" * 60_000
    new = old + b"changed"
    add_large(shop, old, "one")
    with shop.running(name="two") as writer, closing(DeltaKeeper(writer)) as keeper:
        [number] = writer.find_contents([digest(writer.key, old)]).values()
        basis = writer.ask.content(number)
        assert basis is not None
        upload = keeper.begin_delta(basis)
        delta = b"rs\x026" + b"\x4b\0\0" + len(old).to_bytes(4, "big") + b"\x07changed" + b"\0"
        upload.add(0, len(delta), delta)
        content = keeper.keep_delta(upload, digest(writer.key, new), len(new), basis)
        writer.group.opened.append(row(b"changed", content, 1, writer.number, len(new)))
        shop.complete(writer, name="two")
    done = replicate(shop, copy)
    assert (done.proved, done.damaged) == (3, 0)
    assert everything(copy) == everything(shop)


def test_only_what_is_new_is_copied(shop: Workshop, copy: Workshop) -> None:
    add_large(shop, b"large" * 60_000, "one")
    replicate(shop, copy)
    again = replicate(shop, copy)
    assert (again.packs, again.files, again.size_bytes, again.proved) == (0, 0, 0, 0)
    add_large(shop, b"other" * 60_000, "two")
    inode = next(copy.home.glob("??/*")).stat().st_ino
    done = replicate(shop, copy)
    assert (done.packs, done.files) == (2, 1)
    assert inode in {path.stat().st_ino for path in copy.home.glob("??/*")}
    assert everything(copy) == everything(shop)


def test_what_was_removed_goes_from_the_copy_too(shop: Workshop, copy: Workshop) -> None:
    for number in range(4):
        add_large(shop, b"%d" % number * 200_000, f"run {number}")
    replicate(shop, copy)
    with closing(shop.writer()) as writer:
        prune(writer, [1, 2, 3])
    done = replicate(shop, copy)
    assert done.sets == 1 and done.removed >= 4
    assert everything(copy) == everything(shop)
    assert {path.name for path in copy.home.glob("??/*")} == {
        path.name for path in shop.home.glob("??/*")
    }
    assert set(copy.packs()) == set(shop.packs())


def test_a_backup_may_go_on_meanwhile(shop: Workshop, copy: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    with shop.running(name="two") as writer:
        fill(writer, {b"a": b"changed"})
        writer.drain()
        done = replicate(shop, copy)
        assert (done.sets, done.last_set) == (1, 2)
        assert everything(copy)[1] == {b"a": b"alpha"}
        shop.complete(writer)
    replicate(shop, copy)
    assert everything(copy) == {1: {b"a": b"alpha"}, 2: {b"a": b"changed"}}


def test_the_catalog_is_read_in_steps(shop: Workshop, tmp_path: Path) -> None:
    """A commit in between lets it begin anew, so that the copy is of one moment."""
    shop.run({b"%d" % number: b"x%d" % number for number in range(3000)})
    steps: list[int] = []

    class Source:
        def backup(self, target: object, **more: object) -> None:
            with closing(connect_plain(str(shop.home / "tardis.db"), "ro")) as db:
                watch = more.pop("progress")
                assert callable(watch)

                def progress(status: int, left: int, total: int) -> None:
                    steps.append(left)
                    if len(steps) == 3:
                        shop.execute("INSERT INTO settings VALUES ('now', 1)")
                    watch(status, left, total)

                more["pages"] = min(int(str(more["pages"])), 20)
                db.backup(target, progress=progress, **more)  # type: ignore[arg-type]

    replicating.snapshot(Source(), str(tmp_path / "snap"))  # type: ignore[arg-type]
    with closing(connect_plain(str(tmp_path / "snap"), "ro")) as db:
        assert db.execute("SELECT value FROM settings WHERE key = 'now'").fetchone() == (1,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(steps) > 5


def test_a_purge_in_between_lets_it_begin_anew(
    shop: Workshop, copy: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        add_large(shop, b"%d" % number * 200_000, f"run {number}")
    whole, turns = replica._copy_head, [0]

    def purging(source: str, target: str, length: int) -> None:
        turns[0] += 1
        if turns[0] == 2:
            with closing(shop.writer()) as writer:
                prune(writer, [1, 2])
        whole(source, target, length)

    monkeypatch.setattr(replica, "_copy_head", purging)
    assert replicate(shop, copy).sets == 2
    assert everything(copy) == everything(shop)


def test_damage_is_told_and_not_taken_for_a_fault_of_the_copy(
    shop: Workshop, copy: Workshop
) -> None:
    shop.run({b"a": b"alpha", b"b": b"beta"})
    add_large(shop, b"large" * 60_000, "two")
    pack, place = shop.rows("SELECT pack, place FROM contents WHERE size = 5")[0]
    path = Path(shop.layout.pack(pack))
    data = bytearray(path.read_bytes())
    data[place + 97] ^= 1
    path.write_bytes(data)
    next(shop.home.glob("??/*")).unlink()
    done = replicate(shop, copy)
    assert done.damaged == 2 and done.sets == 2
    with copy.reader() as reader, pytest.raises(IntegrityError):
        shown(reader, 1)


def test_a_copy_that_cannot_be_read_back_is_refused(
    shop: Workshop, copy: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run({b"a": b"alpha"})
    whole = replica._copy_head

    def spoiling(source: str, target: str, length: int) -> None:
        whole(source, target, length)
        with open(target, "r+b") as file:
            file.seek(-3, os.SEEK_END)
            file.write(b"???")

    with monkeypatch.context() as patched:
        patched.setattr(replica, "_copy_head", spoiling)
        with pytest.raises(IntegrityError, match="read back"):
            replicate(shop, copy)
    assert not (copy.home / "tardis.db").exists()
    assert replicate(shop, copy).damaged == 0
    assert everything(copy) == everything(shop)
    shop.run({b"a": b"changed"}, name="next")
    with monkeypatch.context() as patched:
        patched.setattr(replica, "_copy_head", spoiling)
        with pytest.raises(IntegrityError, match="read back"):
            replicate(shop, copy)
    assert everything(copy) == {1: {b"a": b"alpha"}}  # the pack that it would replace is there


def test_another_store_is_never_overwritten(shop: Workshop, tmp_path: Path) -> None:
    shop.run({b"a": b"alpha"})
    other = Workshop(tmp_path / "other").create()
    with pytest.raises(StoreError, match="another store"):
        replicate(shop, other)
    with pytest.raises(StoreError, match="copy of itself"):
        replicate(shop, shop)


@pytest.fixture
def classic(tmp_path: Path) -> tuple[Workshop, Workshop]:
    """A classic store, and where its copy is to be."""
    shop = Workshop(tmp_path / "classic", scheme="classic").create()
    return shop, Workshop(tmp_path / "copy", scheme="classic")


def names(shop: Workshop) -> set[Path]:
    found = [*shop.home.glob("??/??/*"), *shop.home.glob("manifests/*")]
    return {path.relative_to(shop.home) for path in found}


def test_a_copy_of_a_classic_store_is_a_whole_one(classic: tuple[Workshop, Workshop]) -> None:
    shop, copy = classic
    shop.run({b"a": b"alpha", b"b": b"beta"})
    add_large(shop, b"large" * 60_000, "large")
    (shop.home / "ab").mkdir(exist_ok=True)
    done = replicate(shop, copy)
    assert (done.sets, done.files, done.proved, done.damaged) == (2, 4, 4, 0)
    assert everything(copy) == everything(shop) and names(copy) == names(shop)
    again = replicate(shop, copy)
    assert (again.files, again.size_bytes, again.proved, again.removed) == (0, 0, 0, 0)
    with closing(shop.writer()) as writer:
        prune(writer, [1])
    shop.run({b"a": b"gamma"}, name="last")
    done = replicate(shop, copy)
    assert done.removed >= 3 and names(copy) == names(shop)
    assert everything(copy) == everything(shop)
    (copy.home / "tardis.db").unlink()
    with closing(Rebuild(copy.place(), BOX)) as work:
        work.put(work.build())
    assert everything(copy) == everything(shop)


def test_what_stands_beside_another_file_of_one_name_comes_with_it(
    classic: tuple[Workshop, Workshop],
) -> None:
    """A content that went and came again may be sealed otherwise: then both are copied anew."""
    shop, copy = classic
    shop.run({b"a": b"alpha"})
    replicate(shop, copy)
    (note,) = shop.home.glob("??/??/*.meta")
    note.write_bytes(note.read_bytes() + b" ")
    inode = note.with_suffix("").stat().st_ino
    done = replicate(shop, copy)
    assert done.files == 1 and done.proved == 1
    assert (copy.home / note.relative_to(shop.home)).read_bytes() == note.read_bytes()
    assert inode == note.with_suffix("").stat().st_ino
    assert replicate(shop, copy).files == 0


def test_damage_of_a_classic_store_is_told(classic: tuple[Workshop, Workshop]) -> None:
    shop, copy = classic
    shop.run({b"a": b"alpha", b"b": b"beta"})
    one, *_ = (path for path in shop.home.glob("??/??/*") if not path.suffix)
    one.unlink()
    next(shop.home.glob("manifests/*")).write_bytes(b"x" * 9)
    assert replicate(shop, copy).damaged >= 2
    assert replicate(shop, copy).sets == 1


def test_a_store_that_is_being_encrypted_is_not_copied(classic: tuple[Workshop, Workshop]) -> None:
    shop, copy = classic
    (shop.home / "tardis.db.keys.sealing").touch()
    with pytest.raises(StoreError, match="is being encrypted"):
        replicate(shop, copy)


@pytest.mark.guard(120)
def test_a_copy_of_a_classic_store_may_end_at_any_step(classic: tuple[Workshop, Workshop]) -> None:
    shop, copy = classic
    shop.run({b"a": b"alpha"})
    replicate(shop, copy)
    add_large(shop, b"large" * 60_000, "large")
    old, new = everything(copy), everything(shop)
    for steps in range(3, 80, counts(11, 1)):
        ends_at(lambda: replicate(shop, copy), steps)
        assert everything(copy) in (old, new)
    replicate(shop, copy)
    assert everything(copy) == new and names(copy) == names(shop)


def test_a_copy_with_sets_of_its_own_is_never_overwritten(shop: Workshop, copy: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    replicate(shop, copy)
    copy.run({b"a": b"of the copy"}, name="own")
    with pytest.raises(StoreError, match="sets of its own"):
        replicate(shop, copy)
    shop.run({b"a": b"of the source"}, name="own")
    with pytest.raises(StoreError, match="sets of its own"):
        replicate(shop, copy)
    assert everything(copy)[2] == {b"a": b"of the copy"}


def test_a_copy_of_an_interrupted_set_is_brought_up_to_date_when_it_went_on(
    shop: Workshop, copy: Workshop
) -> None:
    """The run that goes on begins the set once more, under its number."""
    shop.run({b"a": b"alpha"})
    with shop.running(name="cut off", session="one") as writer:
        fill(writer, {b"b": b"beta"})
        writer.seal()
        writer.drain()
    assert replicate(shop, copy).sets == 1
    assert shop.run({b"b": b"beta"}, session="two").number == 2
    assert replicate(shop, copy).sets == 2
    assert everything(copy) == everything(shop)


def test_a_copy_that_is_being_written_is_left_alone(shop: Workshop, copy: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    replicate(shop, copy)
    with closing(copy.writer(Claim("a run"))), pytest.raises(StoreBusyError):
        replicate(shop, copy)


def test_the_copy_serves_when_the_store_is_gone(shop: Workshop, copy: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    replicate(shop, copy)
    shutil.rmtree(shop.base)
    assert copy.run({b"b": b"beta"}, name="next").number == 2
    assert everything(copy) == {1: {b"a": b"alpha"}, 2: {b"b": b"beta"}}


def test_catalogs_elsewhere_lie_in_the_copy_itself(tmp_path: Path, copy: Workshop) -> None:
    shop = Workshop(tmp_path / "base")
    place = Place(str(shop.base), db_dir=str(tmp_path / "catalogs"))
    shop.create(db_dir=str(tmp_path / "catalogs"))
    assert replicate_store(place, copy.place(), BOX).sets == 0
    assert (copy.home / "tardis.db").exists()


@pytest.mark.guard(240)
def test_it_may_end_at_any_step(shop: Workshop, tmp_path: Path) -> None:
    """The copy is the old state or the new one, and whole; the next call comes to its end."""
    add_large(shop, b"first" * 40_000, "one")
    old = Workshop(tmp_path / "old")
    replicate(shop, old)
    first = everything(old)
    add_large(shop, b"other" * 40_000, "two")
    add_large(shop, b"third" * 40_000, "three")
    with closing(shop.writer()) as writer:
        prune(writer, [2])
    root_of = tmp_path / "now"
    reached, stride = 0, counts(5, 1)
    while True:
        shutil.rmtree(root_of, ignore_errors=True)
        shutil.copytree(old.base, root_of)
        now = Workshop(root_of)
        steps = 1 + reached * stride
        if not ends_at(lambda now=now: replicate(shop, now), steps, CALLS):  # type: ignore[misc]
            break
        assert everything(now) in (first, everything(shop))
        replicate(shop, now)
        assert everything(now) == everything(shop)
        assert now.rows("PRAGMA integrity_check") == [("ok",)]
        reached += 1
    assert reached * stride > 15
