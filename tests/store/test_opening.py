"""Stores are made whole or not at all, and opened only when they are whole."""

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.model import NoSpaceError, SchemaError, StoreBusyError, StoreError
from tardis.store import (
    Claim,
    Flushers,
    Place,
    client_names,
    create_store,
    has_store,
    open_reader,
    open_writer,
)
from tardis.store import opening as module
from tardis.store.opening import RESERVE_BYTES
from tests.store.workshop import BOX, Workshop, descriptors


def tree_of(base: Path) -> list[str]:
    return sorted(str(path.relative_to(base)) for path in base.rglob("*")) if base.exists() else []


def test_a_store_is_made(shop: Workshop) -> None:
    assert tree_of(shop.home) == [
        ".reserve", ".tardis-skip", "packs", "packs/incoming", "tardis.db", "tardis.db.keys",
        "tardis.lock",
    ]  # fmt: skip
    assert (shop.home / ".reserve").stat().st_size == RESERVE_BYTES
    assert (shop.home / ".reserve").stat().st_blocks * 512 >= RESERVE_BYTES
    assert has_store(shop.place(), BOX) and client_names(shop.place()) == [BOX]
    with shop.reader() as reader:
        assert reader.sets() == [] and reader.repository().scheme == "modern"


def test_a_store_is_not_made_twice(shop: Workshop) -> None:
    keys = (shop.home / "tardis.db.keys").read_bytes()
    with pytest.raises(StoreError, match="already"):
        shop.create()
    assert (shop.home / "tardis.db.keys").read_bytes() == keys


def test_catalogs_may_lie_in_a_directory_of_their_own(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "base"), db_dir=str(tmp_path / "fast"), skip_name="")
    create_store(place, BOX)
    assert tree_of(tmp_path / "fast") == [BOX, f"{BOX}/tardis.db", f"{BOX}/tardis.db.keys"]
    open_writer(place, BOX, Claim("x"), Flushers()).close()
    assert not has_store(Place(str(tmp_path / "base2")), BOX)


def test_a_directory_that_is_not_mounted_is_no_new_store(tmp_path: Path) -> None:
    """The catalogs are away, the contents are here: nobody may begin from nothing."""
    place = Place(str(tmp_path / "base"), db_dir=str(tmp_path / "fast"))
    create_store(place, BOX)
    open_writer(place, BOX, Claim("x"), Flushers()).close()
    shutil.move(tmp_path / "fast", tmp_path / "away")
    assert has_store(place, BOX)
    with pytest.raises(StoreError, match="already"):
        create_store(place, BOX)
    with pytest.raises(StoreError, match="its contents are there") as caught:
        open_writer(place, BOX, Claim("x"), Flushers())
    assert "sonic recover" in caught.value.hint


def test_a_private_store_cannot_be_looked_into(tmp_path: Path) -> None:
    create_store(Place(str(tmp_path / "base")), BOX, private=True)
    for path in (tmp_path / "base", tmp_path / "base" / BOX):
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_missing_schema_is_found_before_anything_is_made(tmp_path: Path) -> None:
    base = tmp_path / "base"
    with pytest.raises(StoreError, match="cannot read the schema"):
        create_store(Place(str(base), schema=str(tmp_path / "none.sql")), BOX)
    assert not base.exists()


def test_a_schema_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "odd.sql").write_text("CREATE TABLE half (a INTEGER);\nrubbish;\n")
    with pytest.raises(StoreError):
        create_store(Place(str(tmp_path / "base"), schema=str(tmp_path / "odd.sql")), BOX)
    assert not (tmp_path / "base").exists()


def test_an_administrators_own_schema_is_used(tmp_path: Path) -> None:
    ours = Path(module.__file__).parents[2] / "schema" / "tardis.sql"
    (tmp_path / "own.sql").write_text(ours.read_text() + "CREATE TABLE own (a INTEGER);\n")
    place = Place(str(tmp_path / "base"), schema=str(tmp_path / "own.sql"))
    create_store(place, BOX)
    assert Workshop(tmp_path / "base").rows("SELECT * FROM own") == []


STEPS = ("mkdir", "_make_reserve", "write_keys", "create_catalog", "sync_file", "rename")


def failing(step: str, error: BaseException) -> tuple[object, str, Callable[..., None]]:
    def fail(*_: object, **__: object) -> None:
        raise error

    owner = os if step in ("mkdir", "rename") else module
    return owner, step, fail


@pytest.mark.parametrize("existed", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_left_when_a_step_fails(
    tmp_path: Path, step: str, existed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / "base"
    if existed:
        (base / BOX).mkdir(parents=True)
        (base / BOX / "notes.txt").write_text("the administrator's")
    before, open_before = tree_of(tmp_path), descriptors()
    place = Place(str(base), db_dir=str(tmp_path / "fast"))
    with monkeypatch.context() as patched:
        patched.setattr(*failing(step, OSError(errno.ENOSPC, "full")))
        with pytest.raises(NoSpaceError):
            create_store(place, BOX)
    assert tree_of(tmp_path) == before and descriptors() == open_before
    create_store(place, BOX)
    open_writer(place, BOX, Claim("x"), Flushers()).close()


class Killed(BaseException):
    """Stands for the end of the process: nothing is undone."""


@pytest.mark.parametrize("step", STEPS)
def test_a_making_that_was_killed_is_made_up_for(
    empty: Workshop, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if child == 0:
        owner, name, _ = failing(step, Killed())
        setattr(owner, name, lambda *_, **__: os._exit(9))
        empty.create()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not has_store(empty.place(), BOX) and client_names(empty.place()) == []
    with pytest.raises(StoreError, match="no store here"):
        empty.writer()
    empty.create()
    empty.run({b"a": b"one"})
    with empty.reader() as reader:
        assert len(reader.sets()) == 1


def test_a_power_cut_that_took_the_catalog_of_an_empty_store(shop: Workshop) -> None:
    (shop.home / "tardis.db").unlink()
    assert not has_store(shop.place(), BOX)
    shop.create().run({b"a": b"one"})


def test_a_catalog_without_keys_and_contents_is_somebodys(shop: Workshop) -> None:
    """They may lie on a file system that is not mounted now."""
    (shop.home / "tardis.db.keys").unlink()
    assert has_store(shop.place(), BOX)
    with pytest.raises(StoreError):
        shop.create()


def test_a_store_whose_catalog_is_empty_was_never_made(shop: Workshop) -> None:
    (shop.home / "tardis.db").write_bytes(b"")
    assert not has_store(shop.place(), BOX)
    shop.create()


@pytest.mark.parametrize("lost", ["tardis.db", "tardis.db.keys"])
def test_a_store_in_use_is_never_made_anew(shop: Workshop, lost: str) -> None:
    shop.run({b"a": b"one"})
    (shop.home / lost).unlink()
    assert has_store(shop.place(), BOX)
    with pytest.raises(StoreError, match="already"):
        shop.create()
    with pytest.raises(StoreError):
        shop.writer()


def test_two_that_make_one_store_do_not_meet(
    empty: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, going_on = threading.Event(), threading.Event()
    whole = module.create_catalog

    def slow(path: str, script: str | None) -> None:
        inside.set()
        assert going_on.wait(20)
        whole(path, script)

    monkeypatch.setattr(module, "create_catalog", slow)
    first = threading.Thread(target=empty.create)
    first.start()
    assert inside.wait(20)
    with pytest.raises(StoreBusyError, match="making the store of box"):
        empty.create()
    going_on.set()
    first.join(20)
    with pytest.raises(StoreError, match="already"):
        empty.create()
    empty.run({b"a": b"one"})


@pytest.mark.tmpfs
def test_a_disk_too_small_for_a_store(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=True)
    try:
        with pytest.raises(NoSpaceError):
            create_store(Place(str(place / "base")), BOX)
        assert tree_of(place) == []
    finally:
        subprocess.run(["umount", place], check=True)


def test_clients_are_the_directories_with_a_store(shop: Workshop) -> None:
    create_store(shop.place(), "another")
    (shop.base / "notes.txt").write_text("x")
    (shop.base / "empty").mkdir()
    (shop.base / ".server").mkdir()
    assert client_names(shop.place()) == ["another", BOX]
    assert client_names(Place(str(shop.base / "none"))) == []


def test_no_store_no_reader(empty: Workshop) -> None:
    with pytest.raises(StoreError, match="no backup store at"):
        open_reader(empty.place(), BOX)


def test_a_writer_that_cannot_be_opened_holds_nothing(shop: Workshop) -> None:
    shop.writer().close()
    before = descriptors()
    shop.execute("UPDATE migrations SET number = 99")
    with pytest.raises(SchemaError):
        shop.writer()
    assert descriptors() == before
    shop.execute("UPDATE migrations SET number = 1")
    shop.writer().close()
    (shop.home / "tardis.db").write_bytes(b"no catalog at all" * 100)
    with pytest.raises(StoreError, match="damaged") as caught:
        shop.writer()
    assert "tardis.db.DATE-TIME.gz" in caught.value.hint
