"""A classic store: a file for each content, and the same promises."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import CLASSIC, IntegrityError, StoreError
from tardis.store import classic, flush, prune
from tardis.store.keys import new_keys, read_keys, write_keys
from tardis.store.sets import write_full_manifest
from tardis.streams import Codec, compress
from tardis.streams.whole import StreamCompressor
from tests import collisions
from tests.store.workshop import BOX, Workshop, fill, name_of, put, put_large, row, shown

BIG = b"large " * 400_000


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path / "base", scheme=CLASSIC).create()


def contents(shop: Workshop) -> list[str]:
    """Return the names of all contents' files."""
    return sorted(path.name for path in shop.home.glob("??/??/*"))


def test_a_classic_store_has_no_packs(shop: Workshop) -> None:
    shop.run({b"a": b"one", b"b": b"two"})
    assert not (shop.home / "packs").exists()
    assert read_keys(shop.layout.keys).repository.scheme == CLASSIC
    assert shop.rows("SELECT value FROM settings WHERE key = 'scheme'") == [(CLASSIC,)]
    name = "f97c5d29941bfb1b2fdab0874906ab82"
    assert (shop.home / "f9" / "7c" / name).read_bytes() == b"one"
    assert json.loads((shop.home / "f9" / "7c" / f"{name}.meta").read_text())["size"] == 3
    assert shop.rows("SELECT DISTINCT pack FROM contents") == [(None,)]
    assert sorted(os.listdir(shop.home / "manifests")) == ["1-0", "1-1"]
    assert shop.rows("SELECT sequence, pack, place FROM manifests") == [(0, None, 0), (1, None, 1)]
    assert os.listdir(shop.home / "tmp") == []


@pytest.mark.parametrize("codec", list(Codec))
def test_contents_are_one_stream_each(shop: Workshop, codec: Codec) -> None:
    data = b"plain " * 1000
    with shop.running() as writer:
        fill(writer, {})
        small = put(writer, data, codec, compress(codec, data))
        upload = writer.begin_large()
        pieces = [BIG[: 1 << 20], BIG[1 << 20 : 2 << 20], BIG[2 << 20 :]]
        if codec == Codec.NONE:
            stored = pieces
        else:
            stream = StreamCompressor(codec)
            stored = [stream.compress(piece) for piece in pieces]
            stored[-1] += stream.finish()
        for piece, part in zip(pieces, stored, strict=True):
            upload.add(codec, len(piece), part)
        upload.prove(name_of(writer, BIG), len(BIG))
        large = writer.keep_large(upload, name_of(writer, BIG))
        writer.group.opened.append(row(b"a", small, 1, 1, len(data)))
        writer.group.opened.append(row(b"b", large, 1, 1, len(BIG)))
        shop.complete(writer)
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": data, b"b": BIG}
        found = reader.contents([large])[large]
        assert found.codec == codec and found.stored == sum(map(len, stored))
        with closing(reader.open(found)) as content:
            for offset, length in ((7, 9), (2_000_000, 50), (1_000_000, 5), (0, 3), (1 << 30, 1)):
                assert content.read_at(offset, length) == BIG[offset : offset + length]


def test_contents_of_one_md5_are_two(shop: Workshop) -> None:
    files = {b"a": collisions.ONE, b"b": collisions.OTHER, b"c": collisions.ONE}
    shop.run(files)
    with shop.reader() as reader:
        assert shown(reader, 1) == files
    name = "79054025255fb1a26e4bc422aef54eb4"
    assert contents(shop) == [name, f"{name}-1", f"{name}-1.meta", f"{name}.meta"]
    shop.run(files | {b"d": collisions.OTHER})
    assert shop.rows("SELECT count(*) FROM contents") == [(2,)]


def test_what_a_killed_run_left_is_not_trusted_and_not_touched(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        put_large(writer, BIG)
        writer.push()
        writer._backlog.wait(writer._backlog.mark())
        writer.begin_large().add(0, 3, b"cut")
    left = {path: path.read_bytes() for path in shop.home.glob("??/??/*")}
    assert len(left) == 4
    for path in left:
        path.write_bytes(b"rubbish")
    (shop.home / "manifests" / "1-0").write_bytes(b"rubbish")
    shop.run({b"a": b"one"})
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"one"}
    assert {path.read_bytes() for path in left} == {b"rubbish"}
    assert (shop.home / "manifests" / "1-0").read_bytes() == b"rubbish"
    assert shop.rows("SELECT place FROM contents") == [(1,)]
    assert os.listdir(shop.home / "tmp") == []


def test_a_damaged_content_gets_a_new_file_and_the_old_is_doomed(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    shop.execute("UPDATE contents SET is_damaged = 1")
    with shop.running() as writer:
        assert put(writer, b"one") == 1
        writer.drain()
    assert shop.rows("SELECT pack, place, is_damaged FROM contents") == [(None, 1, 0)]
    assert shop.rows("SELECT pack, place FROM doomed") == [(None, 0)]


@pytest.mark.parametrize(
    "size, codec, data",
    [(3, 0, b"two"), (3, 9, b"one"), (3, 1, b"rubbish"), (3, 1, compress(1, b"ones"))],
)
def test_a_content_that_is_not_what_it_says_is_never_committed(
    shop: Workshop, size: int, codec: int, data: bytes
) -> None:
    with shop.running() as writer:
        writer.add_small(name_of(writer, b"one"), size, codec, data)
        with pytest.raises(IntegrityError):
            writer.drain()
    assert shop.rows("SELECT count(*) FROM contents") == [(0,)]


@pytest.mark.parametrize(
    "parts",
    [
        [(0, 3, b"one"), (1, 3, b"one")],
        [(0, 3, b"four")],
        [(0, 4, b"one")],
        [(1, 3, compress(1, bytes(5 << 20)))],
        [(1, 3, compress(1, b"one")), (1, 3, compress(1, b"one"))],
        [(1, 3, compress(1, b"one")[:-2])],
        [(9, 3, b"one")],
    ],
    ids=["codecs", "longer", "shorter", "bomb", "two streams", "cut", "unknown"],
)
def test_an_upload_that_is_not_what_it_says_leaves_nothing(
    shop: Workshop, parts: list[tuple[int, int, bytes]]
) -> None:
    with shop.running() as writer:
        upload = writer.begin_large()
        with pytest.raises(IntegrityError):
            for codec, size, data in parts:
                upload.add(codec, size, data)
            upload.prove(name_of(writer, b"one"), upload.size)
            writer._backlog.wait(writer._backlog.mark())
        upload.abandon()
    assert contents(shop) == [] and os.listdir(shop.home / "tmp") == []


@pytest.mark.parametrize("codec", [Codec.NONE, Codec.ZLIB])
def test_every_damage_to_a_content_is_found(shop: Workshop, codec: Codec) -> None:
    data = bytes(range(200)) * 3
    with shop.running() as writer:
        fill(writer, {})
        number = put(writer, data, codec, compress(codec, data))
        shop.complete(writer)
    (path,) = (path for path in shop.home.glob("??/??/*") if path.suffix != ".meta")
    good = path.read_bytes()
    spoilt = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in range(len(good))]
    for bad in (*spoilt, good[:-1], good + b"x", b""):
        path.write_bytes(bad)
        with shop.reader() as reader:
            content = reader.contents([number])[number]
            with pytest.raises(IntegrityError):
                reader.read_small(content)
            with pytest.raises(IntegrityError), closing(reader.open(content)) as found:
                found.read_at(0, 1)
    path.unlink()
    with shop.reader() as reader, pytest.raises(IntegrityError, match="cannot be read"):
        reader.open(reader.contents([number])[number])


def test_the_journal_begins_as_documented(shop: Workshop) -> None:
    with shop.running() as writer:
        put(writer, b"one" * 2000, 2, compress(2, b"one" * 2000))
        put(writer, b"two")
        writer.drain()
    one, two = Path(shop.layout.journal).read_text().splitlines()[1:]
    assert two.startswith("b8a9f715dbb64fd5c56e7783c6820a61::0:None:file-0:3:3:")
    assert one.split(":")[1:6] == ["", "0", "bzip", "file-0", "6000"]


def test_all_files_and_directories_are_flushed_where_each_is_flushed_alone(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "can_syncfs", lambda directory: False)
    synced: list[str] = []
    monkeypatch.setattr(flush, "_sync_one", synced.append)
    shop.flushers = flush.Flushers()
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        content = put_large(writer, BIG)
        writer.group.opened.append(row(b"b", content, 1, 1, len(BIG)))
        shop.complete(writer)
    made = {str(path) for path in (*shop.home.glob("??/??/*"), *shop.home.glob("manifests/*"))}
    folders = {str(path) for path in (*shop.home.glob("??"), *shop.home.glob("??/??"))}
    assert len(made) == 6
    assert made | folders | {str(shop.home), str(shop.home / "manifests")} <= set(synced)


def test_full_manifests_are_files_too(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tardis.store.sets.FULL_EVERY", 1)
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        shop.complete(writer)
        write_full_manifest(writer)
    rows = shop.rows("SELECT place, stored FROM manifests ORDER BY place")
    files = sorted((shop.home / "manifests").iterdir(), key=lambda path: int(path.name[2:]))
    assert rows == [(int(path.name[2:]), path.stat().st_size) for path in files]
    assert len(files) == 10  # two of the set, seven of tables with rows, the end


@pytest.mark.parametrize("keep", ["manifests", "79"])
def test_contents_without_a_catalog_are_somebodys_data(shop: Workshop, keep: str) -> None:
    shop.run({b"a": collisions.ONE})
    os.unlink(shop.layout.database)
    for path in shop.home.iterdir():
        if path.is_dir() and path.name != keep:
            os.rename(path, shop.base / f".{path.name}")
    with pytest.raises(StoreError, match="its contents are there"):
        shop.writer()
    with pytest.raises(StoreError, match="has a store already"):
        shop.create()


def test_keys_of_another_scheme_are_refused(shop: Workshop) -> None:
    write_keys(shop.layout.keys, new_keys())
    for opened in (shop.writer, shop.reader):
        with pytest.raises(StoreError, match="describes a modern store, the catalog a classic"):
            opened()


def test_what_a_failed_creation_leaves_is_nobodys(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, scheme=CLASSIC)
    for name in ("tmp", "manifests"):
        (tmp_path / BOX / name).mkdir(parents=True)
    shop.scheme = "modern"
    shop.create().run({b"a": b"one"})
    assert not (shop.home / "manifests").exists()


def test_a_file_that_came_between_is_never_written_over(shop: Workshop) -> None:
    with shop.running() as writer:
        fill(writer, {b"a": b"one"})
        path = Path(writer.layout.large(name_of(writer, b"one"), 0))
        path.write_bytes(b"mine")
        with pytest.raises(StoreError):
            writer.drain()
    assert path.read_bytes() == b"mine"
    with closing(sqlite3.connect(shop.layout.database)) as db:
        assert db.execute("SELECT count(*) FROM contents").fetchone() == (0,)


def test_small_contents_are_handed_over_in_batches(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classic, "_BATCH_FILES", 2)
    with shop.running() as writer:
        fill(writer, {b"%d" % number: b"%d" % number for number in range(5)})
        assert len(writer._packs._batch) == 1  # type: ignore[attr-defined]
        shop.complete(writer)
    with shop.reader() as reader:
        assert len(shown(reader, 1)) == 5


def test_removing_sets_removes_their_files_and_no_others(shop: Workshop) -> None:
    shop.run({b"a": b"one", b"b": collisions.ONE})
    shop.run({b"a": b"two", b"b": collisions.OTHER})
    with closing(shop.writer()) as writer:
        done = prune(writer, [1])
    assert (done.sets, done.contents, done.packs) == (1, 2, 0)
    names = ("79054025255fb1a26e4bc422aef54eb4-1", "b8a9f715dbb64fd5c56e7783c6820a61")
    assert contents(shop) == sorted([*names, *(f"{name}.meta" for name in names)])
    rows = shop.rows("SELECT backup_set, place FROM manifests")
    assert {f"{number}-{place}" for number, place in rows} == set(os.listdir(shop.layout.manifests))
    assert shop.rows("SELECT count(*) FROM doomed") == [(0,)]
    with shop.reader() as reader:
        assert shown(reader, 2) == {b"a": b"two", b"b": collisions.OTHER}
    shop.run({b"a": b"three"})


def test_a_doomed_name_that_another_content_has_got_is_left_alone(shop: Workshop) -> None:
    """A purge was killed when the file was gone and still listed; its name was used again."""
    shop.run({b"a": collisions.OTHER})
    ((other,),) = shop.rows("SELECT digest FROM contents")
    one = digest(b"", collisions.ONE)
    assert one[:16] == other[:16] != other[16:]
    shop.execute("INSERT INTO doomed (digest, place, stored) VALUES (?, 0, 128)", one)
    shop.execute("INSERT INTO doomed (digest, place, stored) VALUES (?, 0, 9)", bytes(7) + b"\1")
    with closing(shop.writer()) as writer:
        assert prune(writer, []).files == 0
    assert (Path(shop.layout.manifests) / "1-0").exists()
    assert shop.rows("SELECT count(*) FROM doomed") == [(0,)]
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": collisions.OTHER}
