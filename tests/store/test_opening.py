"""A store is made whole or not at all, and never over another."""

import errno
import os
import shutil
import signal
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import NoSpaceError, SchemaError, StoreBusyError, StoreError
from tardis.store import (
    Claim,
    client_names,
    create_store,
    has_store,
    open_reader,
    open_writer,
    opening,
    read_schema,
)
from tardis.store.flush import sync_file
from tardis.store.keys import read_keys
from tardis.store.lock import WriterLock
from tests.store.workshop import BOX, CLAIM, Workshop, descriptors

SCHEMA = Path(__file__).parents[2] / "schema" / "tardis.sql"
PARTS = [".reserve", ".tardis-skip", "packs", "tardis.db", "tardis.db.keys", "tardis.lock"]
PATIENCE = 30


@pytest.fixture
def small_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


def everything(place: Path) -> dict[str, bytes]:
    """Return all below *place*: names, and what is in the files."""
    return {
        str(path.relative_to(place)): path.read_bytes() if path.is_file() else b"directory"
        for path in place.rglob("*")
    }


def in_child(work: Callable[[], None]) -> int:
    """Do *work* in a process of its own; return its wait status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def killed_before(step: int, below: Path) -> None:
    """Let this process be killed before its *step*-th touch of a file *below* a directory."""
    left = step

    def watch(_: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if any(isinstance(arg, str) and arg.startswith(str(below)) for arg in args):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def test_a_new_store_has_all_parts_and_no_more(shop: Workshop) -> None:
    assert sorted(os.listdir(shop.home)) == PARTS
    assert os.listdir(shop.layout.packs) == ["incoming"]
    assert os.listdir(shop.base) == [BOX]


def test_a_new_store_can_be_written_and_read(shop: Workshop) -> None:
    done = shop.run({b"a": b"one"})
    with shop.reader() as reader:
        assert [one.number for one in reader.sets()] == [done.number]
        assert reader.repository() == read_keys(shop.layout.keys).repository


def test_two_stores_have_different_keys(shop: Workshop) -> None:
    create_store(shop.place(), "other")
    one, other = (read_keys(shop.place().layout(name).keys).repository for name in (BOX, "other"))
    assert one.id != other.id and one.digest_key != other.digest_key


def test_the_reserve_is_real_space(shop: Workshop) -> None:
    found = os.stat(shop.layout.reserve)
    assert found.st_size == opening.RESERVE_BYTES
    assert found.st_blocks * 512 >= opening.RESERVE_BYTES


@pytest.mark.usefixtures("small_reserve")
def test_every_part_may_have_another_name_or_place(empty: Workshop, tmp_path: Path) -> None:
    place = empty.place(
        db_name="catalog", db_dir=str(tmp_path / "fast"), journal="diary", skip_name=".nobackup"
    )
    create_store(place, BOX)
    assert sorted(os.listdir(empty.home)) == [".nobackup", ".reserve", "packs", "tardis.lock"]
    assert sorted(os.listdir(tmp_path / "fast" / BOX)) == ["catalog", "catalog.keys"]
    open_writer(place, BOX, CLAIM, empty.flushers).close()
    assert (empty.home / "diary").exists()
    open_reader(place, BOX).close()
    assert client_names(place) == [BOX]


@pytest.mark.usefixtures("small_reserve")
def test_without_a_skip_name_there_is_no_skip_file(empty: Workshop) -> None:
    empty.create(skip_name="")
    assert sorted(os.listdir(empty.home)) == [part for part in PARTS if part != ".tardis-skip"]


@pytest.mark.usefixtures("small_reserve")
@pytest.mark.parametrize("private, mode", [(True, 0o700), (False, 0o755)])
def test_a_private_store_is_its_owners_only(empty: Workshop, private: bool, mode: int) -> None:
    before = os.umask(0o022)
    try:
        create_store(empty.place(), BOX, private=private)
    finally:
        os.umask(before)
    assert stat.S_IMODE(empty.home.stat().st_mode) == mode


def test_an_existing_store_is_refused_and_left_alone(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    before = everything(shop.base)
    with pytest.raises(StoreError, match="the client box has a store already"):
        shop.create()
    assert everything(shop.base) == before


@pytest.mark.parametrize("with_packs", [True, False])
def test_a_catalog_without_keys_is_never_made_anew(shop: Workshop, with_packs: bool) -> None:
    shop.run({b"a": b"one"})
    os.unlink(shop.layout.keys)
    if not with_packs:  # they may lie on a file system that is not mounted now
        shutil.rmtree(shop.layout.packs)
    before = everything(shop.base)
    with pytest.raises(StoreError, match="has a store already"):
        shop.create()
    with pytest.raises(StoreError, match="or its keys are gone") as caught:
        shop.writer()
    assert "sonic recover" in caught.value.hint
    assert everything(shop.base) == before
    assert client_names(shop.place()) == [BOX]


@pytest.mark.parametrize("is_emptied", [True, False])
def test_packs_without_a_catalog_are_never_made_anew(shop: Workshop, is_emptied: bool) -> None:
    shop.run({b"a": b"one"})
    if is_emptied:
        os.truncate(shop.layout.database, 0)
    else:
        os.unlink(shop.layout.database)
    before = everything(shop.base)
    with pytest.raises(StoreError, match="has a store already"):
        shop.create()
    with pytest.raises(StoreError, match="its contents are there"):
        shop.writer()
    assert everything(shop.base) == before
    assert has_store(shop.place(), BOX)


def test_a_schema_that_is_missing_leaves_nothing(empty: Workshop, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot read the schema") as caught:
        empty.create(schema=str(tmp_path / "none.sql"))
    assert "Leave Schema unset" in caught.value.hint
    assert not empty.base.exists()


@pytest.mark.usefixtures("small_reserve")
@pytest.mark.parametrize("has_base", [True, False])
@pytest.mark.parametrize("script", ["CREATE TABLE one (two);", "no SQL at all;", "SELECT 'open"])
def test_a_schema_that_is_none_leaves_nothing(
    empty: Workshop, tmp_path: Path, has_base: bool, script: str
) -> None:
    if has_base:
        empty.base.mkdir()
    (tmp_path / "bad.sql").write_text(script)
    before = descriptors()
    with pytest.raises(StoreError, match="cannot be used"):
        empty.create(schema=str(tmp_path / "bad.sql"))
    assert empty.base.exists() is has_base
    assert not has_base or os.listdir(empty.base) == []
    assert descriptors() == before
    empty.create()


@pytest.mark.usefixtures("small_reserve")
def test_of_a_base_of_many_new_directories_nothing_is_left_either(tmp_path: Path) -> None:
    deep = Workshop(tmp_path / "a" / "b" / "c")
    (tmp_path / "bad.sql").write_text("no SQL;")
    with pytest.raises(StoreError, match="cannot be used"):
        deep.create(schema=str(tmp_path / "bad.sql"))
    assert os.listdir(tmp_path) == ["bad.sql"]
    deep.create()


@pytest.mark.usefixtures("small_reserve")
def test_a_schema_of_the_administrators_own_is_used(empty: Workshop, tmp_path: Path) -> None:
    script = tmp_path / "own.sql"
    script.write_text(SCHEMA.read_text() + "\nCREATE TABLE own (note TEXT) STRICT;\n")
    assert read_schema(empty.place(schema=str(script))) == script.read_text()
    empty.create(schema=str(script))
    assert empty.rows("SELECT count(*) FROM own") == [(0,)]
    empty.writer().close()


def test_without_a_schema_of_their_own_ours_is_used(empty: Workshop) -> None:
    assert read_schema(empty.place()) is None


@pytest.mark.usefixtures("small_reserve")
@pytest.mark.parametrize(
    "step",
    [
        "tardis.store.opening.Path.touch",
        "tardis.store.opening.write_keys",
        "tardis.store.opening.create_catalog",
        "tardis.store.opening.sync_file",
        "os.posix_fallocate",
        "os.fsync",
        "os.rename",
    ],
)
@pytest.mark.parametrize("number, kind", [(errno.ENOSPC, NoSpaceError), (errno.EIO, StoreError)])
def test_a_disk_that_fails_leaves_nothing(
    empty: Workshop, monkeypatch: pytest.MonkeyPatch, step: str, number: int, kind: type[StoreError]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    before = descriptors()
    with monkeypatch.context() as patched:
        patched.setattr(step, fail)
        with pytest.raises(kind) as caught:
            empty.create()
    assert type(caught.value) is kind
    assert not empty.base.exists()
    assert descriptors() == before
    empty.create().reader().close()


@pytest.mark.usefixtures("small_reserve")
def test_what_others_have_there_outlives_a_failed_start(
    empty: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty.home.mkdir(parents=True)
    (empty.home / "notes").write_bytes(b"mine")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(opening, "create_catalog", interrupt)
        with pytest.raises(KeyboardInterrupt):
            empty.create()
    assert everything(empty.base) == {BOX: b"directory", f"{BOX}/notes": b"mine"}
    empty.create()
    assert sorted(os.listdir(empty.home)) == sorted([*PARTS, "notes"])


@pytest.mark.guard(240)
@pytest.mark.usefixtures("small_reserve")
def test_a_start_that_was_killed_anywhere_is_no_store_and_can_be_made_again(
    tmp_path: Path,
) -> None:
    """Killed before each touch of a file, until one start gets through."""
    status, step, whole = -1, 0, 0
    while status != 0:
        step += 1
        shop = Workshop(tmp_path / str(step))

        def begin(shop: Workshop = shop, step: int = step) -> None:
            killed_before(step, shop.base)
            shop.create()

        status = in_child(begin)
        assert status in (0, signal.SIGKILL)
        if has_store(shop.place(), BOX):  # it has got its name, which comes last
            whole += 1
            assert client_names(shop.place()) == [BOX]
        else:
            assert client_names(shop.place()) == []
            with pytest.raises(StoreError, match="has no store here"):
                shop.writer()
            shop.create()
        assert sorted(os.listdir(shop.home)) == PARTS
        shop.writer().close()
    assert step > 10 and whole > 0


@pytest.mark.usefixtures("small_reserve")
def test_a_store_whose_catalog_has_its_name_is_whole(
    empty: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = sync_file, os.rename

    def synced(path: str) -> None:
        steps.append(f"flush {os.path.basename(path)}")
        sync(path)

    def renamed(old: str, new: str) -> None:
        assert sorted(os.listdir(empty.home)) == sorted(
            name.replace("tardis.db", "tardis.db.new") if name == "tardis.db" else name
            for name in PARTS
        )
        steps.append(f"rename {os.path.basename(new)}")
        rename(old, new)

    monkeypatch.setattr(opening, "sync_file", synced)
    monkeypatch.setattr(os, "rename", renamed)
    empty.create()
    *before, name, after = steps
    assert sorted(before) == ["flush box", "flush incoming", "flush packs", "flush tardis.db.new"]
    assert (name, after) == ("rename tardis.db", "flush tardis.db")


@pytest.mark.usefixtures("small_reserve")
def test_a_store_that_somebody_else_is_making_is_busy(empty: Workshop) -> None:
    empty.home.mkdir(parents=True)
    lock = WriterLock(empty.layout.lock)
    lock.take("making it elsewhere")
    with pytest.raises(StoreBusyError, match="making it elsewhere"):
        empty.create()
    assert os.listdir(empty.home) == ["tardis.lock"]
    lock.close()
    empty.create()


@pytest.mark.usefixtures("small_reserve")
def test_of_many_who_make_a_store_at_once_one_does(empty: Workshop) -> None:
    together = threading.Barrier(4)
    made: list[str] = []
    refused: list[StoreError] = []
    empty.base.mkdir()

    def make() -> None:
        together.wait(PATIENCE)
        try:
            empty.create()
        except StoreError as error:
            refused.append(error)
        else:
            made.append("made")

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert made == ["made"] and len(refused) == 3
    empty.writer().close()


@pytest.mark.usefixtures("small_reserve")
def test_clients_are_those_who_have_a_store(empty: Workshop) -> None:
    place = empty.place()
    for name in ("zebra", "ant", "Ähre"):
        create_store(place, name)
    for name in ("lost+found", "new", ".server"):
        (empty.base / name).mkdir()
    (empty.base / "new" / "tardis.db").touch()
    (empty.base / "notes").write_text("a file")
    assert client_names(place) == ["ant", "zebra", "Ähre"]


def test_where_there_is_no_base_there_are_no_clients(empty: Workshop) -> None:
    assert client_names(empty.place()) == []
    assert not empty.base.exists()


def test_what_holds_nothing_is_no_store(empty: Workshop) -> None:
    empty.home.mkdir(parents=True)
    assert not has_store(empty.place(), BOX)
    (empty.home / "tardis.db.keys").write_text("left over")
    (empty.home / "tardis.db").touch()
    os.makedirs(empty.layout.incoming)
    Path(empty.layout.incoming, "half").touch()
    assert not has_store(empty.place(), BOX)
    Path(empty.layout.pack(1)).touch()
    assert has_store(empty.place(), BOX)


@pytest.mark.parametrize("name", ["", ".", "..", ".server", "a/b", "a\0b"])
def test_a_name_that_no_client_may_have_is_refused(shop: Workshop, name: str) -> None:
    before = sorted(everything(shop.base))
    for use in (
        lambda: create_store(shop.place(), name),
        lambda: has_store(shop.place(), name),
        lambda: open_reader(shop.place(), name).close(),
        lambda: open_writer(shop.place(), name, CLAIM, shop.flushers).close(),
    ):
        with pytest.raises(StoreError, match="cannot be a file name"):
            use()
    assert sorted(everything(shop.base)) == before


def test_a_client_without_a_store_is_told_how_to_get_one(empty: Workshop) -> None:
    with pytest.raises(StoreError, match="the client box has no store here") as caught:
        empty.writer()
    assert "--create" in caught.value.hint
    with pytest.raises(StoreError, match="no backup store") as caught:
        empty.reader()
    assert "--create" in caught.value.hint
    assert not empty.base.exists()


def test_a_second_writer_is_told_who_the_first_is(shop: Workshop) -> None:
    before = descriptors()
    with closing(shop.writer(Claim("the nightly run"))):
        held = descriptors()
        with pytest.raises(StoreBusyError, match=r"since 20.*\(the nightly run\)"):
            shop.writer()
        assert descriptors() == held
        shop.reader().close()  # looking goes on meanwhile
    assert descriptors() - before <= {str(shop.home)}  # what the flusher keeps
    shop.writer().close()


def test_a_forced_writer_that_loses_its_patience_is_refused(shop: Workshop) -> None:
    with closing(shop.writer()) as first:
        assert not first.is_wished_away()
        with pytest.raises(StoreBusyError):
            shop.writer(Claim("forced", is_forced=True, patience=0.0))
        assert first.is_wished_away()


def test_a_store_that_cannot_be_opened_is_free_for_the_next_one(shop: Workshop) -> None:
    keys = Path(shop.layout.keys)
    good = keys.read_bytes()
    shop.writer().close()
    before = descriptors()
    keys.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="damaged"):
        shop.writer()
    keys.write_bytes(good)
    shop.execute("UPDATE migrations SET number = number + 1")
    with pytest.raises(SchemaError, match="newer"):
        shop.writer()
    shop.execute("UPDATE migrations SET number = number - 1")
    Path(shop.layout.journal).unlink()
    Path(shop.layout.journal).mkdir()
    with pytest.raises(StoreError, match="cannot use"):
        shop.writer()
    Path(shop.layout.journal).rmdir()
    assert descriptors() == before
    shop.writer().close()


def test_a_file_of_noise_is_a_damaged_catalog(shop: Workshop) -> None:
    Path(shop.layout.database).write_bytes(b"noise" * 5000)
    with pytest.raises(StoreError, match="damaged"):
        shop.writer()
    with pytest.raises(StoreError, match="damaged"):
        shop.reader()


def test_a_foreign_catalog_is_not_touched(shop: Workshop) -> None:
    os.unlink(shop.layout.database)
    with closing(sqlite3.connect(shop.layout.database)) as db, db:
        db.execute("CREATE TABLE songs (name)")
    before = Path(shop.layout.database).read_bytes()
    for use in (shop.writer, shop.reader, shop.create):
        with pytest.raises(StoreError):
            use()
    assert Path(shop.layout.database).read_bytes() == before
